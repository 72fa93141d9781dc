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

/** What a form would send, for lines that do the same from a program. */
export interface FormCall {
  /** Address of this server. */
  base: string;
  definition: string;
  values: readonly FormValue[];
  runId: string;
  /** Seconds; empty = usual. */
  limit: string;
  /** Destruction time as an instant; undefined = usual. */
  destruction: string | undefined;
}

/** Parameters and control parameters as the UWS wire names them. */
function wireValues({ values, runId, limit, destruction }: FormCall): FormValue[] {
  const control = [
    ['RUNID', runId],
    ['EXECUTIONDURATION', limit],
    ['DESTRUCTION', destruction ?? ''],
  ] as const;
  const given = control.filter(([, value]) => value !== '');
  return [...values, ...given.map(([name, value]) => ({ name, value, upload: false }))];
}

/** The curl line that does what the form does, over the standard UWS wire. */
export function curlLine(form: FormCall): string {
  const values = wireValues(form);
  const files = values.some((value) => value.upload);
  const flag = files ? '-F' : '-d';
  const parts = values.map(({ name, value, upload }) =>
    upload
      ? `-F ${shellWord(`${name}=@${value}`)}`
      : `${files ? '--form-string' : '--data-urlencode'} ${shellWord(`${name}=${value}`)}`,
  );
  return [
    `curl -H "Authorization: Bearer $ORRERY_TOKEN"`,
    ...parts,
    `${flag} PHASE=RUN`,
    shellWord(`${form.base}/rest/${form.definition}`),
  ].join(' \\\n  ');
}

/** A text as Python writes it: JSON's escapes are Python's too. */
const python = (text: string): string => JSON.stringify(text);

/** The same with pyvo: the job is made by a form, and is then one of pyvo's. */
export function pyvoLines(form: FormCall): string {
  const values = wireValues(form);
  const fields = [...values.filter((value) => !value.upload), { name: 'PHASE', value: 'RUN' }];
  const uploads = values.filter((value) => value.upload);
  const list = (lines: string[]) => `[\n${lines.map((line) => `        ${line},\n`).join('')}    ]`;
  return [
    'import os, requests',
    'from pyvo.dal.tap import AsyncTAPJob',
    '',
    'session = requests.Session()',
    `session.headers["Authorization"] = "Bearer " + os.environ["ORRERY_TOKEN"]`,
    'answer = session.post(',
    `    ${python(`${form.base}/rest/${form.definition}`)},`,
    `    data=${list(fields.map(({ name, value }) => `(${python(name)}, ${python(value)})`))},`,
    ...(uploads.length === 0
      ? []
      : [
          `    files=${list(uploads.map(({ name, value }) => `(${python(name)}, open(${python(value)}, "rb"))`))},`,
        ]),
    ')',
    'answer.raise_for_status()',
    'job = AsyncTAPJob(answer.url, session=session, delete=False)',
    'job.wait()',
    'print(job.phase, [result.href for result in job.results])',
  ].join('\n');
}

/** The same with our own command. */
export function commandLine(form: FormCall, now: number): string {
  const { values, runId, limit, destruction } = form;
  const keepSeconds = destruction === undefined ? 0 : Math.round((Date.parse(destruction) - now) / 1000);
  return [
    `orrery uws run ${shellWord(form.definition)}`,
    ...values.map(({ name, value, upload }) => `${upload ? '-f' : '-p'} ${shellWord(`${name}=${value}`)}`),
    ...(runId === '' ? [] : [`--run-id ${shellWord(runId)}`]),
    ...(limit === '' ? [] : [`--duration ${limit}`]),
    ...(keepSeconds > 0 ? [`--keep ${keepSeconds}s`] : []),
    '--wait',
  ].join(' \\\n  ');
}
