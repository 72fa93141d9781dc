import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from '../../core/core.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { fileOf } from '../catalogue/files.store.ts';
import { fileUnknown } from '../errors.ts';
import { keepFile, recordPlaced } from '../import/place-file.ts';
import { observatoryOf } from '../observatory/observatory.ts';
import { perCore } from '../per-core.ts';
import { forgetFailures, heldBack, noteFailure } from './mirror.store.ts';
import { type Upstream, upstreamGone, upstreamOf } from './upstream.ts';

/** A lease is renewed while bytes arrive; a process that died leaves the file to others after this time. */
const leaseSeconds = 30;
/** Whoever waits for a file that another process fetches looks again this often. */
const lookAgainMs = 300;

const fetching = perCore(() => new Map<string, Promise<void>>());

/**
 * Brings the bytes of a reference that only the upstream server has: once, whoever asks, over all processes; proven
 * by size and SHA-1 before anybody sees them. Returns at once when they are here already.
 *
 * Throws `crds.upstream-gone` (the server is silent, or gave other bytes than it says), `crds.file-unknown`.
 */
export async function fetchFile(core: Core, observatory: string, name: string): Promise<void> {
  const all = fetching(core);
  const key = `${observatory}/${name}`;
  const running = all.get(key);
  if (running !== undefined) return await running;
  const mine = fetchOnce(core, observatory, name).finally(() => all.delete(key));
  all.set(key, mine);
  await mine;
}

async function fetchOnce(core: Core, observatory: string, name: string): Promise<void> {
  const { sql } = core.db;
  const lock = `crds.fetch:${observatory}/${name}`;
  for (;;) {
    const file = await fileOf(sql, observatory, name);
    if (file === null) throw fileUnknown(observatory, name);
    if (file.place !== 'upstream') return;
    const held = await heldBack(sql, observatory, name);
    if (held !== null)
      throw upstreamGone(
        `${name} could not be had, and is tried again at ${held.nextAt.toISOString()}: ${held.error}`,
      );
    const lease = await core.locks.acquire(
      sql,
      lock,
      `${core.processId} ${name}`,
      leaseSeconds,
      'fetches a reference',
    );
    if (lease !== null) {
      try {
        await fetchUnder(core, lock, lease.fence, file);
      } finally {
        await core.locks.release(sql, lock, lease.fence);
      }
      return;
    }
    await sleep(lookAgainMs);
  }
}

interface Wanted {
  observatory: string;
  name: string;
  sizeBytes: number | null;
  sha1: string | null;
}

async function fetchUnder(core: Core, lock: string, fence: number, wanted: Wanted): Promise<void> {
  const { sql } = core.db;
  const { observatory, name } = wanted;
  const lost = new AbortController();
  const renewal = setInterval(
    () => {
      core.locks.renew(sql, lock, fence, leaseSeconds).then(
        (lease) => lease ?? lost.abort(upstreamGone(`the lease on ${name} was lost`)),
        (error: unknown) => lost.abort(error),
      );
    },
    (leaseSeconds * 1000) / 3,
  );
  try {
    const upstream = await upstreamFor(core, observatory);
    const placed = await keepFromUpstream(core, upstream, wanted, lost.signal);
    await core.db.transaction(async (tx) => {
      await core.locks.assertHeld(tx, lock, fence);
      await recordPlaced(core, tx, observatory, [placed]);
      await forgetFailures(tx, observatory, [name]);
      await core.events.publish(tx, 'crds.file', `${observatory}/${name}`, { place: 'kept' });
    });
    core.events.committed();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await noteFailure(sql, observatory, name, messageOf(error));
    if (error.code === 'crds.upstream-gone' || error.kind === 'busy') throw error;
    throw upstreamGone(messageOf(error), error);
  } finally {
    clearInterval(renewal);
  }
}

async function keepFromUpstream(
  core: Core,
  { upstream, referenceUrl }: { upstream: Upstream; referenceUrl: string },
  { name, sizeBytes, sha1 }: Wanted,
  signal: AbortSignal,
) {
  const stream = await upstream.download(`${referenceUrl}${encodeURIComponent(name)}`, sizeBytes, signal);
  try {
    return await keepFile(core, name, stream, { sizeBytes, sha1 }, signal);
  } finally {
    stream.on('error', () => {}).destroy();
  }
}

async function upstreamFor(
  core: Core,
  observatory: string,
): Promise<{ upstream: Upstream; referenceUrl: string }> {
  const { settings } = await observatoryOf(core, observatory);
  if (settings.mirror.upstream === '') throw upstreamGone('none is set any more');
  const upstream = upstreamOf(settings.mirror.upstream, observatory, core.fetch);
  return {
    upstream,
    referenceUrl: await addresses(core).of(observatory, settings.mirror.upstream, upstream),
  };
}

/** Where references are may be told by server info alone; it is large, and asked for once in a while. */
const freshMs = 300_000;

const addresses = perCore(() => {
  const known = new Map<string, { at: number; url: Promise<string> }>();
  return {
    async of(observatory: string, base: string, upstream: Upstream): Promise<string> {
      const key = `${observatory} ${base}`;
      const one = known.get(key);
      if (one !== undefined && performance.now() - one.at < freshMs) return await one.url;
      const url = upstream.info().then(({ referenceUrl }) => referenceUrl);
      known.set(key, { at: performance.now(), url });
      url.catch(() => known.delete(key));
      return await url;
    },
  };
});
