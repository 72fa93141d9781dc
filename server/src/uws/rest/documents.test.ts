import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { uwsPhases } from '@orrery/contracts/uws';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leaveOut, publishedFile } from '../../../../test/support/published-data.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import type { Job } from '../jobs/job.ts';
import {
  jobsFoot,
  jobsHead,
  renderJob,
  renderJobref,
  renderParameters,
  renderResults,
} from '../jobs/jobs.wire.ts';
import { isFinal } from '../phases.ts';
import { childNamed, childrenNamed, parseXml } from '../xml/parse.ts';
import { fitsXml } from '../xml/write.ts';

const at = new Date('2026-11-22T00:38:20.114Z');
const url = 'https://example.org/rest/probe/d60d31';

function aFullJob(more: Partial<Job> = {}): Job {
  return {
    jobId: 'd60d31',
    definition: 'probe',
    definitionId: 1,
    runId: 'run <1>',
    ownerId: 'alice',
    phase: 'COMPLETED',
    phaseSince: at,
    createdAt: at,
    startedAt: at,
    endedAt: at,
    executionDuration: 60,
    destructionAt: at,
    parameters: [
      { name: 'text', value: 'a b&c <é>', isDefault: false },
      { name: 'bytes', value: 'a\u0001b', isDefault: false },
      {
        name: 'image',
        value: 'a.fits b.fits',
        isDefault: false,
        files: [
          { fileName: 'a.fits', mediaType: 'image/fits', hash: 'f00', sizeBytes: 5, url: null },
          {
            fileName: 'b.fits',
            mediaType: 'image/fits',
            hash: null,
            sizeBytes: null,
            url: 'https://example.org/b.fits?a=1&b=2',
          },
        ],
      },
    ],
    error: null,
    removeAt: null,
    removedResults: [],
    internalProvenance: null,
    archivedFrom: null,
    computeRunId: null,
    ending: null,
    place: {
      backend: 'local',
      runId: 'r',
      host: 'node & co',
      exitCode: 0,
      signal: null,
      peakMemoryBytes: 1,
      cpuSeconds: 1,
    },
    results: [{ name: 'output', fileName: 'o.txt', mediaType: 'text/plain', sizeBytes: 5, hash: 'f00' }],
    ...more,
  };
}

const bare: Partial<Job> = {
  runId: null,
  ownerId: null,
  startedAt: null,
  endedAt: null,
  destructionAt: null,
  parameters: [],
  results: [],
  place: null,
};

const jobrefOf = (job: Job) => ({ ...job, creationTime: job.createdAt.toISOString() });

/** The documents of every phase, full and bare. */
function documents(): Map<string, string> {
  const made = new Map<string, string>();
  for (const phase of uwsPhases) {
    const error = { type: 'fatal', message: 'command failed: ls <x>', detail: null } as const;
    const full = aFullJob({ phase, ...(phase === 'ERROR' ? { error } : {}) });
    const poor = aFullJob({ ...bare, phase, ...(isFinal(phase) ? { endedAt: at } : {}) });
    made.set(`job-${phase}`, renderJob(full, url, 30)).set(`job-${phase}-bare`, renderJob(poor, url));
    made.set(
      `jobs-${phase}`,
      jobsHead + renderJobref(jobrefOf(full), url) + renderJobref(jobrefOf(poor), url) + jobsFoot,
    );
  }
  made.set('jobs-empty', jobsHead + jobsFoot);
  made.set('parameters', renderParameters(aFullJob(), url)).set('results', renderResults(aFullJob(), url));
  return made;
}

const schema = publishedFile('uws/UWS-v1.1.xsd');
const hasLint = spawnSync('xmllint', ['--version'], { stdio: 'ignore' }).status === 0;
if (schema === undefined || !hasLint) {
  leaveOut('validation of UWS documents', 'it needs xmllint, and uws/UWS-v1.1.xsd below ORRERY_TEST_DATA');
}
const folder = await temporaryFolder('uws-documents');

test.skipIf(schema === undefined || !hasLint)(
  'documents are valid after the schema of UWS 1.1 in every phase',
  () => {
    const files = [...documents()].map(([name, document]) => {
      const file = path.join(folder, `${name}.xml`);
      writeFileSync(file, document);
      return file;
    });
    execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema ?? '', ...files], { stdio: 'pipe' });
  },
);

test('a job document has its parts in the order of the schema, whatever it lacks', () => {
  const order = [
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
    'parameters',
    'results',
    'errorSummary',
    'jobInfo',
  ];
  for (const [name, document] of documents()) {
    if (!name.startsWith('job-')) continue;
    const root = parseXml(document);
    expect(root.attributes).toMatchObject({ version: '1.1' });
    const places = root.children.map((child) => order.indexOf(child.name));
    expect(places, name).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(new Set(root.children.map((child) => child.uri)), name).toEqual(
      new Set(['http://www.ivoa.net/xml/UWS/v1.0']),
    );
  }
});

test('what has no value is nil or absent, never empty', () => {
  const root = parseXml(renderJob(aFullJob({ ...bare, phase: 'PENDING' }), url));
  const nil = root.children.filter((child) => child.attributes.nil === 'true').map((child) => child.name);
  expect(nil).toEqual(['ownerId', 'quote', 'startTime', 'endTime', 'destruction']);
  expect(childNamed(root, 'runId')).toBeUndefined();
  expect(childNamed(root, 'errorSummary')).toBeUndefined();
});

test('files and values that XML cannot carry are by reference, one element per file', () => {
  const list = childrenNamed(parseXml(renderParameters(aFullJob(), url)), 'parameter');
  expect(
    list.map(({ attributes, text }) => [attributes.id, attributes.byReference ?? 'false', text]),
  ).toEqual([
    ['text', 'false', 'a b&c <é>'],
    ['bytes', 'true', `${url}/parameters/bytes`],
    ['image', 'true', `${url}/parameters/image`],
    ['image', 'true', 'https://example.org/b.fits?a=1&b=2'],
  ]);
});

test('any value of a parameter, run id and message comes through a document unchanged', () => {
  const text = fc.string({ unit: 'grapheme' }).filter(fitsXml);
  fc.assert(
    fc.property(text, text, text, (value, runId, message) => {
      const job = aFullJob({
        runId,
        parameters: [{ name: 'p', value, isDefault: false }],
        error: { type: 'transient', message, detail: 'more' },
      });
      const root = parseXml(renderJob(job, url));
      expect(childNamed(root, 'runId')?.text).toBe(runId);
      expect(root.children.find((child) => child.name === 'parameters')?.children[0]?.text).toBe(value);
      const summary = childNamed(root, 'errorSummary');
      expect(summary?.attributes).toMatchObject({ type: 'transient', hasDetail: 'true' });
      expect(summary?.children[0]?.text).toBe(message);
    }),
  );
});

test('results carry their file name and hash in the namespace the schema leaves for it', () => {
  for (const document of [renderJob(aFullJob(), url), renderResults(aFullJob(), url)]) {
    expect(document).toContain('xmlns:custom="urn:uwscustom"');
    expect(document).toContain('custom:name="o.txt" custom:hash="f00"');
  }
});
