import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { anObservatory, toyRules } from '../../../../test/support/crds.ts';
import { testServer } from '../../../../test/support/server.ts';
import { crds } from '../index.ts';

const server = await testServer([crds], { 'crds.rootObservatory': 'tobs' });
await anObservatory(
  server,
  'tobs',
  [
    ...toyRules(),
    { name: 'new_bia.fits', state: 'archived', sizeBytes: 2880, sha1: 'a'.repeat(40) },
    { name: 'secret_bia.fits', state: 'uploaded', sizeBytes: 2880, sha1: 'b'.repeat(40) },
  ],
  { latest: 'tobs_0001.pmap' },
);

interface Envelope {
  error: { name: string; code: number; message: string; data: null } | null;
  id: unknown;
  jsonrpc: string;
  result: unknown;
}

async function post(
  body: string,
  {
    path = '/crds/tobs/json/x/y/',
    type = 'application/x-www-form-urlencoded',
  }: { path?: string; type?: string | null } = {},
): Promise<{ status: number; type: string; envelope: Envelope }> {
  const answer = await fetch(`${server.address}${path}`, {
    method: 'POST',
    body: type === null ? Buffer.from(body) : body,
    headers: type === null ? {} : { 'content-type': type },
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    envelope: (await answer.json()) as Envelope,
  };
}

async function call(method: string, params: unknown = [], path?: string): Promise<Envelope> {
  const body = JSON.stringify({ jsonrpc: '1.0', method, params, id: `test-${method}` });
  return (await post(body, path === undefined ? {} : { path })).envelope;
}

async function result(method: string, ...params: unknown[]): Promise<unknown> {
  const { error, result } = await call(method, params);
  if (error !== null) throw new Error(error.message);
  return result;
}

async function failure(method: string, ...params: unknown[]): Promise<string> {
  return (await call(method, params)).error?.message ?? '';
}

function decoded(result: unknown): Record<string, unknown> {
  const { crds_payload: payload } = result as { crds_payload: string };
  return JSON.parse(gunzipSync(Buffer.from(payload, 'base64')).toString()) as Record<string, unknown>;
}

const listing = JSON.stringify({
  jsonrpc: '1.0',
  method: 'list_mappings',
  params: ['tobs', '*.pmap'],
  id: 'i',
});

describe('the envelope', () => {
  test('an answer repeats the id, and its type is that of JSON-RPC', async () => {
    expect(await post(listing)).toEqual({
      status: 200,
      type: 'application/json-rpc',
      envelope: { error: null, jsonrpc: '1.0', id: 'i', result: ['tobs_0001.pmap'] },
    });
  });

  test.each([
    '/crds/tobs/json/',
    '/crds/tobs/json',
    '/crds/tobs//json/list_mappings/some-id/',
    '//json/list_mappings/some-id/',
    '/json/',
  ])('%s takes calls', async (path) => {
    expect((await post(listing, { path })).envelope.result).toEqual(['tobs_0001.pmap']);
  });

  test.each(['application/x-www-form-urlencoded', 'application/json', 'text/plain', 'x/nonsense', null])(
    'the body is JSON in spite of the content type %s',
    async (type) => {
      expect((await post(listing, { type })).envelope.result).toEqual(['tobs_0001.pmap']);
    },
  );

  test('a failure is an answer with status 200, its text escaped for HTML', async () => {
    const { status, envelope } = await post(
      JSON.stringify({ method: 'get_file_info', params: ['tobs_0001.pmap', 'no<such>.fits'], id: 7 }),
    );
    expect(status).toBe(200);
    expect(envelope).toEqual({
      error: {
        name: 'OtherError',
        code: 500,
        message: 'OtherError: file &#x27;no&lt;such&gt;.fits&#x27; is no file name.',
        data: null,
      },
      jsonrpc: '1.0',
      id: 7,
      result: null,
    });
  });

  test.each([
    ['no JSON', '{"method":', 'not JSON'],
    ['a list', '[]', 'one JSON object'],
    ['a number', '4', 'one JSON object'],
    ['nothing', '', 'not JSON'],
    ['no method', '{"params":[]}', 'names no method'],
    ['an unknown method', '{"method":"constructor"}', 'There is no method'],
    ['params that are a text', '{"method":"list_mappings","params":"x"}', 'params must be'],
    ['too many arguments', '{"method":"get_server_info","params":[1]}', 'takes at most 0'],
    ['an unknown name', '{"method":"list_mappings","params":{"other":1}}', 'has no parameter'],
    ['nested far too deep', `{"method":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'nested 50 deep'],
  ])('%s is a failure that says so', async (_what, body, sentence) => {
    const { status, envelope } = await post(body);
    expect(status).toBe(200);
    expect(envelope.error?.message).toMatch(/^OtherError: /);
    expect(envelope.error?.message).toContain(sentence);
  });

  test('arguments by name and missing ones at the end are the same as by position', async () => {
    const names = ['tobs_0001.pmap', 'tobs_acs_0001.imap'];
    expect((await call('list_mappings', { glob: '*_0001.[pi]map' })).result).toEqual(names);
    expect(await result('list_mappings', null, '*_0001.[pi]map')).toEqual(names);
    expect(await result('list_mappings')).toHaveLength(4);
  });

  test('another observatory than that of the address is a failure', async () => {
    expect(await failure('list_mappings', 'hst', '*')).toContain('This address serves tobs');
    expect((await call('get_server_info', [], '/crds/hst/json/')).error?.message).toContain('no observatory');
  });
});

describe('server info', () => {
  test('has everything that clients read', async () => {
    const info = (await result('get_server_info')) as Record<string, unknown>;
    expect(info).toMatchObject({
      observatory: 'tobs',
      operational_context: 'tobs_0001.pmap',
      latest_context: 'tobs_0001.pmap',
      edit_context: '',
      bad_files: '',
      bad_files_list: [],
      mappings: [
        'tobs_0001.pmap',
        'tobs_acs_0001.imap',
        'tobs_acs_biasfile_0001.rmap',
        'tobs_acs_darkfile_0001.rmap',
      ],
      mapping_url: { tobs: `${server.address}/crds/tobs/unchecked_get/mappings/tobs/` },
      reference_url: { tobs: `${server.address}/crds/tobs/unchecked_get/references/tobs/` },
      max_headers_per_rpc: 1000,
    });
    const files = decoded(info.download_metadata);
    expect(files['new_bia.fits']).toEqual({ size: '2880', sha1sum: 'a'.repeat(40) });
    expect(Object.keys(files)).toHaveLength(5);
    expect(JSON.stringify(info)).not.toContain('secret_bia');
    expect(files).not.toHaveProperty(['secret_bia.fits']);
  });

  test('at the root its addresses have no path', async () => {
    expect((await call('get_server_info', [], '/json/')).result).toMatchObject({
      mapping_url: { tobs: `${server.address}/unchecked_get/mappings/tobs/` },
    });
  });

  test('by GET it has an ETag and is compressed for those who can', async () => {
    const url = `${server.address}/crds/tobs/server_info.json`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(await first.json()).toEqual(await result('get_server_info'));
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const plain = await server.app.inject({ url: '/crds/tobs/server_info.json' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.json()).toMatchObject({ observatory: 'tobs' });
  });

  test('its base address leads a browser to the page of the observatory', async () => {
    const answer = await fetch(`${server.address}/crds/tobs/`, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(`${server.address}/ui/calibration/tobs`);
    expect((await fetch(`${server.address}/crds/hst/`, { redirect: 'manual' })).status).toBe(404);
  });

  test('is new when a file comes', async () => {
    await anObservatory(server, 'tobs', [{ name: 'late_bia.fits', state: 'archived', sizeBytes: 1 }], {
      latest: 'tobs_0001.pmap',
    });
    await expect
      .poll(async () => {
        const info = (await result('get_server_info')) as { download_metadata: unknown };
        return decoded(info.download_metadata)['late_bia.fits'];
      })
      .toEqual({ size: '1', sha1sum: 'none' });
  });
});

describe('the catalogue', () => {
  test('a context leads to its mappings, itself first, and to references', async () => {
    expect(await result('get_mapping_names', 'tobs_0001.pmap')).toEqual([
      'tobs_0001.pmap',
      'tobs_acs_0001.imap',
      'tobs_acs_biasfile_0001.rmap',
      'tobs_acs_darkfile_0001.rmap',
    ]);
    expect(await result('get_reference_names', 'tobs-latest')).toEqual([
      'hrc_drk.fits',
      'new_bia.fits',
      'old_bia.fits',
    ]);
  });

  test('a record has texts only, in lower case', async () => {
    const record = (await result('get_file_info', 'tobs_0001.pmap', 'tobs_acs_0001.imap')) as object;
    expect(record).toMatchObject({
      name: 'tobs_acs_0001.imap',
      type: 'mapping',
      observatory: 'tobs',
      instrument: 'acs',
      filekind: '',
      state: 'operational',
      rejected: 'false',
      blacklisted: 'false',
    });
    expect(Object.values(record).filter((value) => typeof value !== 'string')).toEqual([]);
  });

  test('names that are unknown or not confirmed are the words NOT FOUND', async () => {
    expect(
      await result(
        'get_file_info_map',
        'tobs',
        ['new_bia.fits', 'nosuch.fits', 'secret_bia.fits', '__proto__'],
        ['size', 'state'],
      ),
    ).toEqual(
      JSON.parse(
        '{"new_bia.fits":{"size":"2880","state":"archived"},"nosuch.fits":"NOT FOUND","secret_bia.fits":"NOT FOUND","__proto__":"NOT FOUND"}',
      ),
    );
    expect(await failure('get_file_info', null, 'secret_bia.fits')).toContain('is not known');
    expect(await failure('get_mapping_url', null, 'secret_bia.fits')).toContain('is not known');
  });

  test('an address is given for what is known', async () => {
    expect(await result('get_url', 'tobs_0001.pmap', 'new_bia.fits')).toBe(
      `${server.address}/crds/tobs/unchecked_get/references/tobs/new_bia.fits`,
    );
  });

  test.each(['[z-a]', '[', '*'.repeat(100), '[!]', '\\', '[[:foo:]]'])(
    'the pattern %s is answered',
    async (glob) => {
      expect(Array.isArray(await result('list_references', 'tobs', glob))).toBe(true);
    },
  );
});
