// Writes docs/reference/{settings,errors,panda-methods,crds-observatory}.md from the code; test/rules/reference.test.ts fails when they are not current.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { serviceSettings } from '../server/src/compose.ts';
import { listSettings, loadConfig, type Setting } from '../server/src/core/config/index.ts';
import { observatorySettings } from '../server/src/crds/observatory/observatory-settings.ts';
import { crdsMethodsPage } from './crds-methods.ts';
import { pandaMethodsPage } from './panda-methods.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const note = '<!-- Made by `node tools/reference.ts` from the code. -->\n';

/** The pages by their path below the repository. */
export async function referencePages(): Promise<Map<string, string>> {
  const { config } = loadConfig({ services: await serviceSettings(), file: '/dev/null' });
  return new Map([
    ['docs/reference/settings.md', settingsPage(listSettings(config.schema))],
    ['docs/reference/errors.md', errorsPage(findErrors(path.join(root, 'server', 'src')))],
    ['docs/reference/panda-methods.md', pandaMethodsPage(note)],
    ['docs/reference/crds-methods.md', crdsMethodsPage(note)],
    ['docs/reference/crds-observatory.md', observatoryPage(listSettings(observatorySettings))],
  ]);
}

function settingsPage(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, environment, schema }) => {
    const initial = 'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : '–';
    const secret = schema.secret === true ? ` Secret; also \`${environment}_FILE\`.` : '';
    return `| \`${name}\` | \`${environment}\` | ${initial} | ${schema.description ?? ''}${secret} |`;
  });
  return `${note}
# Settings

In rising priority: the default, \`orrery.yaml\` (or \`--config FILE\`), the environment, flags (\`--set name=value\`; the
commonest have flags of their own, see \`orrery serve --help\`). Secrets do not belong in flags: everybody on the machine sees
them in the list of processes; use \`…_FILE\`. Unknown names are refused in file and flags and reported in
the environment. \`orrery serve --print-config\` shows the values in force and where each came from.

| name | variable | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

function observatoryPage(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, schema }) => {
    const initial = 'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : '–';
    return `| \`${name}\` | ${initial} | ${schema.description ?? ''} |`;
  });
  return `${note}
# Settings of an observatory

What an operator sets for one observatory stands in the database. \`orrery crds observatory list --json\` shows it;
\`orrery crds observatory put NAME --settings FILE\` sets it from a JSON object, whole: what is not in it gets its default.

| name | default | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

interface FoundError {
  code: string;
  kind: string;
  message: string;
}

/** Every \`new AppError(kind, code, sentence …)\` of the sources; values in a sentence are shown as …. */
export function findErrors(folder: string): FoundError[] {
  const found = new Map<string, FoundError>();
  const pattern =
    /new AppError\(\s*'([a-z-]+)',\s*'([a-z.-]+)',\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)?/g;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    for (const match of readFileSync(path.join(folder, name), 'utf8').matchAll(pattern)) {
      const [, kind = '', code = '', single, double, template] = match;
      const message = (single ?? double ?? template ?? '')
        .replace(/\\(.)/g, '$1')
        .replace(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, '…');
      if (!found.has(code) || found.get(code)?.message === '') found.set(code, { code, kind, message });
    }
  }
  return [...found.values()].sort((a, b) => a.code.localeCompare(b.code));
}

function errorsPage(errors: readonly FoundError[]): string {
  const rows = errors.map(
    ({ code, kind, message }) => `| \`${code}\` | ${kind} | ${message.replaceAll('|', '\\|')} |`,
  );
  return `${note}
# Error codes

A code never changes its meaning. Each protocol writes errors in its own way; our JSON API answers
\`{code, message, next, details, requestId}\`, where \`next\` says what to do. Statuses: invalid 400, unauthenticated 401,
forbidden 403, missing 404, wrong-method 405, conflict 409, gone 410, too-large 413, unsupported-type 415, misdirected 421,
too-many 429, internal 500, busy 503 (with \`Retry-After\`).

| code | kind | sentence |
|---|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of await referencePages()) writeFileSync(path.join(root, name), text);
}
