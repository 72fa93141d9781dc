/** Turns a file name or a glob into a test on relative paths: `*` and `?` stay within one part, `**` crosses. */
export function globTest(glob: string): (path: string) => boolean {
  const parts = glob.split('/');
  return (path) => matchParts(parts, path.split('/'));
}

export function isGlob(file: string): boolean {
  return /[*?]/.test(file);
}

/** `**` stands for any number of parts. Steps back to the last one at most, as `matchPart` does for `*`. */
function matchParts(glob: readonly string[], path: readonly string[]): boolean {
  let g = 0;
  let p = 0;
  let star = -1;
  let retry = 0;
  while (p < path.length) {
    const wanted = glob[g];
    if (wanted === '**') {
      star = g++;
      retry = p;
    } else if (wanted !== undefined && matchPart(wanted, path[p] ?? '')) {
      g++;
      p++;
    } else if (star >= 0) {
      g = star + 1;
      p = ++retry;
    } else return false;
  }
  while (glob[g] === '**') g++;
  return g === glob.length;
}

/** Matches with one step back at most per `*`, so that no pattern can take long. */
function matchPart(glob: string, text: string): boolean {
  if (text.startsWith('.') && !glob.startsWith('.')) return false;
  let g = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    const sign = glob[g];
    if (sign === '*') {
      star = g++;
      retry = t;
    } else if (sign !== undefined && (sign === '?' || sign === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++retry;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
