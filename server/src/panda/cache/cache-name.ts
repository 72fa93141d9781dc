/** Names that addresses of their own stand under, or that a file system would not take. */
const reserved = new Set(['', '.', '..', 'schedconfig', 'jedilog', 'ddmendpoints.json']);
const maxBytes = 255;

/**
 * The name a file is kept under: what follows the last slash. Null when it cannot be one: signs that are not to be
 * printed, more than 255 bytes, an address of our own.
 */
export function cacheName(given: string): string | null {
  const name = given.slice(given.lastIndexOf('/') + 1);
  if (reserved.has(name) || Buffer.byteLength(name) > maxBytes) return null;
  return /^[^\p{Cc}\p{Cs}\\]+$/u.test(name) ? name : null;
}

/** Such a file may be put again under the same name (panda-server 1.0.3, upload_cache_file). */
export function mayOverwrite(name: string): boolean {
  return name.endsWith('.__ow__');
}
