import { buffer } from 'node:stream/consumers';
import { bestReferencesOf } from '../bestrefs/best-references.ts';
import { openFile } from '../downloads/open-file.ts';
import type { RpcCall } from './method.ts';
import { rpcRefused } from './refused.ts';
import { resolved } from './resolved.ts';

/** The reference is a list of some twenty versions. */
const mostBytes = 1024 * 1024;

const versionForm = /^[A-Za-z0-9.\-_]{1,128}$/;
/** Clients send the text of Python's None. */
const noContext: ReadonlySet<string | null> = new Set([null, '', 'null', 'none', 'None']);

/**
 * The contents of the reference of type CALVER of the instrument SYSTEM that belongs to a release of the calibration
 * software: versions of every step. Without a context that of versions, or the latest.
 */
export async function systemVersions(call: RpcCall, version: string, spec: string | null): Promise<unknown> {
  if (!versionForm.test(version)) {
    throw rpcRefused('Invalid version string, must be 1-128 chars of A-Z, a-z, 0-9, ., -, _');
  }
  const { core } = call;
  const { observatory, versionsContext } = call.observatory;
  const usual = versionsContext === null ? `${observatory}-latest` : versionsContext;
  const context = await resolved(call, spec === null || noContext.has(spec) ? usual : spec);
  const header = {
    INSTRUME: 'SYSTEM',
    REFTYPE: 'CALVER',
    'META.INSTRUMENT.NAME': 'SYSTEM',
    'META.CALIBRATION_SOFTWARE_VERSION': version,
    CAL_VER: version,
  };
  const { calver } = await bestReferencesOf(core, observatory, context, header, ['calver']);
  if (typeof calver !== 'string' || calver.startsWith('NOT FOUND')) {
    throw rpcRefused(`${context} has no versions for ${version}: ${String(calver)}`);
  }
  const { stream, sizeBytes } = await openFile(core, observatory, calver);
  if (sizeBytes > mostBytes) {
    stream.destroy();
    throw rpcRefused(`${calver} is no list of versions: it has ${sizeBytes} bytes.`);
  }
  const text = (await buffer(stream)).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw rpcRefused(`${calver} is no list of versions: it is not JSON.`);
  }
}
