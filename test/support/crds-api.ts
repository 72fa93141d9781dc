import { Readable } from 'node:stream';
import { createAccount, createToken } from '../../server/src/core/auth/index.ts';
import type { Core } from '../../server/src/core/core.ts';
import type { NewFile } from '../../server/src/crds/catalogue/file.ts';
import { addFiles } from '../../server/src/crds/catalogue/files.store.ts';
import { addHistory } from '../../server/src/crds/contexts/history.store.ts';
import { keepFile, recordPlaced } from '../../server/src/crds/import/place-file.ts';
import { crds } from '../../server/src/crds/index.ts';
import { forgetObservatories } from '../../server/src/crds/observatory/observatory.ts';
import { aMapping, anObservatory, toyRules } from './crds.ts';
import { type TestServer, testServer } from './server.ts';

const acs = { observatory: "'TOBS'", instrument: "'ACS'" };
const when = "('DATE-OBS', 'TIME-OBS')";

/** The toy rules once more: another bias from 2010 on, biases for HRC, and a type that does not apply. */
export function newerToyRules(): NewFile[] {
  return [
    aMapping(
      'tobs_0002.pmap',
      { observatory: "'TOBS'", parkey: "('INSTRUME',)", derived_from: "'tobs_0001.pmap'" },
      "{\n    'ACS' : 'tobs_acs_0002.imap',\n    'COS' : 'N/A',\n}",
    ),
    aMapping(
      'tobs_acs_0002.imap',
      { ...acs, parkey: "('REFTYPE',)", derived_from: "'tobs_acs_0001.imap'" },
      "{\n    'biasfile' : 'tobs_acs_biasfile_0002.rmap',\n    'cfltfile' : 'N/A',\n    'darkfile' : 'tobs_acs_darkfile_0001.rmap',\n}",
    ),
    aMapping(
      'tobs_acs_biasfile_0002.rmap',
      {
        ...acs,
        filekind: "'BIASFILE'",
        parkey: `(('DETECTOR', 'CCDGAIN'), ${when})`,
        derived_from: "'tobs_acs_biasfile_0001.rmap'",
      },
      "Match({\n    ('HRC', '4.0') : UseAfter({\n        '2002-01-01 00:00:00' : 'hrc_bia.fits',\n    }),\n    ('WFC', '1.0|2.0') : UseAfter({\n        '2002-01-01 00:00:00' : 'old_bia.fits',\n        '2010-01-01 00:00:00' : 'newer_bia.fits',\n    }),\n})",
    ),
  ];
}

export const toyReferences = [
  'old_bia.fits',
  'new_bia.fits',
  'newer_bia.fits',
  'hrc_bia.fits',
  'hrc_drk.fits',
];

/** A reference whose bytes are kept here. */
export async function keepReference(
  core: Core,
  observatory: string,
  name: string,
  bytes: Buffer,
): Promise<void> {
  const placed = await keepFile(core, name, Readable.from([bytes], { objectMode: false }));
  await core.db.transaction((tx) => recordPlaced(core, tx, observatory, [placed]));
}

export interface CrdsScene extends TestServer {
  /** A token of somebody who operates tobs and nothing else. */
  operator: string;
  /** A GET or POST below `/api/crds`; `who` is a token, absent = nobody. */
  ask(
    url: string,
    call?: { body?: unknown; who?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; body: unknown; headers: Record<string, unknown> }>;
  /** What a GET answers, which must be well. */
  read<T>(url: string, who?: string): Promise<T>;
}

/** A server with the toy observatory in two contexts, of which the first one is latest and the second one edit. */
export async function crdsScene(): Promise<CrdsScene> {
  const server = await testServer([crds], { role: 'web', 'crds.demo': 'false' });
  const { core, app } = server;
  await anObservatory(server, 'tobs', [...toyRules(), ...newerToyRules()], {
    latest: 'tobs_0001.pmap',
    edit: 'tobs_0002.pmap',
  });
  await core.db.transaction(async (tx) => {
    await addFiles(
      tx,
      'tobs',
      toyReferences.map((name) => ({
        name,
        instrument: 'acs',
        filekind: name.endsWith('_bia.fits') ? 'biasfile' : 'darkfile',
        state: 'operational',
        sha1: Buffer.from(name).toString('hex').padEnd(40, '0').slice(0, 40),
        sizeBytes: 1000,
      })),
    );
    await addHistory(
      tx,
      'tobs',
      [{ startedAt: new Date('2020-01-01T00:00:00Z'), context: 'tobs_0001.pmap', description: 'the first' }],
      'import',
    );
  });
  forgetObservatories(core);
  const actor = { name: 'test' };
  await createAccount(core.auth.context, actor, { name: 'tess', roles: ['crds.operator:tobs'] });
  const operator = await createToken(core.auth.context, actor, { user: 'tess', expires: '1h' });
  const ask: CrdsScene['ask'] = async (url, { body, who, headers = {} } = {}) => {
    const reply = await app.inject({
      method: body === undefined ? 'GET' : 'POST',
      url: `/api/crds/${url}`,
      headers: { ...headers, ...(who === undefined ? {} : { authorization: `Bearer ${who}` }) },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const isJson = String(reply.headers['content-type'] ?? '').includes('json');
    return {
      status: reply.statusCode,
      body: (isJson ? reply.json() : reply.body) as unknown,
      headers: reply.headers,
    };
  };
  async function read<T>(url: string, who?: string): Promise<T> {
    const { status, body } = await ask(url, who === undefined ? {} : { who });
    if (status !== 200) throw new Error(`${url} answered ${status}: ${JSON.stringify(body)}`);
    return body as T;
  }
  return Object.assign(server, { operator, ask, read });
}
