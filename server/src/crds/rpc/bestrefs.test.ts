import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { aMapping, anObservatory, toyHeader, toyRules } from '../../../../test/support/crds.ts';
import { rpcOf } from '../../../../test/support/crds-rpc.ts';
import { testServer } from '../../../../test/support/server.ts';
import { registerDatasets } from '../datasets/register.ts';
import { crds } from '../index.ts';

const server = await testServer([crds]);
const lacking = aMapping(
  'tobs_0002.pmap',
  { observatory: "'TOBS'", parkey: "('INSTRUME',)" },
  "{\n    'ACS' : 'tobs_acs_0002.imap',\n}",
);
await anObservatory(server, 'tobs', [...toyRules(), lacking], { latest: 'tobs_0001.pmap' });
const { result, failure, call } = rpcOf(server, 'tobs');
const context = 'tobs_0001.pmap';

describe('best references', () => {
  test('are given by type, of all or of those that are asked for', async () => {
    expect(await result('get_best_references', context, toyHeader, null)).toEqual({
      biasfile: 'new_bia.fits',
      darkfile: 'NOT FOUND n/a',
    });
    expect(await result('get_best_references', context, toyHeader, ['BIASFILE'])).toEqual({
      biasfile: 'new_bia.fits',
    });
    expect(await result('get_best_references', context, toyHeader, [])).toHaveProperty('darkfile');
  });

  test('are given for symbolic contexts and for an imap alone', async () => {
    for (const spec of ['tobs-latest', 'latest', 'tobs-operational', 'tobs_acs_0001.imap']) {
      expect(await result('get_best_references', spec, toyHeader, ['biasfile'])).toEqual({
        biasfile: 'new_bia.fits',
      });
    }
  });

  test('a header without an instrument, or with one nobody knows, is a failure', async () => {
    expect(await failure('get_best_references', context, { FOO: '1' })).toBe(
      'OtherError: Missing &#x27;INSTRUME&#x27; keyword in header for determining instrument.',
    );
    expect(await failure('get_best_references', context, { INSTRUME: 'NOSUCH' })).toContain('nosuch');
  });

  test('of many headers each has its own answer', async () => {
    expect(
      await result('get_best_references_by_header_map', context, { A: toyHeader, B: { FOO: '1' } }, [
        'biasfile',
      ]),
    ).toEqual({
      A: { biasfile: 'new_bia.fits' },
      B: "NOT FOUND Missing 'INSTRUME' keyword in header for determining instrument.",
    });
  });

  test('an unknown context is a failure, and one whose mappings are not all here says which', async () => {
    expect(await failure('get_best_references', 'tobs_9999.pmap', toyHeader)).toContain('no context');
    expect(await failure('get_best_references', '../../etc/passwd', toyHeader)).toContain('is no mapping');
    expect(await failure('get_best_references', 'tobs_0002.pmap', toyHeader)).toContain('tobs_acs_0002.imap');
  });

  test('what was lacking is used when it has come', async () => {
    const come = aMapping(
      'tobs_acs_0002.imap',
      { observatory: "'TOBS'", instrument: "'ACS'", parkey: "('REFTYPE',)" },
      "{\n    'biasfile' : 'tobs_acs_biasfile_0001.rmap',\n}",
    );
    await anObservatory(server, 'tobs', [come], { latest: context });
    expect(await result('get_best_references', 'tobs_0002.pmap', toyHeader)).toEqual({
      biasfile: 'new_bia.fits',
    });
  });

  test('many who ask first at once get the same', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => result('get_best_references', 'tobs_0002.pmap', toyHeader)),
    );
    expect(new Set(answers.map((one) => JSON.stringify(one)))).toEqual(
      new Set(['{"biasfile":"new_bia.fits"}']),
    );
  });

  test('the parameters that a context asks for are listed by instrument', async () => {
    const names = ['CCDGAIN', 'DATE-OBS', 'DETECTOR', 'REFTYPE', 'TIME-OBS'];
    expect(await result('get_required_parkeys', context)).toEqual({ acs: ['INSTRUME', ...names] });
    expect(await result('get_required_parkeys', 'tobs_acs_0001.imap')).toEqual(names);
  });
});

describe('registered datasets', () => {
  test('have best references by id, and files for the archive', async () => {
    const line = { id: 'PROD1:EXP1', instrument: 'acs', header: toyHeader, date: '2012-02-20' };
    await registerDatasets(server.core, 'tobs', Readable.from([Buffer.from(`${JSON.stringify(line)}\n`)]), {
      name: 'test',
    });
    expect(await result('get_dataset_ids', context, 'ACS', null)).toEqual(['PROD1:EXP1']);
    expect(await result('get_dataset_headers_by_id', context, ['exp1', 'nosuch'])).toEqual({
      'PROD1:EXP1': expect.objectContaining({ DETECTOR: 'WFC' }),
      nosuch: "NOT FOUND dataset ID does not exist 'nosuch'",
    });
    expect(
      await result('get_best_references_by_ids', context, ['PROD1:EXP1', 'nosuch'], ['biasfile'], false),
    ).toEqual({
      'PROD1:EXP1': [true, { biasfile: 'new_bia.fits' }],
      nosuch: [false, "NOT FOUND dataset ID does not exist 'nosuch'"],
    });
    expect(await result('get_best_references_by_ids', context, ['PROD1'], null, true)).toMatchObject({
      'PROD1:EXP1': [true, { biasfile: 'new_bia.fits' }, { DETECTOR: 'WFC' }],
    });
    expect(await result('get_aui_best_references', context, ['PROD1:EXP1', 'nosuch'])).toEqual({
      'PROD1:EXP1': [true, ['new_bia.fits']],
      nosuch: [false, "NOT FOUND dataset ID does not exist 'nosuch'"],
    });
  });

  test('more at once than is allowed are refused with the limit', async () => {
    const ids = Array.from({ length: 1001 }, (_, at) => `ID${at}`);
    expect(await failure('get_dataset_headers_by_id', context, ids)).toContain('one call may have 1000');
    expect(await failure('get_best_references_by_ids', context, ids)).toContain('one call may have 1000');
    expect(await failure('get_aui_best_references', context, ids.slice(0, 201))).toContain('may have 200');
    const headers = Object.fromEntries(ids.map((id) => [id, toyHeader]));
    expect(await failure('get_best_references_by_header_map', context, headers)).toContain('may have 1000');
    expect(await failure('get_dataset_headers_by_id', context, ["x' or 1=1"])).toContain('is no dataset id');
  });
});

describe('hostile headers', () => {
  test.each([
    ['a value of ten million signs', { ...toyHeader, DETECTOR: 'x'.repeat(10_000_000) }],
    ['a name of ten million signs', { ...toyHeader, ['x'.repeat(10_000_000)]: '1' }],
    [
      '100,000 parameters',
      { ...toyHeader, ...Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`K${n}`, '1'])) },
    ],
    ['a value that is an object', { ...toyHeader, DETECTOR: { a: 1 } }],
    ['a list instead of an object', [1, 2, 3]],
    ['a text instead of an object', 'INSTRUME'],
  ])('%s is refused', async (_what, header) => {
    expect(await failure('get_best_references', context, header)).toMatch(/^OtherError: .{10,400}$/s);
  });

  test('names that objects have by themselves are names like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const header = JSON.stringify({ ...toyHeader, extra: 1 }).replace('"extra"', JSON.stringify(name));
      const body = `{"method":"get_best_references","params":["${context}",${header},["biasfile","${name}"]],"id":1}`;
      const { result } = await call(body);
      expect(result).toMatchObject({ biasfile: 'new_bia.fits' });
      const map = `{"method":"get_best_references_by_header_map","params":["${context}",{"${name}":${header}},["biasfile"]],"id":1}`;
      expect(JSON.stringify((await call(map)).result)).toBe(`{"${name}":{"biasfile":"new_bia.fits"}}`);
    }
  });

  test('a long value is not said back for every type', async () => {
    const header = { ...toyHeader, DETECTOR: 'x'.repeat(60_000) };
    const answer = JSON.stringify(await result('get_best_references', context, header));
    expect(answer.length).toBeLessThan(5000);
  });

  test('a huge id is not said back', async () => {
    const { id, error } = await call(
      JSON.stringify({ method: 'nosuch', params: [], id: 'x'.repeat(1_000_000) }),
    );
    expect(id).toBeNull();
    expect(error?.message).toContain('no method');
  });

  test('a body that is larger than any call is refused in the envelope', async () => {
    const answer = await fetch(`${server.address}/crds/tobs/json/`, {
      method: 'POST',
      body: 'x'.repeat(17 << 20),
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      id: null,
      error: { message: expect.stringContaining('larger') },
    });
  });
});
