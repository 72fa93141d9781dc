import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { aMapping, anObservatory, toyRules } from '../../../../test/support/crds.ts';
import { rpcOf } from '../../../../test/support/crds-rpc.ts';
import { testServer } from '../../../../test/support/server.ts';
import { crds } from '../index.ts';
import { rpcMethods } from './methods.ts';

const server = await testServer([crds]);
const versions = Buffer.from(
  JSON.stringify({ CAL_VER: '1.9.2', versions: { ami_analyze: '1.9', old_step: null } }),
);
const { sha256 } = await server.core.files.put(versions, { namespace: 'reference' });
await server.core.db.transaction((tx) =>
  server.core.files.reference(tx, sha256, 'reference', { kind: 'crds.file', id: 'tobs/v', name: 'v' }),
);
const common = { observatory: "'TOBS'" };
const system = { ...common, instrument: "'SYSTEM'" };
await anObservatory(
  server,
  'tobs',
  [
    ...toyRules(),
    aMapping(
      'tobs_0003.pmap',
      { ...common, parkey: "('INSTRUME',)" },
      "{\n    'SYSTEM' : 'tobs_system_0001.imap',\n}",
    ),
    aMapping(
      'tobs_system_0001.imap',
      { ...system, parkey: "('REFTYPE',)" },
      "{\n    'calver' : 'tobs_system_calver_0001.rmap',\n}",
    ),
    aMapping(
      'tobs_system_calver_0001.rmap',
      { ...system, filekind: "'CALVER'", parkey: "(('CAL_VER',),)", classes: "('Match',)" },
      "Match({\n    ('1.9.2',) : 'tobs_system_calver_0001.json',\n    ('1.8',) : 'tobs_system_calver_0009.json',\n})",
    ),
    {
      name: 'tobs_system_calver_0001.json',
      state: 'archived',
      place: 'kept',
      sizeBytes: versions.length,
      sha1: createHash('sha1').update(versions).digest('hex'),
      sha256,
    },
  ],
  { latest: 'tobs_0003.pmap', edit: 'tobs_0001.pmap' },
);
const { result, failure, call } = rpcOf(server, 'tobs');

describe('versions of the calibration software', () => {
  test.each([null, 'null', 'none', 'None', 'tobs_0003.pmap', 'tobs-latest'])(
    'are those of the context %s',
    async (context) => {
      expect(await result('get_system_versions', '1.9.2', context)).toEqual(JSON.parse(versions.toString()));
    },
  );

  test('are refused in the words of the original when the version is none', async () => {
    for (const version of ['', '1;2', 'x'.repeat(129), "'"]) {
      expect(await failure('get_system_versions', version)).toBe(
        'OtherError: Invalid version string, must be 1-128 chars of A-Z, a-z, 0-9, ., -, _',
      );
    }
  });

  test('that nobody has are a failure', async () => {
    expect(await failure('get_system_versions', '9.9')).toContain('has no versions for 9.9');
    expect(await failure('get_system_versions', '1.8')).toContain('has no file');
    expect(await failure('get_system_versions', '1.9.2', 'tobs_0001.pmap')).toMatch(/system/i);
  });
});

describe('contexts', () => {
  test('in force are told by their state', async () => {
    expect(await result('get_default_context', 'tobs')).toBe('tobs_0003.pmap');
    expect(await result('get_default_context', null, 'latest')).toBe('tobs_0003.pmap');
    expect(await result('get_default_context', 'TOBS', 'edit')).toBe('tobs_0001.pmap');
    expect(await failure('get_default_context', 'tobs', 'versions')).toContain('no versions context');
    expect(await failure('get_default_context', 'jwst')).toContain('serves tobs');
    expect(await failure('get_default_context', 'tobs', 'nonsense')).toContain('is no state');
  });

  test('of a version of the software, or of the nearest older patch', async () => {
    await server.core.db.sql`
      insert into crds.build_context (observatory, calibration_version, context, set_by)
      values ('tobs', '1.9.2', 'tobs_0001.pmap', 'test')`;
    expect(await result('get_build_context', 'tobs', '1.9.2')).toBe('tobs_0001.pmap');
    expect(await result('get_build_context', 'tobs', '1.9.7')).toBe('tobs_0001.pmap');
    expect(await failure('get_build_context', 'tobs', '1.8.0')).toMatch(/^OtherError/);
    expect(await failure('get_build_context', 'tobs', "1'")).toMatch(/^OtherError/);
  });

  test('that pipelines push are told to whoever asks', async () => {
    expect(await failure('get_remote_context', 'tobs', 'pipe-1')).toMatch(/^OtherError/);
    expect(await result('push_remote_context', 'tobs', 'latest', 'pipe-1', 'tobs_0001.pmap')).toBe(
      'tobs_0001.pmap',
    );
    expect(await result('push_remote_context', 'tobs', 'operational', 'pipe-1', 'tobs_0003.pmap')).toBe(
      'tobs_0003.pmap',
    );
    expect(await result('get_remote_context', 'tobs', 'pipe-1')).toBe('tobs_0003.pmap');
    for (const key of ['', '../x', 'a b', 'x'.repeat(200)]) {
      expect(await failure('push_remote_context', 'tobs', 'latest', key, 'tobs_0001.pmap')).toMatch(
        /^OtherError/,
      );
    }
    expect(await failure('push_remote_context', 'tobs', 'latest', 'pipe-1', 'tobs_0777.pmap')).toContain(
      'tobs_0777',
    );
  });

  test('of former times are a list that begins with the first', async () => {
    await server.core.db.sql`
      insert into crds.context_history (observatory, started_at, context, description, changed_by)
      values ('tobs', '2031-01-02 03:04:05.5Z', 'tobs_0003.pmap', 'second', 'x'),
        ('tobs', '2030-01-02 03:04:05Z', 'tobs_0001.pmap', 'it''s <first>', 'x')`;
    expect(await result('get_context_history', 'tobs')).toEqual([
      ['2030-01-02 03:04:05', 'tobs_0001.pmap', "it's <first>"],
      ['2031-01-02 03:04:05.500000', 'tobs_0003.pmap', 'second'],
    ]);
    expect(await result('get_context_by_date', '2030-06-01')).toBe('tobs_0001.pmap');
    expect(await result('get_context_by_date', 'tobs-acs-biasfile-2030-06-01', 'tobs')).toBe(
      'tobs_acs_biasfile_0001.rmap',
    );
    expect(await failure('get_context_by_date', '1990-01-01', 'tobs')).toMatch(/^OtherError/);
  });
});

test('the catalogue is an SQLite file with history', async () => {
  const packed = String(await result('get_sqlite_db', 'tobs'));
  const database = new DatabaseSync(':memory:');
  database.deserialize(inflateSync(Buffer.from(packed, 'base64')));
  const { files } = database.prepare('select count(*) as files from crds_tobs_catalog').get() ?? {};
  expect(files).toBe(8);
  expect(
    database
      .prepare("select type, state, size from crds_tobs_catalog where name = 'tobs_system_calver_0001.json'")
      .get(),
  ).toEqual({ type: 'reference', state: 'archived', size: String(versions.length) });
  expect(database.prepare('select context from crds_tobs_context_history order by start_date').all()).toEqual(
    [{ context: 'tobs_0001.pmap' }, { context: 'tobs_0003.pmap' }],
  );
});

test('a channel that nobody opened is not found, in the words that clients look for', async () => {
  for (const method of ['jpoll_pull_messages', 'jpoll_abort']) {
    expect(await failure(method, 'no-such')).toBe('OtherError: Channel &#x27;no-such&#x27; not found.');
  }
});

test('affected datasets that nobody has looked for are a failure in the words that clients look for', async () => {
  expect(await failure('get_affected_datasets', 'tobs', 'tobs_0001.pmap', 'tobs_0003.pmap')).toContain(
    'No precomputed affected datasets results exist',
  );
});

test('every method takes nonsense for every argument and answers', async () => {
  const nonsense = [
    null,
    true,
    -1,
    1e308,
    '',
    '\u0000',
    '\ud800',
    "'; drop table crds.file; --",
    '../../etc/passwd',
    'x'.repeat(100_000),
    [],
    [[]],
    [null],
    ['\u0000'],
    {},
    { __proto__: 1 },
    { '\u0000': { a: [] } },
  ];
  for (const [name, { parameters }] of rpcMethods) {
    const count = Object.keys(parameters).length;
    for (const value of nonsense) {
      const { id } = await call(JSON.stringify({ method: name, params: Array(count).fill(value), id: name }));
      expect(id).toBe(name);
      for (let at = 0; at < count; at++) {
        const params = ['tobs', 'tobs_0001.pmap', 'acs', 'tobs_0001.pmap'].slice(0, count);
        params[at] = value as string;
        expect((await call(JSON.stringify({ method: name, params, id: name }))).id).toBe(name);
      }
    }
  }
});

test('every method stands on the page for people, which runs no foreign script', async () => {
  const answer = await fetch(`${server.address}/crds/tobs/json/browse/`);
  const page = await answer.text();
  for (const name of rpcMethods.keys()) expect(page).toContain(`value="${name}"`);
  expect(answer.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[^ ]+';/);
  const [, script = ''] = /<script>(.*)<\/script>/s.exec(page) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  expect(answer.headers.get('content-security-policy')).toContain(hash);
});
