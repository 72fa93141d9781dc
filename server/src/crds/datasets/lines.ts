import { longestLine } from './dataset-line.ts';

const newline = 0x0a;

/**
 * Lines of a stream of bytes with their numbers from 1, blank ones left out, as many at a time as a piece of the
 * stream has. Of a line that is too long only the beginning is kept, enough to be refused for it.
 */
export async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Array<{ line: number; text: string }>> {
  let rest: Buffer[] = [];
  let restLength = 0;
  let line = 0;
  const hold = (piece: Buffer): void => {
    if (piece.length > 0 && restLength <= longestLine * 4) rest.push(piece);
    restLength += piece.length;
  };
  const take = (): string => {
    const text = (rest.length === 1 ? (rest[0] as Buffer) : Buffer.concat(rest)).toString('utf8');
    rest = [];
    restLength = 0;
    return text;
  };
  for await (const chunk of bytes) {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const found: Array<{ line: number; text: string }> = [];
    let from = 0;
    for (let to = piece.indexOf(newline); to >= 0; to = piece.indexOf(newline, from)) {
      hold(piece.subarray(from, to));
      line += 1;
      const text = take();
      if (text.trim() !== '') found.push({ line, text });
      from = to + 1;
    }
    // Copied: the stream may use its buffer again, and a slice would keep the whole of it.
    hold(Buffer.from(piece.subarray(from)));
    if (found.length > 0) yield found;
  }
  const last = take();
  if (last.trim() !== '') yield [{ line: line + 1, text: last }];
}
