import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { affectedResult } from '../../../server/src/crds/affected/affected.ts';
import { crds } from '../../../server/src/crds/index.ts';
import { fillAsRecorded, recordedHistory } from '../../support/crds-published.ts';
import { leaveOut, publishedFile } from '../../support/published-data.ts';
import { testServer } from '../../support/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { publishedCases } from './published.ts';
import { pythonJson, type RecordedExchange, recordedSteps, uncut } from './transcript.ts';

const suite = 'conversations of the crds client';
const archive = publishedFile('crds/mappings.tar.gz');
if (archive === undefined) leaveOut(suite, 'crds/mappings.tar.gz is not below ORRERY_TEST_DATA');
const steps = recordedSteps(suite) ?? [];

const folder = await temporaryFolder('crds');

/** Header of the one dataset that the recording's server had. */
const dataset = steps
  .find(({ step }) => step === 'dataset_ids')
  ?.http.flatMap(({ response_body: body }) => Object.entries(JSON.parse(body).result as object))
  .find(([id]) => id.includes(':'));

const server = await testServer([crds], { 'crds.rootObservatory': 'hst' });
if (archive !== undefined && dataset !== undefined)
  await fillAsRecorded(server.core, archive, folder, dataset);

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
      context_history: recordedHistory
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

  test('headers of the published cases are answered through RPC as the library answered them', async () => {
    const cases = (publishedCases<HeaderCase>(suite, 'bestrefs-real.jsonl.gz') ?? []).filter(
      ({ context, reftypes }) => context === 'hst_0300.pmap' && reftypes === null,
    );
    expect(cases.length).toBeGreaterThan(500);
    const headers = Object.fromEntries(cases.map(({ id, header }) => [id, header]));
    const answer = await post(
      { method: 'POST', path: '/json/', request_body: '', status: 200, response_body: '' },
      JSON.stringify({
        method: 'get_best_references_by_header_map',
        params: ['hst_0300.pmap', headers, null],
        id: 'cases',
      }),
    );
    const answers = answer.result as Record<string, Record<string, unknown> | string>;
    for (const { id, expected } of cases)
      expect({ [id]: plain(answers[id]) }).toEqual({ [id]: plain(expected) });
  });
});

interface HeaderCase {
  id: string;
  context: string;
  header: Record<string, unknown>;
  reftypes: string[] | null;
  expected: Record<string, unknown>;
}

/** Without the sentences of failures; a header that cannot be looked up at all is one. */
function plain(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || 'error' in answer) return 'NOT FOUND';
  return Object.fromEntries(
    Object.entries(answer).map(([type, one]) => {
      const isFailure = typeof one === 'string' && one.startsWith('NOT FOUND') && one !== 'NOT FOUND n/a';
      return [type, isFailure ? 'NOT FOUND' : one];
    }),
  );
}
