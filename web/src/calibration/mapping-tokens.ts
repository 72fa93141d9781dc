/** What a piece of a mapping's text is. */
export type TokenKind = 'word' | 'text' | 'file' | 'number' | 'sign' | 'comment' | 'space';

export interface Token {
  kind: TokenKind;
  text: string;
}

/** Names in quotes that lead to another file. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9_.-]*\.(?:pmap|imap|rmap|fits|asdf|json|yaml|ecsv|txt|r[0-9][hd])$/;
const piece =
  /(#.*$)|("""|''')|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_][A-Za-z_0-9]*)|([-+]?\d[\d.]*(?:[eE][-+]?\d+)?)|(\s+)|([^\s])/g;
const kinds: readonly TokenKind[] = ['comment', 'text', 'text', 'word', 'number', 'space', 'sign'];

/** The pieces of each line of a mapping; every sign of the text comes back in them. */
export function tokensOf(text: string): Token[][] {
  let until = '';
  return text.split('\n').map((line) => {
    const tokens: Token[] = [];
    let at = 0;
    if (until !== '') {
      const end = line.indexOf(until);
      if (end < 0) return [{ kind: 'text', text: line }];
      at = end + until.length;
      tokens.push({ kind: 'text', text: line.slice(0, at) });
      until = '';
    }
    piece.lastIndex = at;
    for (let match = piece.exec(line); match !== null; match = piece.exec(line)) {
      const which = match.slice(1).findIndex((group) => group !== undefined);
      const found = match[0];
      if (which === 1) {
        const end = line.indexOf(found, match.index + found.length);
        if (end < 0) {
          until = found;
          tokens.push({ kind: 'text', text: line.slice(match.index) });
          break;
        }
        tokens.push({ kind: 'text', text: line.slice(match.index, end + found.length) });
        piece.lastIndex = end + found.length;
      } else if (which === 2 && fileName.test(found.slice(1, -1))) tokens.push({ kind: 'file', text: found });
      else tokens.push({ kind: kinds[which] ?? 'sign', text: found });
    }
    return tokens;
  });
}
