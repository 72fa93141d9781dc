import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { affectedResult, startAffected } from '../../../server/src/crds/affected/affected.ts';
import { closureOf } from '../../../server/src/crds/catalogue/files.store.ts';
import { addHistory } from '../../../server/src/crds/contexts/history.store.ts';
import { forgetObservatories } from '../../../server/src/crds/contexts/observatory.ts';
import { registerDatasets } from '../../../server/src/crds/datasets/register.ts';
import { importFolder } from '../../../server/src/crds/import/import.ts';
import { crds } from '../../../server/src/crds/index.ts';
import { leaveOut, publishedFile } from '../../support/published-data.ts';
import { testServer } from '../../support/server.ts';
import { pythonJson, type RecordedExchange, recordedSteps, uncut } from './transcript.ts';

const suite = 'conversations of the crds client';
const archive = publishedFile('crds/mappings.tar.gz');
if (archive === undefined) leaveOut(suite, 'crds/mappings.tar.gz is not below ORRERY_TEST_DATA');
const steps = recordedSteps(suite) ?? [];

const folder = await mkdtemp(path.join(tmpdir(), 'orrery-crds-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The bytes that the recording's server made up for a reference. */
const madeUp = (name: string): string => `FAKE REFERENCE ${name}\n`.repeat(100);

/** Header of the one dataset that the recording's server had. */
const dataset = steps
  .find(({ step }) => step === 'dataset_ids')
  ?.http.flatMap(({ response_body: body }) => Object.entries(JSON.parse(body).result as object))
  .find(([id]) => id.includes(':'));

const history = [
  { startedAt: new Date('2013-07-02T15:44:53Z'), context: 'hst.pmap', description: 'set by system' },
  { startedAt: new Date('2014-11-25T15:48:40Z'), context: 'hst_0299.pmap', description: 'older' },
  { startedAt: new Date('2014-12-02T10:00:00Z'), context: 'hst_0300.pmap', description: 'newer' },
];

const server = await testServer([crds], { 'crds.rootObservatory': 'hst' });
if (archive !== undefined) await fill(archive);

/** What the recording's server had, as far as its answers tell. */
async function fill(tar: string): Promise<void> {
  const cache = path.join(folder, 'cache');
  await mkdir(path.join(cache, 'mappings'), { recursive: true });
  execFileSync('tar', ['-xzf', tar, '-C', folder]);
  await rename(path.join(folder, 'hst'), path.join(cache, 'mappings', 'hst'));
  const references = path.join(cache, 'references', 'hst', 'acs');
  await mkdir(references, { recursive: true });
  for (const name of ['t3n1116mj_a2d.fits', 'xa81715gj_ccd.fits', 'uc82140bj_ccd.fits']) {
    await writeFile(path.join(references, name), madeUp(name));
  }
  const { core } = server;
  const actor = { name: 'test' };
  await importFolder(core, { folder: cache, observatory: 'hst' }, actor);
  await core.db.transaction(async (tx) => {
    await addHistory(tx, 'hst', history, 'test');
    await tx`
      update crds.observatory set latest_context = 'hst_0300.pmap', edit_context = 'hst_0349.pmap'
      where observatory = 'hst'`;
    const { mappings } = await closureOf(tx, 'hst', 'hst_0300.pmap');
    await tx`update crds.file set state = 'operational' where observatory = 'hst' and name = any(${mappings}::text[])`;
  });
  forgetObservatories(core);
  const cos = { INSTRUME: 'COS', DETECTOR: 'FUV', 'DATE-OBS': '2012-02-20', 'TIME-OBS': '10:00:00' };
  const lines = [
    { id: dataset?.[0], instrument: 'acs', header: dataset?.[1], date: '2012-02-20' },
    { id: 'I9ZF01010', instrument: 'cos', header: cos, date: '2012-02-20' },
    { id: 'I9ZF02010', instrument: 'cos', header: cos, date: '2012-02-20' },
  ];
  const bytes = Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)));
  expect(await registerDatasets(core, 'hst', bytes, actor)).toMatchObject({ added: 3, refused: 0 });
  await startAffected(core, { observatory: 'hst', old: 'hst_0299.pmap', new: 'hst_0300.pmap' }, actor);
}

/** Deliveries by `crds submit` are no part of this yet; their answers are pages. */
const delivering = new Set(['redcat_form', 'submit_batch', 'submit_logout']);

interface Answer {
  error: { name: string; code: number; message: string; data: null } | null;
  jsonrpc: string;
  id: string;
  result: unknown;
}

async function post(exchange: RecordedExchange, body: string): Promise<Answer> {
  const answer = await fetch(`${server.address}${exchange.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  expect(answer.status).toBe(exchange.status);
  expect(answer.headers.get('content-type')).toBe('application/json-rpc');
  const { error, jsonrpc, id, result } = (await answer.json()) as Answer;
  return { error, jsonrpc, id, result: decoded(result) };
}

/** As clients undo the compressed form. */
function decoded(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('crds_payload' in result)) return result;
  return JSON.parse(gunzipSync(Buffer.from(String(result.crds_payload), 'base64')).toString());
}

/** A question that was cut in the recording, whole again. */
async function wholeBody(exchange: RecordedExchange): Promise<string> {
  const { text, isCut } = uncut(exchange.request_body);
  if (!isCut) return text;
  expect(exchange.path).toContain('/get_file_info_map/');
  const names = (
    await post(exchange, '{"method":"get_mapping_names","params":["hst_0300.pmap"],"id":"whole"}')
  ).result;
  const fields = ['blacklisted', 'rejected', 'sha1sum', 'size', 'state'];
  const id = exchange.path.split('/').at(-2);
  const whole = pythonJson({
    jsonrpc: '1.0',
    method: 'get_file_info_map',
    params: ['hst', names, fields],
    id,
  });
  expect(whole.startsWith(text)).toBe(true);
  return whole;
}

type Comparison = (ours: Answer, theirs: Answer) => void;

/**
 * Answers that are not the same on purpose or by their nature, by method (and step), and what is compared instead.
 */
const different: Record<string, Comparison> = {
  // The stub's server info is kept apart from the recording, with the metadata of four files only.
  get_server_info(ours) {
    expect(ours.result).toMatchObject({
      observatory: 'hst',
      latest_context: 'hst_0300.pmap',
      operational_context: 'hst_0300.pmap',
      edit_context: 'hst_0349.pmap',
      build_context: expect.any(String),
      context_history: history
        .toReversed()
        .map(({ startedAt, context, description }) => [
          startedAt.toISOString().slice(0, 19).replace('T', ' '),
          context,
          description,
        ]),
      mapping_url: { hst: `${server.address}/unchecked_get/mappings/hst/` },
    });
  },
  // The stub made up a record of every file it was asked for.
  get_file_info(ours, theirs) {
    const { name, observatory, size, sha1sum, state, type, rejected, blacklisted } = theirs.result as Record<
      string,
      string
    >;
    expect(ours.result).toMatchObject({
      name,
      observatory,
      size,
      sha1sum,
      state,
      type,
      rejected,
      blacklisted,
    });
    expect(Object.keys(ours.result as object)).toEqual(
      expect.arrayContaining(Object.keys(theirs.result as object)),
    );
  },
  'file_info_unknown get_file_info_map'(ours) {
    expect(ours.result).toEqual({ 'nosuchfile.fits': 'NOT FOUND' });
  },
  // The stub gave its latest context for the rules of one type.
  'list_resolve get_context_by_date'(ours, theirs) {
    if (ours.id.endsWith('3')) expect(ours.result).toBe('hst_acs_biasfile_0270.rmap');
    else expect(ours).toEqual(theirs);
  },
  // Ours does not name a folder of the server.
  'unknown_context get_mapping_names'(ours, theirs) {
    expect(ours).toMatchObject({
      id: theirs.id,
      result: null,
      error: { name: 'OtherError', code: 500, data: null },
    });
    expect(ours.error?.message).toContain('hst_9999.pmap');
  },
  get_affected_datasets(ours, theirs) {
    if (theirs.error !== null) {
      expect(ours.error?.message).toContain('No precomputed affected datasets results exist');
      return;
    }
    const volatile = { computation_dir: expect.any(String), bestrefs_err_summary: expect.any(String) };
    expect(ours.result).toEqual({ ...(theirs.result as object), ...volatile });
  },
  get_sqlite_db(ours, theirs) {
    expect(tablesOf(ours.result)).toEqual(tablesOf(theirs.result));
  },
};

function tablesOf(result: unknown): unknown[] {
  const database = new DatabaseSync(':memory:');
  database.deserialize(inflateSync(Buffer.from(String(result), 'base64')));
  return database
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .all()
    .map(({ name }) => name);
}

async function compareCall(step: string, exchange: RecordedExchange): Promise<void> {
  const body = await wholeBody(exchange);
  const { method } = JSON.parse(body) as { method: string };
  const ours = await post(exchange, body);
  const comparison = different[`${step} ${method}`] ?? different[method];
  const { text, isCut } = uncut(exchange.response_body);
  if (comparison !== undefined) {
    comparison(ours, text.startsWith('{') ? (JSON.parse(text) as Answer) : ours);
  } else if (isCut) expect(pythonJson(ours).slice(0, text.length)).toBe(text);
  else expect(ours).toEqual(JSON.parse(text));
}

async function compareDownload(exchange: RecordedExchange): Promise<void> {
  const answer = await fetch(`${server.address}${exchange.path}`);
  expect(answer.status).toBe(exchange.status);
  const { text, isCut } = uncut(exchange.response_body);
  const ours = await answer.text();
  expect(isCut ? ours.slice(0, text.length) : ours).toBe(text);
}

describe.skipIf(archive === undefined)('what the real client asked is answered as it was', () => {
  test('affected datasets are found before they are asked for', { timeout: 60_000 }, async () => {
    await expect
      .poll(() => affectedResult(server.core, 'hst', 'hst_0299.pmap', 'hst_0300.pmap').catch(() => null), {
        timeout: 50_000,
        interval: 300,
      })
      .not.toBeNull();
  });

  const reading = steps.filter(({ step, http }) => !delivering.has(step) && http.length > 0);
  test.each(reading)('$step', async ({ step, http }) => {
    for (const exchange of http) {
      if (exchange.method === 'POST') await compareCall(step, exchange);
      else await compareDownload(exchange);
    }
  });
});
