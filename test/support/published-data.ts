import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const beside = fileURLToPath(new URL('../../../shared/data', import.meta.url));

/**
 * A file that others have published and that is therefore not part of the project: below ORRERY_TEST_DATA, which
 * is `../shared/data` beside the checkout unless told otherwise. Undefined when it is not there.
 */
export function publishedFile(name: string): string | undefined {
  const file = path.join(process.env.ORRERY_TEST_DATA ?? beside, name);
  return existsSync(file) ? file : undefined;
}

/** Says by name what is left out and why; on a build server (CI=true) nothing may be, and this throws. */
export function leaveOut(suite: string, reason: string): void {
  if (process.env.CI === 'true') throw new Error(`${suite} cannot run: ${reason}`);
  console.warn(`SKIPPED ${suite}: ${reason}`);
}
