import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { type App, htmlErrors } from '../http/index.ts';

const dist = fileURLToPath(new URL('../../../../web/dist/', import.meta.url));
const page = { allow: 'public', errors: htmlErrors, family: 'Pages, other', quiet: true } as const;

const pageHeaders = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
} as const;

/**
 * The web application: `/` enters it, its own routes live below `/ui/` (only there an unknown path is the
 * application's business), its files under `/assets/` never change and are cached for a year.
 */
export async function webRoutes(app: App): Promise<void> {
  const index = path.join(dist, 'index.html');
  const html = existsSync(index) ? readFileSync(index, 'utf8') : missingPage;
  app.get('/', { config: page }, async (_request, reply) => reply.redirect('/ui/', 302));
  for (const url of ['/ui', '/ui/*']) {
    app.get(url, { config: page }, async (_request, reply) =>
      reply.headers(pageHeaders).type('text/html; charset=utf-8').send(html),
    );
  }
  if (!existsSync(dist)) return;
  await app.register(fastifyStatic, { root: dist, serve: false });
  app.get<{ Params: { '*': string } }>('/assets/*', { config: page }, (request, reply) =>
    reply.sendFile(path.join('assets', request.params['*']), dist, {
      maxAge: 31_536_000_000,
      immutable: true,
    }),
  );
  app.get('/favicon.ico', { config: page }, (_request, reply) => reply.redirect('/assets/favicon.svg', 302));
}

const missingPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Orrery</title>
<body style="font:14px/20px system-ui;margin:10vh auto;max-width:36em"><h1 style="font-size:20px">The page is not built</h1>
<p>The server runs, but its web application was not built. Run <code>npm run build</code> and load this again.</p></body></html>\n`;
