import { describe, expect, test } from 'vitest';
import * as fixtures from './fixtures.ts';
import * as panda from './panda-fixtures.ts';
import { asked, browserSuite, elements, soon } from './suite.ts';
import { violations } from './visit.ts';

const suite = browserSuite('work.test.ts');
const { open, server, lastSent } = suite;

/** A list of three rows, where a hundred would only take time. */
function fewJobs(): void {
  const rows = [0, 1, 2].map((index) => ({ ...panda.jobRow(index), status: 'activated' }));
  const page = { rows, newer: null, older: null, about: 3, tookMs: 1, searchedTo: null };
  server().setAnswer('/api/panda/jobs', page);
}

describe.skipIf(suite.reason !== undefined)('the list of PanDA jobs', () => {
  test('pages by keyset through 100,000 and stays small', async () => {
    const page = await open('/ui/work/jobs');
    await page.getByText('Rows 1–100').waitFor();
    expect(await elements(page)).toBeLessThanOrEqual(3000);
    await page.keyboard.press(']');
    await page.getByRole('link', { name: String(panda.newestJob - 100) }).waitFor();
    expect(asked(page, 'cursor')).toBe('100');
    await page.keyboard.press('[');
    await page.getByRole('link', { name: String(panda.newestJob), exact: true }).waitFor();
  });

  test('is narrowed by a state, and by a cause of failures', async () => {
    const page = await open('/ui/work/jobs');
    await page.getByRole('button', { name: /10 000 failed/ }).click();
    await soon(() => asked(page, 'q') ?? asked(page, 'view'), 'status:failed');
    await soon(async () => [...new Set(await page.locator('tbody .word').allInnerTexts())], ['failed']);
    await page.getByRole('button', { name: 'Errors of this view' }).click();
    const errors = page.getByRole('region', { name: 'Errors of this view' });
    await errors.getByRole('button', { name: 'pilot 1212' }).click();
    await soon(() => asked(page, 'q'), 'status:failed error:pilot:1212');
  });

  test('changes rows in place and keeps newer ones behind their count', async () => {
    const page = await open('/ui/work/jobs?view=all');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('Rows 1–100').waitFor();
    await soon(() => server().openStreams(), 1);
    const event = { status: 'failed', queue: 'LOCAL', task: null, account: 1 };
    server().publish('panda.job', String(panda.newestJob - 1), event);
    server().publish('panda.job', String(panda.newestJob + 1), { ...event, status: 'activated' });
    const row = page.locator('tr', { has: page.getByRole('link', { name: String(panda.newestJob - 1) }) });
    await row.locator('.word').getByText('failed').waitFor();
    await page.getByRole('button', { name: /1 newer row/ }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(100);
  });

  test('takes what happens while the list is being read', async () => {
    const page = await open('/ui/work/queues');
    await soon(() => server().openStreams(), 1);
    const gate = Promise.withResolvers<void>();
    const asking = Promise.withResolvers<void>();
    await page.route(/\/api\/panda\/jobs\?/, async (route) => {
      const answer = await route.fetch();
      asking.resolve();
      await gate.promise;
      await route.fulfill({ response: answer });
    });
    await page.getByRole('link', { name: 'Jobs', exact: true }).first().click();
    await asking.promise;
    const event = { status: 'failed', queue: 'LOCAL', task: null, account: 1 };
    server().publish('panda.job', String(panda.newestJob - 1), event);
    // Nothing on the page may tell that it has come while the list is not there.
    await page.waitForTimeout(500);
    gate.resolve();
    const row = page.locator('tr', { has: page.getByRole('link', { name: String(panda.newestJob - 1) }) });
    await row.locator('.word').getByText('failed').waitFor();
  });

  test('kills what is selected after a question, and says for which ones it could not', async () => {
    fewJobs();
    const page = await open('/ui/work/jobs?q=status:activated');
    await page.getByText('Rows 1–3').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Kill 2 …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Kill 2 jobs?' });
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Kill 2 jobs' }).click();
    await page.getByText('1 job killed.').waitFor();
    await page.getByText('it ended a moment ago.').waitFor();
    const { path, body } = lastSent();
    expect(path).toBe('/api/panda/jobs/acts');
    expect(body).toMatchObject({ act: 'kill' });
    expect((body as { ids: number[] }).ids).toHaveLength(2);
  });

  test('shows the columns one chose, also at the next visit', async () => {
    fewJobs();
    const page = await open('/ui/work/jobs');
    await page.getByText('Rows 1–3').waitFor();
    const heads = () => page.locator('thead th').allInnerTexts();
    expect(await heads()).not.toContain('Node');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Node' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Owner' }).click();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await page.getByText('Rows 1–3').waitFor();
    expect(await heads()).toContain('Node');
    expect(await heads()).not.toContain('Owner');
  });

  test('is not there when the server does not run it, or one may not look', async () => {
    server().setMe({ ...fixtures.me, services: [{ name: 'uws', title: 'Services' }] });
    const without = await open('/ui/services');
    await without.getByText('bkg_sources').first().waitFor();
    expect(await without.getByRole('link', { name: 'Work' }).count()).toBe(0);
    server().setMe({ ...fixtures.me, permissions: ['core.read'] });
    const stranger = await open('/ui/services');
    await stranger.getByText('bkg_sources').first().waitFor();
    expect(await stranger.getByRole('link', { name: 'Work' }).count()).toBe(0);
  });
});

describe.skipIf(suite.reason !== undefined)('a PanDA job', () => {
  const id = panda.runningJob.id;

  test('is killed only after a question that starts on the harmless button', async () => {
    const page = await open(`/ui/work/jobs/${id}`);
    await page.locator('.acts').getByRole('button', { name: 'Kill …' }).click();
    await soon(() => page.evaluate('document.activeElement?.textContent'), 'Keep running');
    await page.getByRole('button', { name: 'Kill job' }).click();
    await page.locator('.pill').getByText('cancelled').waitFor();
    expect(lastSent()).toEqual({ method: 'POST', path: `/api/panda/jobs/${id}/kill`, body: null });
  });

  test('shows what its pilot sends, switches debug mode, and sends commands', async () => {
    const page = await open(`/ui/work/jobs/${id}`);
    await page.getByText('tile 412 of 600').waitFor();
    await page.getByRole('button', { name: 'Switch debug mode off' }).click();
    await soon(() => lastSent(), {
      method: 'POST',
      path: `/api/panda/jobs/${id}/debug`,
      body: { on: false },
    });
    await page.getByRole('button', { name: 'More acts on this job' }).click();
    await page.getByRole('menuitem', { name: 'Send command …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Command').fill('tail payload.stdout');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Send command' }).click();
    await soon(() => lastSent().body, { command: 'tail payload.stdout' });
  });

  test('that failed says why and is tried again with more memory, as a new job', async () => {
    const page = await open(`/ui/work/jobs/${panda.failedJob.id}`);
    await page.getByText('Why did it fail?').waitFor();
    await page.getByText('killed by the kernel').waitFor();
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog', { name: `Retry job ${panda.failedJob.id}` });
    await dialog.getByLabel('Memory').fill('4000');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Submit again' }).click();
    await page.waitForURL(/jobs\/4118300/);
    expect(server().sent.at(-1)?.body).toBe('{"memoryMb":4000}');
  });

  test('is never killed by one click, also where its why offers it', async () => {
    const page = await open(`/ui/work/jobs/${panda.waitingJob.id}`);
    const why = page.getByRole('region', { name: 'Why does it wait?' });
    await why.getByRole('button', { name: 'Kill …' }).click();
    expect(server().sent).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Kill', exact: true }).click();
    await soon(() => lastSent().path, `/api/panda/jobs/${panda.waitingJob.id}/kill`);
  });

  test('is read anew when an event names it', async () => {
    const page = await open(`/ui/work/jobs/${id}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await soon(() => server().openStreams(), 1);
    server().setAnswer(`/api/panda/jobs/${id}`, {
      ...panda.runningJob,
      status: 'finished',
      live: false,
      promise: null,
    });
    server().publish('panda.job', String(id), { status: 'finished', queue: 'LOCAL', task: null, account: 1 });
    await page.locator('.pill').getByText('finished').waitFor();
    await soon(() => page.getByText('OTHERWISE').count(), 0);
  });
});

describe.skipIf(suite.reason !== undefined)('a queue', () => {
  test('changes its state with a reason', async () => {
    const page = await open('/ui/work/queues/CLUSTER-A');
    await page.getByRole('button', { name: 'Change state …' }).click();
    const dialog = page.getByRole('dialog', { name: 'State of CLUSTER-A' });
    await dialog.getByLabel('State').selectOption('paused');
    const change = dialog.getByRole('button', { name: 'Change state' });
    expect(await change.isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill('disk swap');
    expect(await violations(page)).toEqual([]);
    await change.click();
    await page.locator('.pill').getByText('paused').waitFor();
    expect(lastSent()).toEqual({
      method: 'POST',
      path: '/api/panda/queues/CLUSTER-A/status',
      body: { status: 'paused', reason: 'disk swap' },
    });
  });

  test('gets a downtime, and loses one', async () => {
    const page = await open('/ui/work/queues/CLUSTER-A?tab=downtimes');
    await page.getByRole('button', { name: 'Add downtime …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Downtime of CLUSTER-A' });
    await dialog.getByLabel('From').fill('2026-12-01T06:00:00');
    await dialog.getByLabel('Until').fill('2026-12-01T05:00:00');
    await dialog.getByText('It ends before it begins.').waitFor();
    await dialog.getByLabel('Until').fill('2026-12-01T08:00:00');
    await dialog.getByLabel('Reason').fill('new switch');
    await dialog.getByRole('button', { name: 'Add downtime' }).click();
    await soon(() => lastSent(), {
      method: 'POST',
      path: '/api/panda/queues/CLUSTER-A/downtimes',
      body: {
        startsAt: '2026-12-01T06:00:00.000Z',
        endsAt: '2026-12-01T08:00:00.000Z',
        status: 'offline',
        reason: 'new switch',
      },
    });
    await page.getByRole('button', { name: 'Remove …' }).first().click();
    await page.getByRole('button', { name: 'Remove downtime' }).click();
    await soon(() => lastSent(), {
      method: 'DELETE',
      path: '/api/panda/queues/CLUSTER-A/downtimes/11',
      body: null,
    });
  });

  test('is edited as JSON with its keys explained, and what is wrong keeps it from being saved', async () => {
    const page = await open('/ui/work/queues/CLUSTER-A?tab=document');
    await page.getByRole('button', { name: 'Edit' }).click();
    const editor = page.getByLabel('Description as JSON');
    const save = page.getByRole('button', { name: 'Save queue' });
    await editor.fill('{"nickname": "CLUSTER-A",');
    await page.getByText('It is no JSON').waitFor();
    expect(await save.isDisabled()).toBe(true);
    await editor.fill('{\n  "nickname": "CLUSTER-A",\n  "maxrss": "much"\n}');
    await page.getByText('maxrss has to be a whole number.').waitFor();
    await page.locator('.key-now').getByText('corecount').waitFor({ state: 'detached' });
    await editor.fill('{\n  "nickname": "CLUSTER-A",\n  "maxrss": 32000}');
    await page.locator('.key-now').getByText('maxrss').waitFor();
    await page.getByRole('button', { name: 'What changes' }).click();
    await page.getByRole('list', { name: 'What would change' }).getByText('32000').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('What changes, and why').fill('more memory');
    await save.click();
    await soon(() => lastSent(), {
      method: 'PUT',
      path: '/api/panda/queues/CLUSTER-A',
      body: { document: { nickname: 'CLUSTER-A', maxrss: 32_000 }, from: 7, why: 'more memory' },
    });
  });

  test('that somebody else changed meanwhile is not overwritten', async () => {
    const page = await open('/ui/work/queues/CLUSTER-A?tab=document');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Description as JSON').fill('{"nickname": "CLUSTER-A", "maxrss": 1}');
    server().refuseNext({ code: 'panda.queue-changed', message: 'op changed it a minute ago: version 8.' });
    await page.getByRole('button', { name: 'Save queue' }).click();
    await page.getByText('op changed it a minute ago: version 8.').waitFor();
    expect(await page.getByLabel('Description as JSON').inputValue()).toContain('"maxrss": 1');
  });

  test('says what a version changed', async () => {
    const page = await open('/ui/work/queues/CLUSTER-A?tab=versions');
    const changed = page.getByRole('list', { name: 'What version 7 changed' });
    await changed.getByText('"maxrss": 16000').waitFor();
    await changed.getByText('"maxrss": 8000').waitFor();
    await page.getByRole('button', { name: '6', exact: true }).click();
    await page.getByText('From version 5 to 6').waitFor();
  });

  test('is found by state and put in order by what waits', async () => {
    const page = await open('/ui/work/queues');
    await page.getByText('3 queues want a look').waitFor();
    const names = () => page.locator('tbody a.mono:not(.plain)').allInnerTexts();
    await page.getByRole('button', { name: 'Waiting', exact: true }).click();
    await soon(async () => (await names())[0], 'CLUSTER-A');
    expect(asked(page, 'sort')).toBe('-waiting');
    await page.getByRole('button', { name: /1 paused/ }).click();
    await soon(names, ['CLUSTER-B']);
  });
});

describe.skipIf(suite.reason !== undefined)('shares, workers and errors', () => {
  test('a share gets another value, and its part is said before', async () => {
    const page = await open('/ui/work/shares');
    await page.getByRole('button', { name: 'Change User Analysis' }).click();
    const dialog = page.getByRole('dialog', { name: 'Share User Analysis' });
    await dialog.getByLabel('Value').fill('25');
    await dialog.getByText('50 % of Analysis').waitFor();
    await dialog.getByLabel('Label').fill('us(er');
    await dialog.getByText('This is no regular expression.').waitFor();
    await dialog.getByLabel('Label').fill('user|panda');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save share' }).click();
    await soon(() => lastSent(), {
      method: 'PATCH',
      path: '/api/panda/shares/User%20Analysis',
      body: { value: 25, throttled: false, matchers: { label: 'user|panda', vo: 'local' } },
    });
  });

  test('a cause of failures opens its jobs, or goes deeper to their queues', async () => {
    const page = await open('/ui/work/errors?hours=8');
    await page.getByRole('link', { name: 'by queue' }).first().click();
    await soon(() => [asked(page, 'by'), asked(page, 'error')], ['queue', 'pilot:1305']);
    await page.getByRole('link', { name: 'CLUSTER-A', exact: true }).click();
    await page.waitForURL(/work\/jobs/);
    expect(asked(page, 'q')).toContain('status:failed');
    expect(asked(page, 'q')).toContain('queue:CLUSTER-A');
    expect(asked(page, 'q')).toContain('error:pilot:1305');
  });

  test('the chart of throughput is read by keys and as a table', async () => {
    const page = await open('/ui/work');
    const chart = page.getByRole('slider', { name: /Jobs started and ended per minute/ });
    await chart.focus();
    const before = await chart.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowLeft');
    await soon(async () => (await chart.getAttribute('aria-valuetext')) === before, false);
    await page.getByRole('button', { name: 'As table' }).click();
    await page
      .getByRole('region', { name: /as a table/ })
      .getByText('2026-11-22 01:18')
      .first()
      .waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('the overview leads from what is wrong to the queue', async () => {
    const page = await open('/ui/work');
    await page
      .getByRole('region', { name: 'Queues that want a look' })
      .getByRole('link', { name: 'CLUSTER-A' })
      .click();
    await page.getByText('Why does it take no work?').waitFor();
  });

  test('a job that no pilot can take is one click from the overview, with the reason', async () => {
    const page = await open('/ui/work');
    const region = page.getByRole('region', { name: 'Queues that want a look' });
    await region.getByText('it asks for 512 cores and a pilot has 8').waitFor();
    expect(await violations(page)).toEqual([]);
    await region.getByRole('link', { name: 'Look at job 4118222' }).click();
    const why = page.getByRole('region', { name: 'Why does it wait?' });
    await why.getByRole('button', { name: 'Kill …' }).waitFor();
  });

  test('workers are filtered and paged', async () => {
    const page = await open('/ui/work/workers?q=status:failed');
    await page.getByText('Rows 1–100').waitFor();
    expect(new Set(await page.locator('tbody .word').allInnerTexts())).toEqual(new Set(['failed']));
    await page.keyboard.press(']');
    await soon(async () => asked(page, 'cursor') !== null, true);
  });

  test('a narrow screen has the pages of the area in one line', async () => {
    const page = await open('/ui/work', { width: 390, height: 844 });
    await page
      .getByRole('navigation', { name: 'Pages of Work' })
      .getByRole('link', { name: 'Queues' })
      .click();
    await page.getByText('3 queues want a look').waitFor();
  });
});
