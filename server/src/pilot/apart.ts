import { execFile } from 'node:child_process';

/** A process namespace with a /proc of its own, as the same user (util-linux 2.38). */
const unshare = [
  'unshare',
  '--user',
  '--map-current-user',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
] as const;

let tried: Promise<boolean> | undefined;

/**
 * What stands before a command that must not reach the pilot: a process of the same user could read the token out of
 * the pilot's memory. Empty where the system does not allow it; then only its own rules on tracing protect the token.
 */
export async function apartFromUs(): Promise<readonly string[]> {
  tried ??= new Promise((resolve) => {
    const [program, ...flags] = [...unshare, 'true'];
    execFile(program as string, flags, { timeout: 10_000 }, (error) => resolve(error === null));
  });
  return (await tried) ? unshare : [];
}
