/** A run of text with the look its ANSI codes asked for. */
export interface AnsiRun {
  text: string;
  /** 1…7 as in SGR 31…37; null = ink. */
  colour: number | null;
  bold: boolean;
  /** A control character made visible. */
  control: boolean;
}

const sequence = /\u001b\[([0-9;]*)([A-Za-z])|\u001b.?|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Turns a line of a log into runs: colours are kept, cursor movement is dropped, control characters are shown. */
export function readAnsi(line: string): AnsiRun[] {
  const runs: AnsiRun[] = [];
  let colour: number | null = null;
  let bold = false;
  let from = 0;
  const push = (text: string, control = false) => {
    if (text !== '') runs.push({ text, colour, bold, control });
  };
  for (const match of line.matchAll(sequence)) {
    push(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') ({ colour, bold } = applyCodes(match[1] ?? '', colour, bold));
    else if (match[2] === undefined) push(visible(match[0]), true);
  }
  push(line.slice(from));
  return runs;
}

function applyCodes(
  codes: string,
  colour: number | null,
  bold: boolean,
): { colour: number | null; bold: boolean } {
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) [colour, bold] = [null, false];
    else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if (code === 39) colour = null;
    else if (code >= 30 && code <= 37) colour = code - 30;
    else if (code >= 90 && code <= 97) colour = code - 90;
  }
  return { colour, bold };
}

/** The picture of a control character (U+2400 block). */
function visible(text: string): string {
  return Array.from(text, (char) => {
    const code = char.charCodeAt(0);
    if (code === 0x7f) return '␡';
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : char;
  }).join('');
}

/** The line as one reads it, without colours and control characters shown. */
export function plainText(line: string): string {
  return line.includes('\u001b')
    ? readAnsi(line)
        .map((run) => run.text)
        .join('')
    : line;
}
