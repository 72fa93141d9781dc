import {
  childNamed,
  childrenNamed,
  parseXml,
  type XmlElement,
} from '../../../../server/src/uws/xml/parse.ts';

/** What an answer says, taken apart into single statements that can be compared. */
export type Facts = Map<string, string>;

export interface Answer {
  status: number;
  type: string | null;
  location?: string | null;
  disposition?: string | null;
  body: string;
}

/** `dialect` = how parameter values are written: OPUS encodes them as a form does. */
export function factsOf(answer: Answer, dialect: 'opus' | 'standard'): Facts {
  const type = (answer.type ?? '').split(';')[0]?.trim() ?? '';
  const facts: Facts = new Map([
    ['status', String(answer.status)],
    ...(answer.location ? ([['location', answer.location]] as const) : []),
    ...(answer.disposition ? ([['disposition', fileNameOf(answer.disposition)]] as const) : []),
  ]);
  // A redirect is followed, and the words of an error are for people.
  if (answer.status >= 300) return facts;
  facts.set('type', type);
  if (/^<(\?xml[^>]*>\s*<)?uws:/.test(answer.body)) addDocument(facts, parseXml(answer.body), dialect);
  else if (/^<(\?xml[^>]*>\s*<)?VOTABLE/.test(answer.body)) facts.set('votable', linesOf(answer.body));
  else if (type === 'application/json') addJson(facts, '', JSON.parse(answer.body));
  else if (answer.body !== '') facts.set('text', answer.body);
  return facts;
}

function fileNameOf(disposition: string): string {
  return /filename="([^"]*)"/.exec(disposition)?.[1] ?? disposition;
}

function linesOf(xml: string): string {
  const lines = xml.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('<?xml')).join('\n');
}

function addJson(facts: Facts, path: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) facts.set(path, String(value));
  else if (Array.isArray(value)) facts.set(path, value.join(' '));
  else
    for (const [key, each] of Object.entries(value))
      addJson(facts, path === '' ? key : `${path}.${key}`, each);
}

function addDocument(facts: Facts, root: XmlElement, dialect: 'opus' | 'standard'): void {
  facts.set('document', root.name);
  if (root.attributes.version !== undefined) facts.set('version', root.attributes.version);
  if (root.name === 'job') addJob(facts, root, dialect);
  if (root.name === 'jobs') addList(facts, root);
  if (root.name === 'results') addResults(facts, root);
  if (root.name === 'parameters') addParameters(facts, root, dialect);
}

const fields = [
  'jobId',
  'runId',
  'ownerId',
  'phase',
  'quote',
  'creationTime',
  'startTime',
  'endTime',
  'executionDuration',
  'destruction',
];

function addJob(facts: Facts, job: XmlElement, dialect: 'opus' | 'standard'): void {
  for (const name of fields) {
    const element = childNamed(job, name);
    if (element !== undefined) facts.set(name, element.attributes.nil === 'true' ? 'nil' : element.text);
  }
  const error = childNamed(job, 'errorSummary');
  if (error !== undefined) {
    facts.set(
      'error',
      error.attributes.nil === 'true' ? 'nil' : (childNamed(error, 'message') ?? error).text,
    );
    if (error.attributes.type !== undefined) facts.set('error type', error.attributes.type);
  }
  const [parameters, results] = [childNamed(job, 'parameters'), childNamed(job, 'results')];
  if (parameters !== undefined) addParameters(facts, parameters, dialect);
  if (results !== undefined) addResults(facts, results);
  for (const { name, text } of childNamed(job, 'jobInfo')?.children ?? []) facts.set(`jobInfo ${name}`, text);
}

function addList(facts: Facts, list: XmlElement): void {
  const refs = childrenNamed(list, 'jobref');
  facts.set('jobs', refs.map((ref) => ref.attributes.id).join(' '));
  for (const ref of refs) {
    const { id, href } = ref.attributes;
    facts.set(`href ${id}`, href ?? '');
    for (const { name, text } of ref.children) facts.set(`${name} ${id}`, text);
  }
}

function addParameters(facts: Facts, parameters: XmlElement, dialect: 'opus' | 'standard'): void {
  for (const { attributes, text } of childrenNamed(parameters, 'parameter')) {
    const value = dialect === 'opus' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
    facts.set(`parameter ${attributes.id}`, value);
    const isReference = attributes.byReference === '1' || attributes.byReference === 'true';
    if (isReference) facts.set(`reference ${attributes.id}`, 'true');
  }
}

function addResults(facts: Facts, results: XmlElement): void {
  for (const { attributes } of childrenNamed(results, 'result')) {
    const { id, href, size, name, hash } = attributes;
    facts.set(`result ${id}`, attributes['mime-type'] ?? '');
    facts.set(`href ${id}`, href ?? '');
    for (const [key, value] of Object.entries({ size, name, hash })) {
      if (value !== undefined) facts.set(`${key} ${id}`, value);
    }
  }
}
