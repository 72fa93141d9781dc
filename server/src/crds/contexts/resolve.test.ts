import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { leaveOut, publishedFile } from '../../../../test/support/published-data.ts';
import { testServer } from '../../../../test/support/server.ts';
import { addFiles } from '../catalogue/add-files.ts';
import { crds } from '../index.ts';
import { forgetObservatories, observatoryOf, putObservatory } from '../observatory/observatory.ts';
import { settingsFrom } from '../observatory/observatory-settings.ts';
import { isContextSpec, isMappingSpec } from '../rules/names.ts';
import { addHistory, historyOf } from './history.store.ts';
import { pushRemoteContext, remoteContextOf, remoteContextsOf } from './remote-contexts.ts';
import { resolveContext } from './resolve.ts';

const { core } = await testServer([crds], { role: 'web' });
const { db } = core;
const actor = { name: 'alice' };
const resolve = (spec: string | null) => resolveContext(core, 'hst', spec);

beforeEach(async () => {
  await db.sql`
    truncate crds.file, crds.mapping_use, crds.observatory, crds.context_history, crds.remote_context cascade`;
  await db.sql`
    insert into crds.observatory (observatory, latest_context, edit_context)
    values ('hst', 'hst_0002.pmap', 'hst_0003.pmap'), ('bare', null, null)`;
  await db.transaction(async (tx) => {
    await addFiles(tx, 'hst', [
      { name: 'hst.pmap' },
      ...['0001', '0002', '0003'].flatMap((n) => [
        { name: `hst_${n}.pmap`, uses: [`hst_acs_${n}.imap`, 'hst_cos_0001.imap'] },
        { name: `hst_acs_${n}.imap`, uses: [`hst_acs_biasfile_${n}.rmap`, 'hst_acs_pars-tweak_0001.rmap'] },
        { name: `hst_acs_biasfile_${n}.rmap`, uses: ['a.fits'] },
      ]),
      { name: 'hst_cos_0001.imap' },
      { name: 'hst_acs_pars-tweak_0001.rmap' },
      { name: 'a.fits' },
      { name: 'hst_0004.pmap', state: 'uploaded' },
    ]);
    await addHistory(
      tx,
      'hst',
      [
        { startedAt: new Date('2014-11-01T12:00:00Z'), context: 'hst_0001.pmap', description: 'first' },
        { startedAt: new Date('2015-03-01T00:00:00Z'), context: 'hst_0002.pmap', description: 'second' },
      ],
      'import',
    );
  });
  forgetObservatories(core);
});

describe('a name stands for', () => {
  test.each([
    [null, 'hst_0002.pmap'],
    ['latest', 'hst_0002.pmap'],
    ['hst-latest', 'hst_0002.pmap'],
    ['hst-operational', 'hst_0002.pmap'],
    ['hst-edit', 'hst_0003.pmap'],
    ['build', 'hst_0002.pmap'],
    ['hst-build', 'hst_0002.pmap'],
    ['hst.pmap', 'hst.pmap'],
    ['hst_0001.pmap', 'hst_0001.pmap'],
    ['hst_acs_0001.imap', 'hst_acs_0001.imap'],
    ['hst_acs_biasfile_0001.rmap', 'hst_acs_biasfile_0001.rmap'],
    ['2014-11-30', 'hst_0001.pmap'],
    ['2014-11-01T12:00:00', 'hst_0001.pmap'],
    ['2015-02-28T23:59:59.999', 'hst_0001.pmap'],
    ['hst-2015-03-01', 'hst_0002.pmap'],
    ['hst-2040-01-29T12:00:00.456', 'hst_0002.pmap'],
    ['hst-acs-edit', 'hst_acs_0003.imap'],
    ['hst-acs-biasfile-edit', 'hst_acs_biasfile_0003.rmap'],
    ['hst-acs-2014-11-30', 'hst_acs_0001.imap'],
    ['hst-acs-biasfile-2014-11-30T00:00:00', 'hst_acs_biasfile_0001.rmap'],
    ['hst-acs-pars-tweak-latest', 'hst_acs_pars-tweak_0001.rmap'],
    ['hst-acs-pars-tweak-2014-11-30', 'hst_acs_pars-tweak_0001.rmap'],
  ])('%s: %s', async (spec, mapping) => {
    expect(await resolve(spec)).toBe(mapping);
  });

  test.each([
    'hst_0004.pmap',
    'hst_0009.pmap',
    'jwst-latest',
    'jwst_0001.pmap',
    'edit',
    'operational',
    'hst-foo',
    'HST-edit',
    'hst-2014-1-1',
    '2014-02-30',
    '2014-11-01T11:59:59',
    '1990-01-01',
    'hst-wfc3-edit',
    'hst-acs-flatfile-edit',
    'a.fits',
    'none',
    '',
    '../hst.pmap',
    'hst.pmap\u0000',
    'x'.repeat(100_000),
  ])('nothing: %s', async (spec) => {
    await expect(resolve(spec)).rejects.toMatchObject({ code: 'crds.context-unknown' });
  });

  test('nothing while it is not set', async () => {
    for (const spec of ['hst-versions', 'hst-acs-versions']) {
      await expect(resolve(spec)).rejects.toMatchObject({ code: 'crds.context-unset' });
    }
    for (const spec of [null, 'latest', 'bare-edit', 'build', 'bare-cam-build']) {
      await expect(resolveContext(core, 'bare', spec)).rejects.toMatchObject({ code: 'crds.context-unset' });
    }
    await expect(resolveContext(core, 'nope', null)).rejects.toMatchObject({
      code: 'crds.observatory-unknown',
    });
    await expect(resolveContext(core, '__proto__', null)).rejects.toMatchObject({
      code: 'crds.observatory-unknown',
    });
  });
});

test('a change of one process is known in it at once', async () => {
  expect((await observatoryOf(core, 'hst')).title).toBe('');
  await putObservatory(core, { observatory: 'hst', title: 'Hubble' }, actor);
  expect((await observatoryOf(core, 'hst')).title).toBe('Hubble');
  expect(await putObservatory(core, { observatory: 'hst', title: 'Hubble' }, actor)).toBe('unchanged');
});

test('settings that are wrong are refused with their place, and nothing changes', async () => {
  const put = (settings: unknown) => putObservatory(core, { observatory: 'hst', settings }, actor);
  await expect(put({ contexts: { filesMustBe: 'maybe' } })).rejects.toMatchObject({
    code: 'crds.observatory-invalid',
    message: expect.stringContaining('contexts.filesMustBe'),
  });
  for (const settings of [{ unknown: 1 }, 'text', null, [], { contexts: { __proto__: null, x: 1 } }]) {
    await expect(put(settings)).rejects.toMatchObject({ code: 'crds.observatory-invalid' });
  }
  for (const observatory of ['HST', 'h', 'with space', 'toolongname', '']) {
    await expect(putObservatory(core, { observatory }, actor)).rejects.toMatchObject({
      code: 'crds.observatory-invalid',
    });
  }
  expect((await observatoryOf(core, 'hst')).settings.contexts.filesMustBe).toBe('delivered');
});

test('stored settings that another version wrote count as far as they fit', () => {
  const defaults = settingsFrom({});
  expect(settingsFrom(null)).toEqual(defaults);
  expect(settingsFrom({ contexts: { filesMustBe: 'archived', gone: 1 }, unknown: {} })).toEqual({
    ...defaults,
    contexts: { ...defaults.contexts, filesMustBe: 'archived' },
  });
  expect(settingsFrom({ contexts: { remotePipelines: 7 }, mirror: 'off' })).toEqual({
    ...defaults,
    contexts: { ...defaults.contexts, remotePipelines: 7 },
  });
});

test('former history comes in once, before or between what is known', async () => {
  const entries = [
    { startedAt: new Date('2014-12-01T00:00:00Z'), context: 'hst.pmap', description: 'between' },
    { startedAt: new Date('2015-03-01T00:00:00Z'), context: 'hst_0002.pmap', description: 'second' },
  ];
  const bring = () => db.transaction((tx) => addHistory(tx, 'hst', entries, 'import'));
  expect(await bring()).toBe(1);
  expect(await bring()).toBe(0);
  expect((await historyOf(db.sql, 'hst')).map(({ context }) => context)).toEqual([
    'hst_0002.pmap',
    'hst.pmap',
    'hst_0001.pmap',
  ]);
  expect(await historyOf(db.sql, 'hst', 1)).toHaveLength(1);
});

describe('pipelines that say what they use', () => {
  const push = (pipeline: string, context: string, kind = 'latest') =>
    pushRemoteContext(core, 'hst', { kind, pipeline, context });

  test('are heard, the last word counts', async () => {
    expect(await push('rig', 'hst_0001.pmap', 'operational')).toBe('hst_0001.pmap');
    expect(await push('rig', 'hst-latest')).toBe('hst_0002.pmap');
    expect(await remoteContextOf(core, 'hst', 'rig')).toMatchObject({
      kind: 'latest',
      context: 'hst_0002.pmap',
    });
    expect(await remoteContextsOf(core, 'hst')).toHaveLength(1);
    await expect(remoteContextOf(core, 'hst', 'other')).rejects.toMatchObject({
      code: 'crds.remote-context-unknown',
    });
    await expect(remoteContextOf(core, 'hst', 'a\u0000b')).rejects.toMatchObject({
      code: 'crds.remote-context-unknown',
    });
  });

  test('nonsense is refused', async () => {
    await expect(push('rig', 'hst_0099.pmap')).rejects.toMatchObject({ code: 'crds.context-unknown' });
    await expect(push('rig', 'hst_acs_0001.imap')).rejects.toMatchObject({ code: 'crds.context-unknown' });
    for (const key of ['', 'a b', '../x', '-x', 'x'.repeat(129), 'a\u0000b']) {
      await expect(push(key, 'hst_0001.pmap')).rejects.toMatchObject({ code: 'crds.remote-context-refused' });
    }
    await expect(push('rig', 'hst_0001.pmap', 'whatever')).rejects.toMatchObject({
      code: 'crds.remote-context-refused',
    });
    expect(await remoteContextsOf(core, 'hst')).toEqual([]);
  });

  test('no more of them than the operator allows; those that are known may go on', async () => {
    await putObservatory(core, { observatory: 'hst', settings: { contexts: { remotePipelines: 2 } } }, actor);
    await push('a', 'hst_0001.pmap');
    await push('b', 'hst_0001.pmap');
    await expect(push('c', 'hst_0001.pmap')).rejects.toMatchObject({ code: 'crds.remote-context-refused' });
    expect(await push('b', 'hst_0002.pmap')).toBe('hst_0002.pmap');
    expect((await remoteContextsOf(core, 'hst')).map(({ pipeline }) => pipeline)).toEqual(['a', 'b']);
  });
});

const units = publishedFile('crds/units.jsonl.gz');
if (units === undefined) {
  leaveOut('names of contexts as the client of CRDS knows them', 'crds/units.jsonl.gz is not there');
} else {
  test('the same texts are names of contexts and mappings as for the client of CRDS', () => {
    const vectors = gunzipSync(readFileSync(units))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { fn: string; in: string; out: boolean });
    const told = { is_context_spec: isContextSpec, is_mapping_spec: isMappingSpec };
    let count = 0;
    for (const [fn, is] of Object.entries(told)) {
      for (const vector of vectors.filter((one) => one.fn === fn)) {
        expect([vector.in, is(vector.in)]).toEqual([vector.in, vector.out]);
        count += 1;
      }
    }
    expect(count).toBe(52);
  });
}
