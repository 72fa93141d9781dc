/** Letters of the Hubble instruments in old names of references; m files lie with synphot (crds 13.2.7). */
const hstLetters: ReadonlyMap<string, string> = new Map([
  ['j', 'acs'],
  ['i', 'wfc3'],
  ['o', 'stis'],
  ['l', 'cos'],
  ['u', 'wfpc2'],
  ['n', 'nicmos'],
  ['m', 'synphot'],
]);

/** Names that pipelines of HST know the folders of instruments by. */
export const hstAliases: ReadonlyMap<string, string> = new Map([
  ['jref', 'acs'],
  ['oref', 'stis'],
  ['iref', 'wfc3'],
  ['lref', 'cos'],
  ['nref', 'nicmos'],
  ['uref', 'wfpc2'],
]);

/**
 * The folder in which a client looks for a reference (crds 13.2.7, mode `instrument`): by its name where that tells the
 * instrument, else by the instrument that the catalogue has. Null when neither does.
 */
export function instrumentFolder(
  observatory: string,
  name: string,
  instrument: string | null,
): string | null {
  const parts = name.split(/[_.]/);
  const [first, second = ''] = parts;
  if (first === observatory && parts.length > 3 && /^[a-z][a-z0-9]{1,16}$/.test(second)) return second;
  const letter = observatory === 'hst' ? /^[a-z0-9]{8}([a-z])_/.exec(name)?.[1] : undefined;
  return (letter === undefined ? undefined : hstLetters.get(letter)) ?? instrument;
}
