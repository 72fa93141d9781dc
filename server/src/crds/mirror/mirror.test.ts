import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { fileOfText } from '../../../../test/support/crds.ts';
import { contextReferences, contextTexts, referenceBytes } from '../../../../test/support/crds-folder.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { type TestServer, testServer } from '../../../../test/support/server.ts';
import { markBad, unmarkBad } from '../catalogue/bad-files.ts';
import { addFiles, fileOf } from '../catalogue/files.store.ts';
import { historyOf } from '../contexts/history.store.ts';
import { setContext } from '../contexts/set-context.ts';
import { keepFile, recordPlaced } from '../import/place-file.ts';
import { crds } from '../index.ts';
import { forgetObservatories, observatoryOf, putObservatory } from '../observatory/observatory.ts';
import { flakyServer } from './fixtures/flaky-server.ts';
import { listFailures, mirrorStateOf } from './mirror.store.ts';
import { mirrorOverviewOf } from './overview.ts';
import { refreshMirror } from './refresh.task.ts';

const actor = { name: 'test' };
const quiet = { 'crds.demo': 'false' };
const [source, mirror] = await Promise.all([testServer([crds], quiet), testServer([crds], quiet)]);
const second = await testServer([crds], quiet, mirror);
const between = await flakyServer(source.address);
afterAll(() => between.close());

/** What the source has of this serial: rules, references of 5,000 bytes, and the context in force. */
async function deliver(serial: number): Promise<void> {
  const { core } = source;
  const mappings = Object.entries(contextTexts(serial)).map(([name, text]) => fileOfText(name, text));
  await core.db.transaction((tx) => addFiles(tx, 'tobs', mappings));
  for (const name of contextReferences(serial)) {
    const placed = await keepFile(core, name, Readable.from([referenceBytes(name)], { objectMode: false }));
    await core.db.transaction((tx) => recordPlaced(core, tx, 'tobs', [placed]));
  }
  const context = `tobs_000${serial}.pmap`;
  const wish = { observatory: 'tobs', context, description: `delivery ${serial}` };
  await setContext(core, { ...wish, kind: 'edit' }, actor);
  await setContext(core, { ...wish, kind: 'latest' }, actor);
  forgetObservatories(core);
}

const listener = { signal: new AbortController().signal, progress() {} };

async function refresh(): Promise<void> {
  await mirror.core.db.sql`update crds.mirror set taken_in = ''`;
  await refreshMirror(mirror.core, 'tobs', listener);
}

async function get(server: TestServer, what: string): Promise<{ status: number; bytes: Buffer }> {
  const answer = await fetch(`${server.address}/crds/tobs/unchecked_get/${what}`);
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

const inForce = async () => {
  forgetObservatories(mirror.core);
  const { latestContext, editContext } = await observatoryOf(mirror.core, 'tobs');
  return { latestContext, editContext };
};

beforeEach(async () => {
  between.behave({});
  for (const { core } of [source, mirror]) {
    await core.db.sql`truncate crds.observatory cascade`;
    await core.db.sql`truncate crds.mapping_text`;
    forgetObservatories(core);
  }
  await putObservatory(source.core, { observatory: 'tobs' }, actor);
  const settings = { mirror: { upstream: `${between.address}/crds/tobs` } };
  await putObservatory(mirror.core, { observatory: 'tobs', settings }, actor);
  // The schedule would do it within seconds; here each test says when.
  await mirror.core.db.sql`
    insert into crds.mirror (observatory, upstream, next_at)
    values ('tobs', ${`${between.address}/crds/tobs`}, 'infinity') on conflict (observatory) do nothing`;
});

describe('what is new upstream', () => {
  test('comes with rules, contexts and history; references by name, size and sum until somebody asks', async () => {
    await deliver(1);
    await deliver(2);
    await refresh();
    expect(await inForce()).toEqual({ latestContext: 'tobs_0002.pmap', editContext: 'tobs_0002.pmap' });
    const history = await historyOf(mirror.core.db.sql, 'tobs');
    expect(history.map(({ context, description }) => [context, description])).toEqual([
      ['tobs_0002.pmap', 'delivery 2'],
      ['tobs_0001.pmap', 'delivery 1'],
    ]);
    const { bytes } = await get(mirror, 'mappings/tobs/tobs_0002.pmap');
    expect(bytes.toString()).toBe(contextTexts(2)['tobs_0002.pmap']);
    const name = contextReferences(2)[0] ?? '';
    expect(await fileOf(mirror.core.db.sql, 'tobs', name)).toMatchObject({
      place: 'upstream',
      state: 'operational',
      sizeBytes: 5000,
      sha1: createHash('sha1').update(referenceBytes(name)).digest('hex'),
    });
    expect(await mirrorStateOf(mirror.core.db.sql, 'tobs')).toMatchObject({
      failingSince: null,
      files: 16,
      missingMappings: 0,
      error: '',
    });
  });

  test('the same again changes nothing, so that nothing derived from it is made anew', async () => {
    await deliver(1);
    await refresh();
    const before = await observatoryOf(mirror.core, 'tobs');
    await refresh();
    forgetObservatories(mirror.core);
    expect((await observatoryOf(mirror.core, 'tobs')).version).toBe(before.version);
  });

  test('files marked bad are bad here as long as they are bad there', async () => {
    await deliver(1);
    await deliver(2);
    const mark = { observatory: 'tobs', names: ['tobs_acs_biasfile_0001.rmap'], reason: 'wrong' };
    await markBad(source.core, mark, actor);
    await refresh();
    const bad = async () =>
      (
        await mirror.core.db.sql<{ name: string }[]>`
          select name from crds.file where rejected or blacklisted order by name`
      ).map(({ name }) => name);
    expect(await bad()).toEqual(['tobs_0001.pmap', 'tobs_acs_0001.imap', 'tobs_acs_biasfile_0001.rmap']);
    await unmarkBad(source.core, mark, actor);
    await refresh();
    expect(await bad()).toEqual([]);
  });

  test('a context that is not whole is not put in force; the next time goes on where this one ended', async () => {
    await deliver(1);
    between.behave({ refuse: /darkfile_0001\.rmap/ });
    await refresh();
    expect(await inForce()).toEqual({ latestContext: null, editContext: null });
    const state = await mirrorStateOf(mirror.core.db.sql, 'tobs');
    expect(state).toMatchObject({ missingMappings: 1, failures: 1 });
    expect(state?.error).toContain('tobs_acs_darkfile_0001.rmap');
    between.behave({});
    between.asked.length = 0;
    await refresh();
    expect(await inForce()).toMatchObject({ latestContext: 'tobs_0001.pmap' });
    expect(between.asked.filter((url) => url.includes('/mappings/'))).toHaveLength(1);
    expect(await listFailures(mirror.core.db.sql, 'tobs', { limit: 10 })).toEqual([]);
  });

  test('rules whose bytes are not what the server says are refused', async () => {
    await deliver(1);
    between.behave({ damage: /biasfile_0001\.rmap/ });
    await refresh();
    expect(await inForce()).toMatchObject({ latestContext: null });
    expect((await mirrorStateOf(mirror.core.db.sql, 'tobs'))?.error).toMatch(/biasfile_0001\.rmap.*SHA-1/);
  });

  test('a server of another observatory, or of something else, is refused', async () => {
    await mirror.core.db.sql`
      update crds.observatory set settings = ${JSON.stringify({ mirror: { upstream: source.address } })}::text::jsonb`;
    await refresh();
    expect((await mirrorStateOf(mirror.core.db.sql, 'tobs'))?.error).toContain('status 404');
  });
});

describe('a reference that is asked for', () => {
  const name = contextReferences(1)[0] ?? '';
  const address = `references/tobs/${name}`;
  const timesFetched = () => between.asked.filter((url) => url.includes(name)).length;

  beforeEach(async () => {
    await deliver(1);
    await refresh();
    between.asked.length = 0;
  });

  test('is fetched once, whoever asks, in whatever process, and kept', async () => {
    const answers = await Promise.all(
      [mirror, second, mirror, second, mirror].map((server) => get(server, address)),
    );
    for (const { status, bytes } of answers) {
      expect(status).toBe(200);
      expect(bytes.equals(referenceBytes(name))).toBe(true);
    }
    expect(timesFetched()).toBe(1);
    between.behave({ silent: true });
    expect((await get(second, address)).bytes.equals(referenceBytes(name))).toBe(true);
  });

  test('is not given when its bytes are not what the server says, and not asked for again at once', async () => {
    between.behave({ damage: new RegExp(name) });
    const first = await get(mirror, address);
    expect(first.status).toBe(503);
    expect(first.bytes.toString()).toContain('SHA-1');
    expect((await get(mirror, address)).bytes.toString()).toContain('tried again at');
    expect(timesFetched()).toBe(1);
    between.behave({});
    await mirror.core.db.sql`update crds.mirror_failure set next_at = now() - interval '1 second'`;
    expect((await get(mirror, address)).bytes.equals(referenceBytes(name))).toBe(true);
  });

  test('cut off on the way leaves nothing, and the next one gets it whole', async () => {
    between.behave({ cut: new RegExp(name) });
    expect((await get(mirror, address)).status).toBe(503);
    expect(await fileOf(mirror.core.db.sql, 'tobs', name)).toMatchObject({ place: 'upstream' });
    between.behave({});
    await mirror.core.db.sql`delete from crds.mirror_failure`;
    expect((await get(mirror, address)).bytes.length).toBe(5000);
  });
});

describe('when the upstream server is gone', () => {
  test('everything that was fetched is still given, and the mirror says since when', async () => {
    await deliver(1);
    await refresh();
    const [held = '', other = ''] = contextReferences(1);
    await get(mirror, `references/tobs/${held}`);
    between.behave({ silent: true });
    await refresh();
    await refresh();
    const state = await mirrorStateOf(mirror.core.db.sql, 'tobs');
    expect(state).toMatchObject({ failures: 2 });
    expect(state?.failingSince).toBeInstanceOf(Date);
    expect((await get(mirror, `references/tobs/${held}`)).status).toBe(200);
    expect((await get(mirror, 'mappings/tobs/tobs_0001.pmap')).status).toBe(200);
    expect((await get(mirror, `references/tobs/${other}`)).status).toBe(503);
    between.behave({});
    await refresh();
    expect(await mirrorStateOf(mirror.core.db.sql, 'tobs')).toMatchObject({
      failures: 0,
      failingSince: null,
    });
  });
});

test('the clock asks by itself, and fetches what the latest context recommends when that is wanted', async () => {
  await deliver(1);
  const settings = { mirror: { upstream: `${between.address}/crds/tobs`, references: 'latest' } };
  await putObservatory(mirror.core, { observatory: 'tobs', settings }, actor);
  await mirror.core.db.sql`update crds.mirror set next_at = now()`;
  await mirror.core.schedules.runNow('crds.refresh-mirrors');
  await eventually(async () => {
    const files = await mirror.core.db.sql<{ place: string }[]>`select distinct place from crds.file`;
    expect(files).toEqual([{ place: 'kept' }]);
  }, 20_000);
});

test('how it stands is said in a sentence, with counts', async () => {
  await deliver(1);
  expect(await mirrorOverviewOf(mirror.core.db.sql, 'tobs')).toMatchObject({ state: 'partial' });
  between.behave({ silent: true });
  await refresh();
  const never = await mirrorOverviewOf(mirror.core.db.sql, 'tobs');
  expect(never).toMatchObject({ state: 'bad', message: expect.stringMatching(/^Nothing has come from/) });
  between.behave({});
  await refresh();
  const whole = await mirrorOverviewOf(mirror.core.db.sql, 'tobs');
  expect(whole).toMatchObject({ state: 'good', counts: { held: 4, upstream: 4, failed: 0 } });
  between.behave({ silent: true });
  await refresh();
  const gone = await mirrorOverviewOf(mirror.core.db.sql, 'tobs');
  expect(gone).toMatchObject({
    state: 'partial',
    message: expect.stringContaining('nothing new has come since'),
  });
  expect(await mirrorOverviewOf(source.core.db.sql, 'tobs')).toBeNull();
});
