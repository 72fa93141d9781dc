import type { Json } from '../../json.ts';
import { type FoldLine, maxLines, type Token, token } from './lines.ts';

interface Frame {
  line: number;
  entries: Array<[string | null, Json]>;
  at: number;
  close: string;
}

/** A JSON value as indented lines, without recursion: nothing is too deep. Null when it has too many lines. */
export function jsonLines(value: Json): FoldLine[] | null {
  const lines: FoldLine[] = [];
  const frames: Frame[] = [];
  begin(lines, frames, null, value, true);
  while (frames.length > 0) {
    if (lines.length > maxLines) return null;
    const frame = frames.at(-1);
    if (frame === undefined) break;
    const entry = frame.entries[frame.at];
    frame.at += 1;
    const last = frame.at >= frame.entries.length;
    if (entry !== undefined) begin(lines, frames, entry[0], entry[1], last);
    else end(lines, frames);
  }
  return lines;
}

function begin(lines: FoldLine[], frames: Frame[], key: string | null, value: Json, last: boolean): void {
  const start: Token[] = key === null ? [] : [token(JSON.stringify(key), 'key'), token(': ', 'quiet')];
  const comma = last ? [] : [token(',', 'quiet')];
  const depth = frames.length;
  if (value === null || typeof value !== 'object') {
    const text = JSON.stringify(value);
    const kind = typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'plain';
    lines.push({ depth, tokens: [...start, token(text, kind), ...comma], end: null, note: '' });
    return;
  }
  const list = Array.isArray(value);
  const entries: Frame['entries'] = list ? value.map((each) => [null, each]) : Object.entries(value);
  const [open, close] = list ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    lines.push({ depth, tokens: [...start, token(open + close, 'quiet'), ...comma], end: null, note: '' });
    return;
  }
  const word = list ? 'value' : 'entry';
  const many = list ? 'values' : 'entries';
  const note = ` ${entries.length} ${entries.length === 1 ? word : many} ${close}`;
  lines.push({ depth, tokens: [...start, token(open, 'quiet')], end: lines.length, note });
  frames.push({ line: lines.length - 1, entries, at: 0, close: close + (last ? '' : ',') });
}

function end(lines: FoldLine[], frames: Frame[]): void {
  const frame = frames.pop();
  if (frame === undefined) return;
  lines.push({ depth: frames.length, tokens: [token(frame.close, 'quiet')], end: null, note: '' });
  const first = lines[frame.line];
  if (first !== undefined) first.end = lines.length - 1;
}
