const end = '\u001f';
const absent = '\u001e';

/** Whether a value can be kept: control characters tell where values end. */
export function isKeepable(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) < 0x20) return false;
  return true;
}

/** Values by their place as one text. Those that are missing at the end take no room. */
export function writeHeader(values: ReadonlyArray<string | undefined>): string {
  let count = values.length;
  while (count > 0 && values[count - 1] === undefined) count--;
  let text = '';
  for (let place = 0; place < count; place++) text += (values[place] ?? absent) + end;
  return text;
}

/** The values by place; undefined where there is none, also behind the last. */
export function readHeader(text: string): Array<string | undefined> {
  return splitHeader(text).map((value) => (value === absent ? undefined : value));
}

/** The same for hot loops: what `isAbsent` says of a value has to be asked. */
export function splitHeader(text: string): string[] {
  const values = text.split(end);
  values.length -= 1;
  return values;
}

/** Whether a header has no value in this place. */
export function isAbsent(value: string | undefined): boolean {
  return value === undefined || value === absent;
}
