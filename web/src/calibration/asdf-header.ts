import type { ByteSource } from '../shared/preview/source.ts';

/** The longest tree that is read; those of exposures have some ten thousand bytes. */
const mostBytes = 2 * 1024 * 1024;
const deepest = 20;

export const isAsdf = (head: Uint8Array): boolean => String.fromCharCode(...head.subarray(0, 5)) === '#ASDF';

/** The texts, numbers and truth values of a tree, by their path: `META.INSTRUMENT.NAME`. */
export interface AsdfValues {
  values: ReadonlyMap<string, string>;
  problem: string | null;
}

/**
 * Reads the tree at the beginning of an ASDF file; nothing after it. Lists are left out, as they say nothing that
 * rules ask for.
 */
export async function readAsdfTree(source: ByteSource, mostValues: number): Promise<AsdfValues> {
  const text = new TextDecoder().decode(await source.read(0, mostBytes));
  const end = /\n\.\.\.\r?\n/.exec(text);
  const values = new Map<string, string>();
  if (end === null)
    return { values, problem: 'The tree of the ASDF file does not end where a header is read.' };
  // The library is fetched when somebody drops such a file.
  const { parse } = await import('yaml');
  try {
    const tree: unknown = parse(text.slice(0, end.index), { logLevel: 'error', maxAliasCount: 100 });
    collect(tree, '', values, mostValues, 0);
    return { values, problem: values.size === 0 ? 'The tree of the ASDF file names no values.' : null };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    return { values, problem: `The tree of the ASDF file cannot be read: ${why}` };
  }
}

function collect(
  item: unknown,
  path: string,
  values: Map<string, string>,
  most: number,
  depth: number,
): void {
  if (values.size >= most || depth > deepest) return;
  if (typeof item === 'string' || typeof item === 'number') values.set(path, String(item).trim());
  else if (typeof item === 'boolean') values.set(path, item ? 'T' : 'F');
  else if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
    for (const [key, value] of Object.entries(item)) {
      const name = key.toUpperCase();
      collect(value, path === '' ? name : `${path}.${name}`, values, most, depth + 1);
    }
  }
}
