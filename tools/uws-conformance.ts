// Writes docs/reference/uws-conformance.md from the clauses of test/conformance/uws; a test there fails when it is old.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clause, Group } from '../test/conformance/uws/clause.ts';
import { groups } from '../test/conformance/uws/groups.ts';

const page = 'docs/reference/uws-conformance.md';

interface Remark {
  what: string;
  why: string;
  /** Clauses that show it; none where there is nothing to show. */
  shown: readonly string[];
}

/** What this server does beyond the standard. */
export const extensions: readonly Remark[] = [
  {
    what: 'JSON by `Accept: application/json` or `RESPONSEFORMAT=json`',
    why: 'Scripts and pages read it without an XML parser; the names are those of the XML.',
    shown: ['1.8-n04', '1.8-n08'],
  },
  {
    what: 'Our page for a browser, by 303',
    why: 'The address of a job can be sent to a person. Only what names XHTML in `Accept`, or says that it opens a document, is taken for a browser.',
    shown: ['1.8-n02', '1.8-n09'],
  },
  {
    what: '`ETag` and 304 on list, job and bytes',
    why: 'Who polls without WAIT costs little.',
    shown: ['1.8-n05-list', '1.8-n05-job', '1.8-n06', '1.2-x02'],
  },
  {
    what: 'Ranges on results',
    why: 'Large files can be resumed and read in part.',
    shown: ['1.2-x02'],
  },
  {
    what: 'File name and SHA-256 of each result, in the namespace `urn:uwscustom`',
    why: 'The OPUS client shows them; a download can be checked.',
    shown: ['1.3-14'],
  },
  {
    what: '`PHASE=ARCHIVE`',
    why: 'The owner gives back the room of a job before its destruction time and keeps its description.',
    shown: ['1.2-d03', '1.2-d04'],
  },
  {
    what: 'Several files for one parameter, by repeated parts',
    why: 'OPUS describes it (`multiplicity`) and does not take it. Each file is an element of its own with the same id.',
    shown: ['1.3-12', '1.6-13'],
  },
  {
    what: 'POST of words and parameters to the job itself, and `POST VALUE=…` to a parameter',
    why: 'uws-client and OPUS send them there.',
    shown: ['1.1-a06', '1.6-15'],
  },
  {
    what: 'One list at two addresses, with and without `/async`',
    why: 'OPUS has the first, services after DALI the second.',
    shown: ['1.1-a10'],
  },
  {
    what: '400 for a malformed value',
    why: 'The standard names only 403. A value that can never be right is told apart from one that the phase forbids.',
    shown: ['1.2-05', '1.3-i21', '1.4-05', '1.5-08', '1.6-05', '1.6-07'],
  },
  {
    what: 'ABORT of an ended job is 303 and changes nothing',
    why: 'A client that aborts what has just finished must not fail.',
    shown: ['1.2-ABORT-COMPLETED', '1.2-ABORT-ERROR', '1.2-ABORT-ABORTED'],
  },
  {
    what: '`stdout` and `stderr` as results, and readable while the job runs',
    why: 'They say why something failed.',
    shown: ['1.2-x01', '1.2-x04'],
  },
];

/** What is left out on purpose. */
export const notOffered: readonly Remark[] = [
  {
    what: '`PHASE=SUSPEND` and `PHASE=RESUME`',
    why: 'They are no part of the standard, and a command that is stopped holds its memory and its place. A job that an executor suspends is shown as SUSPENDED.',
    shown: ['1.2-d04'],
  },
  {
    what: 'A job document with an XSL stylesheet',
    why: 'Browsers are given a page of ours instead; some no longer transform XML.',
    shown: ['1.8-n02'],
  },
  {
    what: 'Deleting anything but a job',
    why: 'The standard forbids it: results, parameters and the list go with their jobs.',
    shown: ['1.1-jobs-405', '1.1-results-405', '1.1-parameter-405'],
  },
  {
    what: 'Creating parameters that the definition does not know after the creation by their own address',
    why: 'The standard lets parameters be updated, not created.',
    shown: ['1.1-a08'],
  },
  {
    what: 'Waiting longer than `uws.waitSeconds`',
    why: 'Proxies cut longer requests; the client asks again. The standard allows an early answer at any time.',
    shown: ['1.4-02'],
  },
  {
    what: 'Unlimited duration',
    why: '0 is set to the most the definition or the operator allows, so that no job runs for ever by mistake.',
    shown: ['1.6-03'],
  },
  {
    what: 'The SOAP binding of UWS 0.x, and version 1.0 without `version`',
    why: 'The recommendation dropped the first; a client of 1.0 reads documents of 1.1.',
    shown: ['1.3-02'],
  },
];

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function table({ title, file, clauses }: Group): string {
  const rows = clauses.map(
    ({ id, sentence, source }) => `| \`${id}\` | ${cell(sentence)} | ${cell(source)} |`,
  );
  return `## ${title}

Tests *${title}* in \`test/conformance/uws/${file}\`.

| id and test | clause | source |
|---|---|---|
${rows.join('\n')}
`;
}

function remarks(title: string, list: readonly Remark[]): string {
  const rows = list.map(
    ({ what, why, shown }) =>
      `| ${cell(what)} | ${cell(why)} | ${shown.map((id) => `\`${id}\``).join(', ')} |`,
  );
  return `## ${title}

| what | why | shown by |
|---|---|---|
${rows.join('\n')}
`;
}

/** Every clause of the suite. */
export function allClauses(): Clause[] {
  return groups.flatMap((group) => [...group.clauses]);
}

/** The page by its path below the repository. */
export function conformancePage(): [name: string, text: string] {
  const count = allClauses().length;
  const text = `<!-- Made by \`node tools/uws-conformance.ts\` from test/conformance/uws. -->

# UWS 1.1, clause by clause

${count} clauses, each shown by one test through HTTP on a listening server, with real jobs on local compute where the
clause is about running. A test is named after its clause: \`npx vitest run test/conformance/uws -t 1.2-04\`.

The sections are those of the IVOA recommendation *Universal Worker Service Pattern 1.1* (24 October 2016). "(400: ours)"
means that the standard asks for a refusal and leaves the status to us; a client or system named as the source relies on the
clause, or is where the opposite was seen to do harm. What is beyond the standard is described in
[uws-extensions.md](uws-extensions.md).

${groups.map(table).join('\n')}
${remarks('Beyond the standard', extensions)}
${remarks('Not offered', notOffered)}`;
  return [page, text];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, text] = conformancePage();
  writeFileSync(path.join(fileURLToPath(new URL('../', import.meta.url)), name), text);
}
