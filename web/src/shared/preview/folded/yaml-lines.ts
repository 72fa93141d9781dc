import { type FoldLine, maxLines, type Token, token } from './lines.ts';

/**
 * YAML as it is written, foldable by its indentation: it is not read as YAML, so aliases and tags of a hostile file do
 * nothing. Null when it has too many lines.
 */
export function yamlLines(text: string): FoldLine[] | null {
  const source = text.replaceAll('\r', '').replace(/\n$/, '').split('\n');
  if (source.length > maxLines) return null;
  const lines = source.map((line): FoldLine => ({ depth: 0, tokens: tokensOf(line), end: null, note: '' }));
  const open: Array<{ start: number; indent: number }> = [];
  let lastFull = -1;
  const closeTo = (indent: number) => {
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) {
      const start = open.pop()?.start ?? 0;
      const block = lines[start];
      if (block === undefined || lastFull <= start) continue;
      block.end = lastFull;
      block.note = ` ${lastFull - start} ${lastFull - start === 1 ? 'line' : 'lines'}`;
    }
  };
  source.forEach((line, at) => {
    if (line.trim() === '') return;
    const indent = line.length - line.trimStart().length;
    closeTo(indent);
    open.push({ start: at, indent });
    lastFull = at;
  });
  closeTo(0);
  return lines;
}

function tokensOf(line: string): Token[] {
  if (/^\s*(#|---|\.\.\.|%)/.test(line)) return [token(line, 'quiet')];
  const pair = /^(\s*(?:- +)*)([^\s"'#{[-][^:#]{0,200}|"[^"]{0,200}"|'[^']{0,200}')(:)(\s.*)?$/.exec(line);
  if (pair === null) return [token(line, /^\s*- +[-+]?[\d.]+$/.test(line) ? 'number' : 'plain')];
  const value = pair[4] ?? '';
  const kind = /^\s+[-+]?[\d.]+(e[-+]?\d+)?\s*$/i.test(value) ? 'number' : 'text';
  return [token(pair[1] ?? ''), token(pair[2] ?? '', 'key'), token(':', 'quiet'), token(value, kind)];
}
