import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as fixtures from './fixtures.ts';
import { asked, browserSuite, soon } from './suite.ts';
import { violations } from './visit.ts';

const suite = browserSuite('lists.test.ts');
const { open, server, lastSent } = suite;

const currentView = (page: Page) => page.locator('.views [aria-current=page]').textContent();

describe.skipIf(suite.reason !== undefined)('saved views', () => {
  test('the first of one’s own is what the list opens with; an address that says otherwise wins', async () => {
    server().setViews(fixtures.views);
    const page = await open('/ui/services/jobs');
    await page.getByText('Rows 1–100').waitFor();
    expect(await currentView(page)).toBe('Night shift');
    expect(new Set(await page.locator('tbody .word').allInnerTexts())).toEqual(new Set(['ERROR']));
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await soon(() => asked(page, 'view'), 'all');
    await soon(() => currentView(page), 'All');
    await page.goto(`${server().url}/ui/services/jobs?q=phase:PENDING`);
    await soon(() => currentView(page), 'Waiting for me');
  });

  test('a filter is saved under a name, changed, saved again, and is there at the next visit', async () => {
    const page = await open('/ui/services/jobs?q=owner:a.duarte');
    await page.getByText('Rows 1–100').waitFor();
    await page.getByRole('button', { name: 'Save view …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Save view' });
    await dialog.getByLabel('Name').fill('Of Duarte');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save view' }).click();
    await soon(() => currentView(page), 'Of Duarte');
    expect(lastSent()).toEqual({
      method: 'POST',
      path: '/api/core/views',
      body: { list: 'uws.jobs', name: 'Of Duarte', query: 'q=owner%3Aa.duarte', shared: false },
    });
    await page.getByRole('button', { name: /ERROR/ }).click();
    await soon(() => currentView(page), 'Of Duarte, changed');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await soon(() => currentView(page), 'Of Duarte');
    expect(lastSent().body).toEqual({ query: 'q=phase%3AERROR+owner%3Aa.duarte' });
    const later = await open('/ui/services/jobs');
    await later.getByText('Rows 1–100').waitFor();
    expect(await currentView(later)).toBe('Of Duarte');
  });

  test('a view is put first, shared, deleted and brought back', async () => {
    server().setViews(fixtures.views);
    const page = await open('/ui/services/jobs?view=v2');
    const menu = () => page.getByRole('button', { name: 'Change the view Deep field' }).click();
    await menu();
    await page.getByRole('menuitem', { name: 'Open the list with it' }).click();
    await soon(() => page.locator('.views button').first().innerText(), 'Deep field');
    await menu();
    await page.getByRole('menuitem', { name: 'Share with everybody here' }).click();
    await soon(() => lastSent().body, { shared: true });
    await menu();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByText('View Deep field deleted.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Deep field', exact: true }).waitFor();
  });

  test('callers without an account are offered none to save, and are not asked for any', async () => {
    server().setMe({ ...fixtures.nobody, permissions: ['uws.job.read'] });
    const page = await open('/ui/services/jobs?q=phase:ERROR+owner:x');
    await page
      .getByRole('heading', { name: /Jobs|Sign in/ })
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'Save view …' }).count()).toBe(0);
  });
});

describe.skipIf(suite.reason !== undefined)('a long list', () => {
  test('goes to a time, says so, and comes back to now', async () => {
    const page = await open('/ui/services/jobs?view=all');
    await page.getByText('Rows 1–100').waitFor();
    await page.getByRole('button', { name: 'Jump to a time' }).click();
    await page.getByLabel('Time in UTC').fill('2026-11-21T12:00:00');
    await page.getByRole('button', { name: 'Go' }).click();
    await soon(() => asked(page, 'at'), '2026-11-21T12:00:00.000Z');
    const first = fixtures.jobRow(fixtures.indexAt('2026-11-21T12:00:00.000Z'));
    await page.getByRole('link', { name: first.id }).waitFor();
    await page.getByRole('button', { name: 'Remove the filter made until' }).click();
    await page.getByRole('link', { name: fixtures.jobRow(0).id }).waitFor();
  });

  test('is counted to the unit only when asked', async () => {
    const page = await open('/ui/services/jobs?view=all');
    await page.getByRole('button', { name: 'Count exactly' }).click();
    await page.getByText(/of exactly/).waitFor();
    expect((await page.locator('.table-foot').innerText()).replace(/\s/g, ' ')).toContain(
      'of exactly 100 000',
    );
  });

  test('is exported whole, with its filter', async () => {
    const page = await open('/ui/services/jobs?q=phase:ERROR owner:a.duarte');
    await page.getByRole('button', { name: 'Export …' }).click();
    const csv = page.getByRole('menuitem', { name: /CSV/ });
    await csv.waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await csv.getAttribute('href')).toBe('/api/uws/jobs/export?owner=a.duarte&phase=ERROR&format=csv');
  });

  test('shows whose a job is only to those who see everybody’s', async () => {
    const heads = async (page: Page) => {
      await page.getByText('Rows 1–100').waitFor();
      return page.locator('thead th').allInnerTexts();
    };
    expect(await heads(await open('/ui/services/jobs?view=all'))).toContain('Owner');
    server().setMe({ ...fixtures.me, permissions: ['core.read', 'uws.job.read'] });
    expect(await heads(await open('/ui/services/jobs?view=all'))).not.toContain('Owner');
  });

  test('deletes what is selected after a question, and takes it back', async () => {
    const page = await open('/ui/services/jobs?view=all');
    await page.getByText('Rows 1–100').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Delete 2 …' }).click();
    await page.getByText('You can take it back for 10 s.').waitFor();
    await page.getByRole('button', { name: 'Delete 2 jobs' }).click();
    await page.getByText('2 jobs are deleted').waitFor();
    const [first, second] = [fixtures.jobRow(0).id, fixtures.jobRow(1).id];
    // The page asks for all of them at once; which request arrives first is up to the connections.
    expect(
      server()
        .sent.map(({ path }) => path)
        .toSorted(),
    ).toEqual([first, second].map((id) => `/api/uws/jobs/${id}?undoSeconds=10`).toSorted());
    expect(await page.locator('tr.leaving').count()).toBe(2);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await soon(() => page.locator('tr.leaving').count(), 0);
    expect(
      server()
        .sent.slice(-2)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([first, second].map((id) => `/api/uws/jobs/${id}/keep`).toSorted());
  });
});

describe.skipIf(suite.reason !== undefined)('the form of a job', () => {
  test('takes the result of an earlier job without sending it', async () => {
    const page = await open('/ui/services/bkg_sources');
    await page.getByRole('button', { name: 'Earlier result' }).click();
    const dialog = page.getByRole('dialog', { name: 'A result for input' });
    await dialog.getByRole('list', { name: 'Completed jobs' }).getByRole('button').first().click();
    await dialog.getByRole('button', { name: /image_sub\.fits/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: /image_sub\.fits/ }).click();
    // The newest COMPLETED job of the one who is signed in.
    const rows = Array.from({ length: 50 }, (_, index) => fixtures.jobRow(index));
    const source = rows.find((row) => row.phase === 'COMPLETED' && row.owner === 'op')?.id ?? '';
    await page.getByRole('list', { name: 'Stored files for input' }).getByText(source).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/jobs\/p8w2v5h1$/);
    expect(lastSent().body).toMatchObject({
      parameters: { input: `orrery:job/${source}/result/sub` },
      run: true,
    });
  });

  test('is filled from an earlier job with its files, name and limits, and says so', async () => {
    const page = await open('/ui/services/bkg_sources?again=k3m9x7q2');
    await page.getByText('Filled in from job').waitFor();
    expect(await page.getByLabel('threshold').inputValue()).toBe('2.5');
    expect(await page.locator('#run-id').inputValue()).toBe('chandra-deep-field-tile-07');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/jobs\/p8w2v5h1$/);
    expect(lastSent().body).toEqual({
      definition: 'bkg_sources',
      parameters: { input: 'orrery:job/k3m9x7q2/parameter/input', threshold: '2.5' },
      runId: 'chandra-deep-field-tile-07',
      run: true,
    });
  });

  test('reads UWS’s own words from its address, and names what it does not know', async () => {
    const page = await open(
      '/ui/services/bkg_sources?MESH=32&RUNID=night&executionDuration=90&destruction=2026-12-01T00:00:00Z&colour=red',
    );
    await page.getByText('The address names colour').waitFor();
    expect(await page.getByLabel('mesh').inputValue()).toBe('32');
    expect(await page.locator('#run-id').inputValue()).toBe('night');
    expect(await page.getByLabel('Time limit').inputValue()).toBe('90');
    expect(await page.getByLabel('Kept until').inputValue()).toMatch(/^2026-12-01T00:00/);
    const line = () => page.locator('aside pre').innerText();
    expect(await line()).toContain('EXECUTIONDURATION=90');
    await page.getByRole('button', { name: 'pyvo' }).click();
    expect(await line()).toContain('("mesh", "32"),');
    await page.getByRole('button', { name: 'orrery', exact: true }).click();
    expect(await line()).toContain('orrery uws run bkg_sources');
    expect(await line()).toContain('-p mesh=32');
    expect(await line()).toContain('--duration 90');
  });

  test('keeps name and limits over a reload, and says which file must be chosen again', async () => {
    const page = await open('/ui/services/bkg_sources');
    await page.locator('#run-id').fill('kept');
    await page.getByRole('button', { name: /run conditions/ }).click();
    await page.getByLabel('Time limit').fill('120');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'a.fits', mimeType: 'image/fits', buffer: Buffer.alloc(10) });
    await page.getByText('1 file sent').waitFor();
    await page.reload();
    await soon(() => page.locator('#run-id').inputValue(), 'kept');
    expect(await page.getByLabel('Time limit').inputValue()).toBe('120');
    await page.getByText('a.fits was chosen before the page was loaded anew').waitFor();
  });

  test('shows what the server refuses at its field', async () => {
    server().refuseNext({
      code: 'uws.parameter-invalid',
      message: 'Parameter note: the value holds half a character.',
      details: { parameter: 'note' },
    });
    const page = await open('/ui/services/bkg_sources?input=https://example.org/a.fits&note=x');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('1 field needs a look').waitFor();
    await soon(() => page.evaluate('document.activeElement?.getAttribute("role")'), 'alert');
    expect(await page.locator('#field-note-problem').innerText()).toBe('the value holds half a character.');
    await page.getByLabel('note').fill('y');
    await soon(() => page.getByText('1 field needs a look').count(), 0);
  });
});

describe.skipIf(suite.reason !== undefined)('a job', () => {
  test('is deleted with time to take it back, on its own page', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/k3m9x7q2');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Job and results go at 02:18:50, in 10 s.').waitFor();
    expect(lastSent()).toMatchObject({ method: 'DELETE', path: '/api/uws/jobs/k3m9x7q2?undoSeconds=10' });
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Delete' }).waitFor();
    expect(lastSent().path).toBe('/api/uws/jobs/k3m9x7q2/keep');
  });

  test('that went is said to be gone', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/le4v1ng1');
    await page.getByText('Deleted.').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await soon(() => server().openStreams(), 1);
    server().remove('/api/uws/jobs/le4v1ng1');
    server().publish('uws.job', 'le4v1ng1', { definition: 'bkg_sources', phase: 'DELETED', ownerId: null });
    await page.getByText('This job is deleted').waitFor();
  });

  test('is shared by a link for a while', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/k3m9x7q2');
    await page.getByRole('button', { name: 'Share …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Share job k3m9x7q2' });
    await dialog.getByLabel('Open for').selectOption('72');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make link' }).click();
    await soon(() => dialog.getByLabel('Link to the job').inputValue(), fixtures.share.jobHref);
    expect(lastSent()).toMatchObject({ path: '/api/uws/jobs/k3m9x7q2/share', body: { hours: 72 } });
    await dialog.getByText('24 hours is the most').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('is kept longer, and runs longer while it is PENDING', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/dr4ftj0b');
    await page.locator('aside').getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('Kept until').fill('2027-01-01T00:00:00');
    await page.getByLabel('Time limit').fill('600');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await soon(() => lastSent().body, { destruction: '2027-01-01T00:00:00.000Z', executionDuration: 600 });
    await page.locator('aside').getByText('10 min').waitFor();
  });

  test('that failed shows the end of its log', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/e0rr0rj1');
    const lines = page.getByRole('region', { name: 'Last lines of the log' });
    await lines.getByText('line 3999 of the log').waitFor();
    expect((await lines.locator('pre').innerText()).split('\n')).toHaveLength(20);
  });

  test('is found by its id alone', async () => {
    const page = await open('/ui/services/-/jobs/k3m9x7q2?tab=history');
    await page.waitForURL(/\/services\/bkg_sources\/jobs\/k3m9x7q2\?tab=history$/);
    await page.getByText('asked to run it').waitFor();
  });
});

describe.skipIf(suite.reason !== undefined)('the definitions', () => {
  test('are found by words of what they do, and open what they run, in every version', async () => {
    const page = await open('/ui/services');
    await page.getByPlaceholder('name or what it does').fill('finds sources');
    await soon(() => page.locator('tbody tr').count(), 1);
    await soon(() => asked(page, 'q'), 'finds sources');
    await page.getByRole('link', { name: 'v4' }).click();
    await page.getByText('from photutils.background import Background2D').waitFor();
    await page.getByRole('link', { name: 'v3' }).click();
    await soon(() => asked(page, 'version'), '3');
  });

  test('help who has run nothing yet', async () => {
    server().setAnswer('/api/uws/definitions', {
      rows: fixtures.definitions.map((each) => ({ ...each, runs: 0, medianSeconds: null })),
    });
    const page = await open('/ui/services');
    await page.getByRole('region', { name: 'First run' }).getByRole('link', { name: 'hello' }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
