import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { shortId } from '../ids.ts';

/** Where the first password of the administrator lies until it is changed. */
export function firstPasswordFile(data: string): string {
  return path.join(data, 'admin-password');
}

/** Writes it whole or not at all, readable by the owner of the server only. */
export async function writeFirstPassword(data: string, password: string): Promise<void> {
  const file = firstPasswordFile(data);
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${shortId()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${password}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
