import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Core } from '../../core/core.ts';
import { writePythonLiteral } from '../../core/write-python-literal.ts';
import { historyOf } from '../contexts/history.store.ts';
import type { Observatory } from '../observatory/observatory.ts';
import { perCore } from '../per-core.ts';
import { type CrdsEncoded, crdsEncoded } from './encoded.ts';
import { exactInstant, plainInstant } from './instants.ts';
import { mostHeaders } from './limits.ts';
import { listKnownFiles } from './server-info.store.ts';

/**
 * What every client asks first: contexts in force, all mappings, size and checksum of every file, where to download
 * (crds 13.2.7, `get_server_info`). A million bytes with 20,000 files, so it is written once for each version of the
 * catalogue and each address under which callers know the server.
 */
export interface WrittenInfo {
  json: Buffer;
  /** With its quotes. */
  etag: string;
  gzip(): Promise<Buffer>;
  /** As clients keep it in their cache (`config/<observatory>/server_config`). */
  python(): Buffer;
}

/** Release of the client library after which the service is made. */
const protocolRelease = '13.2.7';

/** What does not depend on the address. */
type Facts = Readonly<Record<string, unknown>> & { readonly bad_files_list: readonly string[] };

interface Kept {
  version: number;
  facts: Promise<Facts>;
  /** By base address, the least recently used first. */
  written: Map<string, Promise<WrittenInfo>>;
}

/** Callers know one server under few addresses. */
const mostBases = 8;

const keptByObservatory = perCore(() => new Map<string, Kept>());

/** What clients are told of the server, written once for each base address and state of the observatory. */
export function serverInfo(core: Core, observatory: Observatory, base: string): Promise<WrittenInfo> {
  const { facts, written } = keptOf(core, observatory);
  const known = written.get(base);
  if (known !== undefined) return known;
  const making = facts.then((one) => write(one, observatory.observatory, base));
  if (written.size >= mostBases) written.delete(written.keys().next().value ?? '');
  written.set(base, making);
  return making;
}

/** Names of the files that are not to be used. */
export async function badFiles(core: Core, observatory: Observatory): Promise<readonly string[]> {
  return (await keptOf(core, observatory).facts).bad_files_list;
}

function keptOf(core: Core, observatory: Observatory): Kept {
  const all = keptByObservatory(core);
  const known = all.get(observatory.observatory);
  if (known !== undefined && known.version === observatory.version) return known;
  const facts = readFacts(core, observatory);
  const kept: Kept = { version: observatory.version, facts, written: new Map() };
  all.set(observatory.observatory, kept);
  // What could not be read is asked for again.
  facts.catch(() => {
    if (all.get(observatory.observatory) === kept) all.delete(observatory.observatory);
  });
  return kept;
}

async function readFacts(core: Core, observatory: Observatory): Promise<Facts> {
  const { sql } = core.db;
  const [files, history] = await Promise.all([
    listKnownFiles(sql, observatory.observatory),
    historyOf(sql, observatory.observatory),
  ]);
  const bad = files.filter(({ isBad }) => isBad).map(({ name }) => name);
  const changedAt = exactInstant(observatory.changedAt);
  const latest = observatory.latestContext ?? '';
  return {
    observatory: observatory.observatory,
    operational_context: latest,
    latest_context: latest,
    edit_context: observatory.editContext ?? '',
    build_context: observatory.buildContext ?? '',
    versions_context: observatory.versionsContext ?? '',
    bad_files: bad.join(' '),
    bad_files_list: bad,
    mappings: files.filter(({ kind }) => kind === 'mapping').map(({ name }) => name),
    context_history: history.map(({ startedAt, context, description }) => [
      plainInstant(startedAt),
      context,
      description,
    ]),
    download_metadata: await downloadMetadata(files),
    crds_version: { str: protocolRelease },
    force_remote_mode: 0,
    max_bestrefs_per_rpc: mostHeaders,
    max_headers_per_rpc: mostHeaders,
    last_synced: changedAt,
    last_refreshed: changedAt,
    updated: changedAt,
    status: 'server',
    connected: true,
  };
}

/** Clients read sizes as text; a file without one cannot be checked, so it is none that can be downloaded. */
function downloadMetadata(files: Awaited<ReturnType<typeof listKnownFiles>>): Promise<CrdsEncoded> {
  const entries = files
    .filter(({ sizeBytes }) => sizeBytes !== null)
    .map(({ name, sizeBytes, sha1 }) => [name, { size: String(sizeBytes), sha1sum: sha1 ?? 'none' }]);
  return crdsEncoded(JSON.stringify(Object.fromEntries(entries)));
}

function write(facts: Facts, observatory: string, base: string): WrittenInfo {
  const place = (what: string): Record<string, string> => ({
    [observatory]: `${base}/unchecked_get/${what}/${observatory}/`,
  });
  const info = {
    ...facts,
    mapping_url: place('mappings'),
    reference_url: place('references'),
    config_url: place('config'),
    pickle_url: place('pickles'),
    server: base,
  };
  const json = Buffer.from(JSON.stringify(info));
  let compressed: Promise<Buffer> | undefined;
  let literal: Buffer | undefined;
  return {
    json,
    etag: `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`,
    gzip() {
      compressed ??= promisify(gzip)(json);
      return compressed;
    },
    python() {
      literal ??= Buffer.from(`${writePythonLiteral(info)}\n`);
      return literal;
    },
  };
}
