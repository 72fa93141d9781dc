import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Db } from '../../../server/src/core/db/index.ts';
import { publishedCases } from '../../conformance/crds/published.ts';
import { orrery } from '../../support/orrery.ts';
import { leaveOut, publishedFile } from '../../support/published-data.ts';
import { anInstallation, type Installation, residentBytes } from '../installation.ts';
import { startChild } from '../load/child.ts';
import type { HelloSettings } from '../load/hello-server.ts';
import type { BenchOptions, Report } from '../report.ts';
import { perSecond, reportRequests, runOn, runRequests } from '../uws/requests.ts';

const suite = 'bench crds-rpc';
const context = 'hst_0349.pmap';
/** Files beside those of the published rules, so that server info is as large as it gets. */
const moreFiles = 20_000;
const headersInCall = 100;

interface HeaderCase {
  context: string;
  header: Record<string, unknown>;
}

/**
 * Best references of all types through JSON-RPC by one server process, one header in a call and many; server info with
 * more than 20,000 files; mapping files. Beside it Fastify with nothing around it, which takes the same bodies.
 */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const archive = publishedFile('crds/mappings.tar.gz');
  const cases = publishedCases<HeaderCase>(suite, 'bestrefs-real.jsonl.gz');
  if (archive === undefined || cases === undefined) {
    leaveOut(suite, 'the published rules are not below ORRERY_TEST_DATA');
    return;
  }
  const headers = cases.filter((one) => one.context === context).map(({ header }) => header);
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'crds', '--port', '0');
    await fill(place, archive);
    const port = Number(new URL(server.address).port);
    const load = new Load(report, port, server.child.pid as number, place.folder, quick);
    await load.warmUp(headers);
    await load.rawFastify(headers);
    await load.bestReferences(headers);
    await load.serverInfo();
    await load.mappings();
    const bytes = await residentBytes(server.child.pid as number);
    report({ name: 'memory of the server process afterwards', value: bytes / 1e6, unit: 'MB' });
  } finally {
    await place.remove();
  }
}

async function fill(place: Installation, archive: string): Promise<void> {
  execFileSync('tar', ['-xzf', archive, '-C', place.folder, 'hst']);
  const { code, stdout, stderr } = await orrery(
    ['crds', 'import', path.join(place.folder, 'hst'), '--observatory', 'hst', '--latest', context].concat(
      '--data',
      place.folder,
    ),
  );
  if (code !== 0) throw new Error(`the import ended with ${code}: ${stdout}${stderr}`);
  await addReferences(await place.connect(1));
}

async function addReferences(db: Db): Promise<void> {
  await db.sql`
    insert into crds.file (observatory, name, kind, state, place, size_bytes, sha1)
    select 'hst', 'bench_' || n || '_drk.fits', 'reference', 'archived', 'absent', 33557000 + n,
      encode(sha224(n::text::bytea), 'hex')::char(40)
    from generate_series(1, ${moreFiles}) n`;
}

const rpcHead = 'POST /crds/hst/json/bench/1/ HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded';

function callOf(method: string, params: readonly unknown[]): string {
  return JSON.stringify({ jsonrpc: '1.0', method, params, id: 'bench-1.0-00000001' });
}

class Load {
  readonly #report: Report;
  readonly #port: number;
  readonly #pid: number;
  readonly #share: number;
  readonly #folder: string;

  constructor(report: Report, port: number, pid: number, folder: string, quick: boolean) {
    this.#folder = folder;
    this.#report = report;
    this.#port = port;
    this.#pid = pid;
    this.#share = quick ? 0.1 : 1;
  }

  async warmUp(headers: readonly object[]): Promise<void> {
    const bodiesFile = await this.#single(headers);
    await this.#run({ head: rpcHead, bodiesFile, total: headers.length * 4 });
  }

  /** What no server built on it can be faster than. */
  async rawFastify(headers: readonly object[]): Promise<void> {
    const child = startChild<string>('hello-server.ts', {} satisfies HelloSettings);
    try {
      const port = Number(new URL(await child.next()).port);
      const bodiesFile = await this.#single(headers);
      const head = rpcHead.replace(/ \S+ /, ' /bytes ');
      const result = await runRequests({ port, head, bodiesFile, total: this.#total(20_000), status: 200 });
      this.#report({
        name: 'Fastify alone, the same bodies, a short answer',
        value: perSecond(result),
        unit: '/s',
      });
    } finally {
      child.end();
    }
  }

  async bestReferences(headers: readonly object[]): Promise<void> {
    const bodiesFile = await this.#single(headers);
    const one = await this.#run({ head: rpcHead, bodiesFile, total: this.#total(20_000) });
    reportRequests(this.#report, 'best references of all types, one header in a call', one, '≥ 2,000');
    const bodies: string[] = [];
    for (let at = 0; at < headers.length; at += headersInCall) {
      const some = headers.slice(at, at + headersInCall).map((header, n) => [`id-${at + n}`, header]);
      bodies.push(callOf('get_best_references_by_header_map', [context, Object.fromEntries(some), null]));
    }
    const mean = headers.length / bodies.length;
    const settings = { head: rpcHead, bodiesFile: await this.#write('many', bodies), connections: 4 };
    const many = await this.#run({ ...settings, total: this.#total(400) });
    this.#report({
      name: `best references of all types, ${Math.round(mean)} headers in a call: headers`,
      value: perSecond(many) * mean,
      unit: '/s',
      limit: '≥ 2,000',
    });
    this.#report({ name: '  processor time of each header', value: many.microseconds / mean, unit: 'µs' });
  }

  async serverInfo(): Promise<void> {
    const body = callOf('get_server_info', []);
    const info = await this.#run({ head: rpcHead, body, total: this.#total(1000), connections: 8 });
    this.#report({ name: 'server info', value: perSecond(info), unit: '/s' });
    this.#report({ name: '  size of an answer', value: info.answerBytes / 1e6, unit: 'MB' });
    this.#report({ name: '  processor time of each', value: info.microseconds, unit: 'µs' });
    const head = 'GET /crds/hst/server_info.json HTTP/1.1\r\nAccept-Encoding: gzip';
    const packed = await this.#run({ head, total: this.#total(1000), connections: 8 });
    this.#report({ name: '  by GET, compressed', value: perSecond(packed), unit: '/s' });
    this.#report({ name: '  size', value: packed.answerBytes / 1e6, unit: 'MB' });
  }

  async mappings(): Promise<void> {
    const head = `GET /crds/hst/unchecked_get/mappings/hst/${context} HTTP/1.1`;
    const result = await this.#run({ head, total: this.#total(5000) });
    reportRequests(this.#report, 'a mapping file', result);
  }

  #single(headers: readonly object[]): Promise<string> {
    return this.#write(
      'single',
      headers.map((header) => callOf('get_best_references', [context, header, null])),
    );
  }

  async #write(name: string, bodies: readonly string[]): Promise<string> {
    const file = path.join(this.#folder, `${name}.json`);
    await writeFile(file, JSON.stringify(bodies));
    return file;
  }

  #total(count: number): number {
    return Math.ceil(count * this.#share);
  }

  #run(settings: Omit<Parameters<typeof runRequests>[0], 'port' | 'status'>): ReturnType<typeof runOn> {
    return runOn(this.#pid, { port: this.#port, status: 200, ...settings });
  }
}
