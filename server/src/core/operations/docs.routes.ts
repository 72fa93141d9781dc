import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors.ts';
import { type App, escapeHtml, htmlErrors, userBytesHeaders } from '../http/index.ts';

const folder = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const page = {
  config: { allow: 'public', errors: htmlErrors, family: 'Pages, other', quiet: true },
} as const;

/** What the four kinds of pages are for, in the order in which a newcomer needs them. */
const kinds: ReadonlyArray<readonly [folder: string, title: string]> = [
  ['tutorials', 'Learn'],
  ['how-to', 'Solve'],
  ['reference', 'Look up'],
  ['explanation', 'Understand'],
  ['adr', 'Decisions'],
];

/** `/docs`: the pages of `docs/` as they came with this release, without a network. Only listed files are served. */
export function docsRoutes(app: App): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => name.endsWith('.md'))
    .sort();
  app.get('/docs', page, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').headers(closed).send(renderIndex(names)),
  );
  app.get<{ Params: { '*': string } }>('/docs/*', page, async (request, reply) => {
    const name = names.find((known) => known === request.params['*']);
    if (name === undefined)
      throw new AppError('missing', 'docs.page-unknown', 'There is no such page.', {
        next: 'See /docs for what there is.',
      });
    return userBytesHeaders(reply, 'text/plain', path.basename(name)).send(
      readFileSync(path.join(folder, name), 'utf8'),
    );
  });
}

const closed = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" };

function renderIndex(names: readonly string[]): string {
  const sections = kinds.map(([kind, title]) => {
    const pages = names.filter((name) => name.startsWith(`${kind}/`));
    const links = pages.map(
      (name) => `<li><a href="/docs/${escapeHtml(name)}">${escapeHtml(titleOf(name))}</a></li>`,
    );
    return `<h2>${title}</h2><ul>${links.join('\n')}</ul>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Orrery: documents</title><style>body{font:14px/22px system-ui;margin:24px auto;max-width:44em;padding:0 16px}</style>
<h1>Documents</h1><p><a href="/ui/">Home</a> · <a href="/api/docs">Addresses and API</a></p>${sections.join('\n')}</html>\n`;
}

function titleOf(name: string): string {
  return /^# (.+)$/m.exec(readFileSync(path.join(folder, name), 'utf8'))?.[1] ?? name;
}
