import type { UwsSharedFile, UwsSharedJob } from '@orrery/contracts/uws';
import { escapeHtml } from '../../core/http/index.ts';

/** A job for people who have a link and no account: one page without scripts. */
export function sharedJobPage(job: UwsSharedJob): string {
  const title = job.runId ?? job.definitionTitle;
  const facts: Array<[string, string | null]> = [
    ['Definition', `${job.definitionTitle} (${job.definition}, version ${job.definitionVersion})`],
    ['Job', job.id],
    ['Created', job.createdAt],
    ['Started', job.startedAt],
    ['Ended', job.endedAt],
    ['Error', job.error],
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title>
<style>body{font:14px/20px system-ui;margin:5vh auto;max-width:56em;padding:0 16px;color-scheme:light dark}
h1{font-size:20px;line-height:28px}h2{font-size:16px;line-height:24px;margin-top:24px}
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:500;width:12em}
th,td{padding:4px 8px 4px 0;vertical-align:top;overflow-wrap:anywhere}</style></head>
<body><h1>${escapeHtml(title)}: ${job.phase}</h1>
${table(facts.filter((fact): fact is [string, string] => fact[1] !== null))}
<h2>Parameters</h2>
${table(job.parameters.map(({ name, value }) => [name, value]))}
<h2>Results</h2>
${results(job.results)}
<p>This link shows the job without an account until ${job.expiresAt}.</p></body></html>
`;
}

function table(rows: ReadonlyArray<readonly [string, string]>): string {
  if (rows.length === 0) return '<p>None.</p>';
  const lines = rows.map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table>${lines.join('\n')}</table>`;
}

function results(files: readonly UwsSharedFile[]): string {
  if (files.length === 0) return '<p>None.</p>';
  const lines = files.map(
    ({ name, fileName, mediaType, sizeBytes, href }) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td><a href="${escapeHtml(href)}">${escapeHtml(fileName)}</a></td><td>${escapeHtml(mediaType)}</td><td>${sizeBytes} bytes</td></tr>`,
  );
  return `<table>${lines.join('\n')}</table>`;
}
