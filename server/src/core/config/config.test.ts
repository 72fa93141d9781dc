import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { listSettings, loadConfig, printConfig, settingsOf } from './index.ts';

const uws = Type.Object({
  anonymous: Type.Union([Type.Literal('off'), Type.Literal('read')], { default: 'off' }),
});

const folder = await temporaryFolder('config');
let files = 0;

function file(text: string): string {
  files += 1;
  const name = path.join(folder, `${files}.yaml`);
  writeFileSync(name, text);
  return name;
}

test('defaults come first, then the file, the environment, and flags', () => {
  const name = file('http:\n  port: 1\n  host: a\n  bodyLimitBytes: 2048\n');
  const { config } = loadConfig({
    file: name,
    environment: { ORRERY_HTTP_PORT: '2', ORRERY_HTTP_HOST: 'b' },
    flags: { 'http.port': '3' },
  });
  expect(config.http).toMatchObject({ port: 3, host: 'b', bodyLimitBytes: 2048, drainSeconds: 20 });
  expect(config.sources.get('http.port')).toBe('flag --http.port');
  expect(config.sources.get('http.host')).toBe('ORRERY_HTTP_HOST');
});

test('an unknown key in the file is refused with the nearest name', () => {
  expect(() => loadConfig({ file: file('http:\n  prot: 1\n') })).toThrow(
    expect.objectContaining({ code: 'config.key-unknown', next: 'Did you mean "http.port"?' }),
  );
});

test('an unknown flag is refused', () => {
  expect(() => loadConfig({ flags: { 'htp.port': '1' } })).toThrow(
    expect.objectContaining({ code: 'config.key-unknown' }),
  );
});

test('an unknown environment variable is a warning with a suggestion', () => {
  const { warnings } = loadConfig({
    environment: { ORRERY_HTTP_PROT: '1', ORRERY_TEST_DATA: 'x', PATH: '/bin' },
  });
  expect(warnings).toEqual(['ORRERY_HTTP_PROT is not a setting; did you mean ORRERY_HTTP_PORT?']);
});

test.each([
  [{ ORRERY_HTTP_PORT: 'eighty' }, 'a whole number'],
  [{ ORRERY_HTTP_PORT: '70000' }, 'not above 65535'],
  [{ ORRERY_HTTP_PORT: '' }, 'a whole number'],
  [{ ORRERY_ROLE: 'both' }, 'one of all, web, worker'],
  [{ ORRERY_DATABASE_PREPARE: 'maybe' }, 'a boolean'],
])('a value of the wrong kind is refused: %j', (environment, words) => {
  expect(() => loadConfig({ environment })).toThrow(words);
});

test('a secret may come from a file and is never printed', () => {
  const { config } = loadConfig({
    environment: { ORRERY_DATABASE_URL_FILE: file('postgres://u:geheim@h/d\n') },
  });
  expect(config.database.url).toBe('postgres://u:geheim@h/d');
  expect(printConfig(config)).toContain('database.url: "(hidden)"');
  expect(printConfig(config)).not.toContain('geheim');
});

test('a refused secret is not shown in the error', () => {
  expect(() => loadConfig({ environment: { ORRERY_ADMIN_TOKEN: 'kurz' } })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('kurz') }),
  );
});

test('a service reads its own section', () => {
  const { config } = loadConfig({ services: { uws }, environment: { ORRERY_UWS_ANONYMOUS: 'read' } });
  expect(settingsOf(config, 'uws', uws)).toEqual({ anonymous: 'read' });
});

test('broken YAML names the place', () => {
  expect(() => loadConfig({ file: file('http: [1,\n') })).toThrow(
    expect.objectContaining({ code: 'config.file-broken' }),
  );
});

test('the names of the contract exist, and no two settings share an environment variable', () => {
  const names = listSettings(loadConfig({ services: { uws } }).config.schema).map(
    (setting) => setting.environment,
  );
  expect(new Set(names).size).toBe(names.length);
  for (const name of [
    'DATABASE_URL',
    'DATABASE_DIRECT_URL',
    'PUBLIC_URL',
    'DATA',
    'ADMIN_PASSWORD',
    'ADMIN_TOKEN',
    'UWS_ANONYMOUS',
  ]) {
    expect(names).toContain(`ORRERY_${name}`);
  }
});

test('no text in a file can do more than be refused', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null))),
      (content) => {
        try {
          loadConfig({ file: file(JSON.stringify(content)) });
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid' });
        }
      },
    ),
    { numRuns: 50 },
  );
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test.each([
  ['publicUrl', 'foo'],
  ['publicUrl', ''],
  ['publicUrl', 'http://['],
  ['publicUrl', 'ftp://orrery.example.org'],
  ['database.url', 'foo'],
  ['database.directUrl', 'mysql://host/orrery'],
  ['http.listeners', 'foo'],
  ['http.listeners', '127.0.0.1:8081,:8082'],
  ['data', ''],
])('%s cannot be "%s", and the sentence says what it must be', (name, value) => {
  expect(() => loadConfig({ file: '/dev/null', flags: { [name]: value } })).toThrowError(
    expect.objectContaining({ code: 'config.value-refused', message: expect.stringContaining('it must be') }),
  );
});

test('the data folder is where it was when the settings were read', () => {
  const { config } = loadConfig({ file: '/dev/null', flags: { data: 'a/b' } });
  expect(config.data).toBe(path.resolve('a/b'));
});

test('every setting can be given by file, by environment and by flag', () => {
  const { config } = loadConfig({ file: '/dev/null' });
  for (const { name, environment, schema } of listSettings(config.schema)) {
    // A value of the right type that nothing accepts by chance: whoever refuses it has read it.
    const wrong = schema.type === 'string' ? undefined : 'no such value';
    const text = wrong ?? 'https://u:p@host/x';
    for (const input of [{ flags: { [name]: text } }, { environment: { [environment]: text } }]) {
      const read = (): string | undefined =>
        loadConfig({ file: '/dev/null', ...input }).config.sources.get(name);
      try {
        expect([name, read()]).toEqual([name, input.flags === undefined ? environment : `flag --${name}`]);
      } catch (error) {
        expect([name, (error as { code?: string }).code]).toEqual([name, 'config.value-refused']);
      }
    }
  }
});
