/** Quotes a word for a POSIX shell; harmless words stay bare. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export interface FormValue {
  name: string;
  value: string;
  /** A file of the user's disk, named after its parameter. */
  upload: boolean;
}

/** The curl line that does what the form does, over the standard UWS wire. */
export function curlLine(base: string, definition: string, values: readonly FormValue[]): string {
  const files = values.some((value) => value.upload);
  const flag = files ? '-F' : '-d';
  const parts = values.map(({ name, value, upload }) =>
    upload
      ? `-F ${shellWord(`${name}=@${value}`)}`
      : `${files ? '-F' : '--data-urlencode'} ${shellWord(`${name}=${value}`)}`,
  );
  return [
    `curl -H "Authorization: Bearer $ORRERY_TOKEN"`,
    ...parts,
    `${flag} PHASE=RUN`,
    shellWord(`${base}/rest/${definition}`),
  ].join(' \\\n  ');
}
