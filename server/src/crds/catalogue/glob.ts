/** Everything that occurs in names of files. */
const alphabet = ' -.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
/** In no name of a file. */
const never = '\\x01';
/** Names have 128 characters at most; what needs more than this to describe them is no question about them. */
const longestGlob = 1000;

/**
 * The regular expression of PostgreSQL that matches the names of files which a shell's pattern matches (Python's
 * fnmatch; capitals count). It has no groups, alternatives or references: a name is matched in one pass.
 */
export function globPattern(glob: string): string {
  if (glob.length > longestGlob) return `^${never}$`;
  let pattern = '';
  for (let at = 0; at < glob.length; at += 1) {
    const char = glob.charAt(at);
    const close = char === '[' ? glob.indexOf(']', at + (glob.charAt(at + 1) === '!' ? 3 : 2)) : -1;
    if (char === '*') pattern += pattern.endsWith('.*') ? '' : '.*';
    else if (char === '?') pattern += '.';
    else if (close > 0) {
      pattern += setPattern(glob.slice(at + 1, close));
      at = close;
    } else pattern += alphabet.includes(char) ? literal(char) : never;
  }
  return `^${pattern}$`;
}

function literal(char: string): string {
  return char === '.' || char === '-' ? `[${char}]` : char;
}

/** The members of `[a-f]` or `[!a-f]` one by one, so that nothing in it has a meaning of its own. */
function setPattern(body: string): string {
  const isNegated = body.startsWith('!');
  const members = isNegated ? body.slice(1) : body;
  const chosen = [...alphabet].filter((char) => has(members, char) !== isNegated);
  if (chosen.length === 0) return never;
  // A dash stands last, where it means itself.
  return `[${chosen.filter((char) => char !== '-').join('')}${chosen.includes('-') ? '-' : ''}]`;
}

function has(members: string, char: string): boolean {
  for (let at = 0; at < members.length; at += 1) {
    if (members.charAt(at + 1) === '-' && at + 2 < members.length) {
      if (char >= members.charAt(at) && char <= members.charAt(at + 2)) return true;
      at += 2;
    } else if (members.charAt(at) === char) return true;
  }
  return false;
}
