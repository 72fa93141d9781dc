import { scanXml, type XmlPiece } from '../xml-scan.ts';
import { type FoldLine, maxLines, type Token, token } from './lines.ts';

interface Open {
  line: number;
  name: string;
  /** Nothing but one text has come since: then it stays on one line. */
  onlyText: boolean;
}

/**
 * XML as one line per element, indented, without recursion; a text that is broken or cut shows what there is. Null when
 * it has too many lines.
 */
export function xmlLines(text: string): FoldLine[] | null {
  const lines: FoldLine[] = [];
  const open: Open[] = [];
  for (const piece of scanXml(text)) {
    if (lines.length > maxLines) return null;
    if (piece.kind === 'open') openElement(lines, open, piece, text);
    else if (piece.kind === 'close') closeElement(lines, open, piece.name);
    else if (piece.text.trim() !== '') addText(lines, open, piece);
  }
  for (const left of open) endBlock(lines, left);
  return lines;
}

function openElement(
  lines: FoldLine[],
  open: Open[],
  piece: XmlPiece & { kind: 'open' },
  text: string,
): void {
  const parent = open.at(-1);
  if (parent !== undefined) parent.onlyText = false;
  const inner = text.slice(piece.from, piece.to).replace(/\s+/g, ' ');
  lines.push({ depth: open.length, tokens: tagTokens(inner), end: null, note: '' });
  if (!piece.closed) open.push({ line: lines.length - 1, name: piece.name, onlyText: true });
}

function addText(lines: FoldLine[], open: Open[], piece: XmlPiece & { text: string }): void {
  const parent = open.at(-1);
  const text = piece.text.trim();
  const short = piece.kind === 'text' && text.length <= 200 && !text.includes('\n');
  if (parent?.onlyText === true && short && lines.length - 1 === parent.line) {
    lines[parent.line]?.tokens.push(token(text));
    return;
  }
  if (parent !== undefined) parent.onlyText = false;
  for (const line of text.split('\n').slice(0, 10_000))
    lines.push({
      depth: open.length,
      tokens: [token(line.trim(), piece.kind === 'other' ? 'quiet' : 'plain')],
      end: null,
      note: '',
    });
}

function closeElement(lines: FoldLine[], open: Open[], name: string): void {
  // A closing tag that fits nothing is shown where it stands.
  if (open.at(-1)?.name !== name) {
    lines.push({ depth: open.length, tokens: [token(`</${name}>`, 'quiet')], end: null, note: '' });
    return;
  }
  const element = open.pop();
  if (element === undefined) return;
  if (element.onlyText) {
    lines[element.line]?.tokens.push(token(`</${name}>`, 'quiet'));
    return;
  }
  lines.push({ depth: open.length, tokens: [token(`</${name}>`, 'quiet')], end: null, note: '' });
  endBlock(lines, element);
}

function endBlock(lines: FoldLine[], { line, name }: Open): void {
  const first = lines[line];
  if (first === undefined || lines.length - 1 <= line) return;
  first.end = lines.length - 1;
  first.note = ` … </${name}>`;
}

function tagTokens(tag: string): Token[] {
  const match = /^(<)([^\s/>]*)(.*?)(\/?>?)$/.exec(tag);
  if (match === null) return [token(tag)];
  const tokens = [token(match[1] ?? '', 'quiet'), token(match[2] ?? '', 'key')];
  let rest = match[3] ?? '';
  for (let n = 0; rest !== '' && n < 200; n += 1) {
    const next = /^(\s*[^\s=]+=)("[^"]*"|'[^']*')/.exec(rest);
    if (next === null) break;
    tokens.push(token(next[1] ?? '', 'quiet'), token(next[2] ?? '', 'text'));
    rest = rest.slice(next[0].length);
  }
  return [...tokens, token(rest), token(match[4] ?? '', 'quiet')];
}
