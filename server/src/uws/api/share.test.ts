import type { UwsJob, UwsShare, UwsSharedJob } from '@orrery/contracts/uws';
import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { testServer } from '../../../../test/support/server.ts';
import { listAudit } from '../../core/audit/index.ts';
import { createAccount, createToken, setDisabled } from '../../core/auth/index.ts';
import { createSignedLinks } from '../../core/http/index.ts';
import { uws } from '../index.ts';
import { serviceOf } from '../service.ts';
import { childNamed, parseXml } from '../xml/parse.ts';

const server = await testServer([uws], {
  'compute.local.allowUnisolated': 'true',
  'uws.maxShareHours': '48',
});
const { core, address } = server;

async function tokenOf(name: string): Promise<string> {
  await createAccount(core.auth.context, { name: 'tester' }, { name, roles: ['user'] });
  return await createToken(core.auth.context, { name: 'tester' }, { user: name });
}
const alice = await tokenOf('alice');
const bob = await tokenOf('bob');

function ask(path: string, token: string | null, body?: unknown): Promise<Response> {
  return fetch(path.startsWith('http') ? path : `${address}${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  });
}

async function finishedJob(): Promise<UwsJob> {
  const parameters = { NAME: '<b>Ada</b>' };
  const made = await ask('/api/uws/jobs', alice, {
    definition: 'hello',
    runId: 'r<1>',
    parameters,
    run: true,
  });
  const { id } = (await made.json()) as UwsJob;
  return await eventually(async () => {
    const job = (await (await ask(`/api/uws/jobs/${id}`, alice)).json()) as UwsJob;
    expect(job.phase).toBe('COMPLETED');
    return job;
  }, 30_000);
}

const job = await finishedJob();
const share = async (body: unknown, token = alice) => await ask(`/api/uws/jobs/${job.id}/share`, token, body);
const shared = async (body: unknown): Promise<UwsShare> => (await (await share(body)).json()) as UwsShare;

test('a link opens the job and each of its results without an account', async () => {
  const before = Date.now();
  const answer = await share({ hours: 2 });
  expect(answer.status).toBe(201);
  const { expiresAt, hours, jobHref, results } = (await answer.json()) as UwsShare;
  expect(hours).toBe(2);
  expect(Math.abs(Date.parse(expiresAt) - before - 7_200_000)).toBeLessThan(60_000);
  const document = await ask(jobHref, null);
  expect(document.status).toBe(200);
  expect(document.headers.get('referrer-policy')).toBe('no-referrer');
  const body = (await document.json()) as UwsSharedJob;
  expect(body).toMatchObject({ id: job.id, phase: 'COMPLETED', runId: 'r<1>', expiresAt });
  expect(body.parameters).toContainEqual({ name: 'NAME', value: '<b>Ada</b>' });
  expect(body.results).toEqual(results);
  const [first] = results;
  expect(first?.href).toContain(`/store/${job.results[0]?.entity}/${first?.fileName}?expires=`);
  const bytes = await ask(first?.href ?? '', null);
  expect([bytes.status, await bytes.text()]).toEqual([200, 'Hello, <b>Ada</b>.\n']);
});

test('a browser sees a page in which nothing of the job is markup', async () => {
  const { jobHref, results } = await shared({});
  const page = await fetch(jobHref, { headers: { accept: 'text/html,*/*' } });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const html = await page.text();
  expect(html).toContain('&#60;b&#62;Ada&#60;/b&#62;');
  expect(html).not.toContain('<b>Ada');
  expect(html).toContain('r&#60;1&#62;');
  expect(html).toContain(results[0]?.href.replaceAll('&', '&#38;') ?? 'no result');
});

test('a client of UWS gets a UWS document whose results open as well', async () => {
  const { jobHref, results } = await shared({});
  const answer = await fetch(jobHref, { headers: { accept: 'application/xml' } });
  expect(answer.headers.get('content-type')).toBe('application/xml; charset=utf-8');
  const document = parseXml(await answer.text());
  expect(document.attributes.version).toBe('1.1');
  expect(childNamed(document, 'ownerId')?.attributes.nil).toBe('true');
  const list = childNamed(document, 'results');
  const hrefs = (list?.children ?? []).map(({ attributes }) => attributes.href);
  expect(hrefs).toEqual(results.map(({ href }) => href));
  expect((await ask(hrefs[0] ?? '', null)).status).toBe(200);
});

test('a person whose link has expired reads a page, a program a code', async () => {
  const link = address + core.links.sign(`/api/uws/shared/${job.id}`, new Date(Date.now() - 3_600_000), 60);
  const page = await fetch(link, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
  expect(await page.text()).toContain('This link has expired.');
  expect(await (await ask(link, null)).json()).toMatchObject({ code: 'http.link-expired' });
});

test('what is more than the operator allows is shortened, and 24 hours are the custom', async () => {
  expect((await shared({ hours: 5000 })).hours).toBe(48);
  expect((await shared({})).hours).toBe(24);
});

test.each([{ hours: 0 }, { hours: -1 }, { hours: 1.5 }, { hours: '3' }, { days: 1 }, { hours: 1e9 }])(
  'the wish %j is refused',
  async (wish) => {
    expect((await share(wish)).status).toBe(400);
  },
);

test('only who may control a job gives it out, and nobody another job than it is', async () => {
  expect((await share({}, bob)).status).toBe(403);
  expect((await ask('/api/uws/jobs/nosuch/share', alice, {})).status).toBe(404);
  expect((await ask(`/api/uws/jobs/${job.id}/share`, null, {})).status).toBe(401);
  const { jobHref, results } = await shared({});
  const other = (await finishedJob()).id;
  expect((await ask(jobHref.replace(job.id, other), null)).status).toBe(403);
  expect((await ask(jobHref.split('?')[0] ?? '', null)).status).toBe(403);
  expect((await ask(jobHref.split('?')[0] ?? '', alice)).status).toBe(403);
  expect((await ask(jobHref.replace(/expires=(\d)/, 'expires=9$1'), null)).status).toBe(403);
  const [href, log] = [results[0]?.href ?? '', job.results[1]?.entity ?? ''];
  expect((await ask(href.replace(job.results[0]?.entity ?? '', log), null)).status).toBe(403);
}, 40_000);

test('a link that has expired opens nothing, and neither does one whose job is gone', async () => {
  const past = new Date(Date.now() - 3_600_000);
  const path = `/api/uws/shared/${job.id}`;
  expect((await ask(core.links.sign(path, past, 60), null)).status).toBe(403);
  const forged = createSignedLinks(Buffer.from('a key of somebody else'));
  expect((await ask(forged.sign(path, new Date(), 60), null)).status).toBe(403);
  const doomed = await finishedJob();
  const link = (await (await ask(`/api/uws/jobs/${doomed.id}/share`, alice, {})).json()) as UwsShare;
  const removed = await fetch(`${address}/api/uws/jobs/${doomed.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${alice}` },
  });
  expect(removed.status).toBe(204);
  expect((await ask(link.jobHref, null)).status).toBe(404);
  expect((await ask(link.results[0]?.href ?? '', null)).status).toBe(404);
}, 40_000);

test('the audit trail says who gave the job out and until when', async () => {
  const { expiresAt } = await shared({ hours: 3 });
  const page = await listAudit(core.db.sql, { action: 'uws.job-shared', limit: 1 });
  expect(page.rows[0]).toMatchObject({
    actor: 'alice',
    details: { hours: 3, expiresAt, definition: 'hello' },
  });
});

test('links of an account that was closed open nothing, and open again with it', async () => {
  const { jobHref, results } = await shared({});
  const links = [jobHref, ...results.map(({ href }) => href)];
  const answers = async () => await Promise.all(links.map((link) => ask(link, null)));
  const actor = { name: 'tester' };
  await setDisabled(core.auth.context, actor, 'alice', true);
  try {
    const refused = await answers();
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([403]));
    expect(await refused[0]?.text()).toContain('uws.link-closed');
  } finally {
    await setDisabled(core.auth.context, actor, 'alice', false);
  }
  expect(new Set((await answers()).map(({ status }) => status))).toEqual(new Set([200]));
});

test('an operator who switches sharing off takes the act away, and what was given out before', async () => {
  expect(job.acts.share).toBe(true);
  const { settings } = serviceOf(core);
  const { maxShareHours } = settings;
  const { jobHref, results } = await shared({});
  const links = [jobHref, ...results.map(({ href }) => href)];
  const statuses = async () => await Promise.all(links.map(async (link) => (await ask(link, null)).status));
  expect(new Set(await statuses())).toEqual(new Set([200]));
  try {
    Object.assign(settings, { maxShareHours: 0 });
    expect((await share({})).status).toBe(403);
    expect(new Set(await statuses())).toEqual(new Set([403]));
    const shown = (await (await ask(`/api/uws/jobs/${job.id}`, alice)).json()) as UwsJob;
    expect(shown.acts.share).toBe(false);
  } finally {
    Object.assign(settings, { maxShareHours });
  }
});
