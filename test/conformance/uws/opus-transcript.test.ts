import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createAccount, createToken } from '../../../server/src/core/auth/index.ts';
import { installDefinition, readDefinition } from '../../../server/src/uws/definitions/index.ts';
import { uws } from '../../../server/src/uws/index.ts';
import { inputEntity, resultEntity } from '../../../server/src/uws/opus/entities.ts';
import { destroyDue } from '../../../server/src/uws/run/destroy-due.schedule.ts';
import { serviceOf } from '../../../server/src/uws/service.ts';
import { eventually } from '../../support/eventually.ts';
import { testServer } from '../../support/server.ts';
import { type Exchange, recordedConversation, Translation } from './opus/conversation.ts';
import { type Difference, differences } from './opus/differences.ts';
import { type Answer, type Facts, factsOf } from './opus/facts.ts';

const server = await testServer([uws], {
  'compute.local.allowUnisolated': 'true',
  // As OPUS is set up: ALLOW_ANONYMOUS is True.
  'uws.anonymous': 'run',
});
const { core, address } = server;
const service = serviceOf(core);

const tokens = new Map<string, string>();
for (const [name, role] of [
  ['alice', 'user'],
  ['mallory', 'user'],
  ['opus-admin', 'admin'],
] as const) {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles: [role] });
  tokens.set(name, await createToken(core.auth.context, { name: 'tester' }, { user: name }));
}

async function install(name: string): Promise<void> {
  const source = readFileSync(new URL(`../../fixtures/uws/${name}_vot.xml`, import.meta.url), 'utf8');
  await installDefinition(core.db, readDefinition(source), 'tester', new Date());
  service.catalog.forget();
}

/** What was done beside the recorded requests, before a step: definitions came by the editor, archiving by cron. */
const before: Record<string, () => Promise<unknown>> = {
  'jdl-list-after': () => install('jdl-probe'),
  'jdl-probe_file-votable': () => install('jdl-probe_file'),
  'maintenance-archive': () => destroyDue(core),
};

/** Bodies that the recorder did not keep. */
const unrecorded: Record<string, string> = { 'job-put-param': 'Salut' };

async function send({ step, method, path, who, type, body }: Exchange, words: Translation): Promise<Answer> {
  const headers: Record<string, string> = {
    ...(who === undefined ? {} : { authorization: `Basic ${btoa(`${who}:${tokens.get(who)}`)}` }),
    ...(type === undefined ? {} : { 'content-type': type }),
  };
  const answer = await fetch(address + words.apply(path), {
    method,
    redirect: 'manual',
    headers,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: body ?? unrecorded[step] ?? '' }),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    location: answer.headers.get('location'),
    disposition: answer.headers.get('content-disposition'),
    body: await answer.text(),
  };
}

/** Learns which of our ids stands for which recorded one. */
function learn(exchange: Exchange, ours: Answer | null, words: Translation): void {
  const { path, answer } = exchange;
  if (ours !== null && exchange.step.startsWith('job-create') && answer.location && ours.location) {
    words.learn(answer.location.split('/').at(-1) ?? '', ours.location.split('/').at(-1) ?? '');
  }
  const jobId = words.apply(path.split('/')[3]?.split('?')[0] ?? '');
  for (const [, id = ''] of answer.body.matchAll(/id="output" xlink:href="\{BASE\}\/store\?ID=(\w+)"/g)) {
    words.learn(id, resultEntity(jobId, 'output'));
  }
  for (const [, id = ''] of answer.body.matchAll(/%2Fstore%3FID%3D(\w+)</g)) {
    words.learn(id, inputEntity(jobId, 'infile', 0));
  }
}

/** Jobs take their time: waits until ours is where OPUS's was when the recorded answer was given. */
async function settle({ path, method, answer }: Exchange, words: Translation): Promise<void> {
  const jobId = /^\/rest\/\w+\/(\w+)/.exec(words.apply(path))?.[1];
  const phase =
    /<uws:phase>(\w+)</.exec(answer.body)?.[1] ??
    /^(EXECUTING)$/.exec(answer.body)?.[1] ??
    (answer.body.includes('<uws:result id') ? 'COMPLETED' : undefined);
  const isWait = path.includes('WAIT=');
  if (jobId === undefined || phase === undefined || method !== 'GET' || isWait || phase === 'QUEUED') return;
  await eventually(async () => {
    const job = await service.readTogether(jobId);
    if (job?.phase !== phase) throw new Error(`${path}: the job is ${job?.phase}, not ${phase}`);
    // An aborted job is final at once; what it left behind follows.
    if (phase === 'ABORTED' && job.results.length === 0) throw new Error(`${path}: no results yet`);
  }, 30_000);
}

/** What differs without being meant to, and which differences explain the rest. */
function compare(step: string, opus: Facts, ours: Facts): { faults: string[]; used: Difference[] } {
  const faults: string[] = [];
  const used: Difference[] = [];
  for (const key of new Set([...opus.keys(), ...ours.keys()])) {
    const [theirs = 'absent', mine = 'absent'] = [opus.get(key), ours.get(key)];
    if (theirs === mine) continue;
    const known = differences.find(
      (each) => each.steps.test(step) && each.facts.test(key) && saysSo(each, mine, theirs),
    );
    if (known === undefined) faults.push(`${step}: ${key} is ${quoted(mine)}; OPUS: ${quoted(theirs)}`);
    else used.push(known);
  }
  return { faults, used };
}

function saysSo({ ours }: Difference, mine: string, theirs: string): boolean {
  return typeof ours === 'function' ? ours(mine, theirs) : ours.test(mine);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

test('the conversation recorded with OPUS is answered as OPUS did, but for the differences in the table', async () => {
  const words = new Translation(address);
  const faults: string[] = [];
  const used = new Set<Difference>();
  for (const exchange of recordedConversation()) {
    await before[exchange.step]?.();
    learn(exchange, null, words);
    await settle(exchange, words);
    const answer = await send(exchange, words);
    expect(answer.status, `${exchange.step}: ${answer.body}`).toBeLessThan(500);
    learn(exchange, answer, words);
    const { location, disposition, body } = exchange.answer;
    const recorded: Answer = {
      ...exchange.answer,
      body: words.apply(body),
      ...(location ? { location: words.apply(location) } : {}),
      ...(disposition ? { disposition: words.apply(disposition) } : {}),
    };
    const found = compare(exchange.step, factsOf(recorded, 'opus'), factsOf(answer, 'standard'));
    faults.push(...found.faults);
    for (const each of found.used) used.add(each);
  }
  expect(faults).toEqual([]);
  // A difference that is none any more goes out of the table.
  const idle = differences.filter((each) => each.sometimes !== true && !used.has(each));
  expect(idle.map((each) => each.name)).toEqual([]);
}, 120_000);

test('the table of differences is what docs/reference/opus-addresses.md shows', () => {
  const page = readFileSync(new URL('../../../docs/reference/opus-addresses.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('## Every difference'));
  const shown = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what |'));
  expect(shown).toEqual(differences.map(({ name, why }) => `| ${name} | ${why} |`));
});
