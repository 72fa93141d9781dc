import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fitsFile } from '../support/fits.ts';
import { type ServedProcess, serve } from '../support/orrery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { launchChromium, skippedBecause } from './chromium.ts';
import { pictures } from './visit.ts';

const reason = skippedBecause();
if (reason !== undefined) console.warn(`SKIPPED test/browser/real-server.test.ts: ${reason}`);

const password = 'a password that nobody else has';
let browser: Browser;
let server: ServedProcess;
let folder: string;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  if (reason !== undefined) return;
  folder = await temporaryFolder();
  const image = fitsFile({
    bitpix: 16,
    width: 400,
    height: 300,
    stored: (x, y) => Math.round(100 + 2000 * Math.exp(-((x - 200) ** 2 + (y - 150) ** 2) / 800)),
  });
  await writeFile(path.join(folder, 'field.fits'), image);
  server = await serve(['--port', '0', '--data', path.join(folder, 'data')], {
    ORRERY_ADMIN_PASSWORD: password,
  });
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** A scientist's first minutes, in order, on a server that has just started. */
describe.skipIf(reason !== undefined)('on a real server', () => {
  test('a wrong password is said, the right one opens the first page', async () => {
    await page.goto(server.address);
    await page.getByLabel('Account').fill('admin');
    await page.getByLabel('Password').fill('not this one');
    await page.keyboard.press('Enter');
    await page.getByText('The name or the password is wrong').waitFor();
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Everything is on time/ }).waitFor();
    await page.getByText('Live', { exact: true }).first().waitFor();
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    complaints.length = 0;
  });

  test('fits-summary is run from its form, and the image is seen without a reload', async () => {
    await page.goto(`${server.address}/ui/services/fits-summary`);
    await page.locator('input[type=file]').setInputFiles(path.join(folder, 'field.fits'));
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/\/ui\/services\/fits-summary\/jobs\//);
    await page.getByText('COMPLETED').first().waitFor();
    await page.getByText('preview.png').first().waitFor();
    const shown = page.locator('img').first();
    await shown.waitFor();
    await expect
      .poll(() => shown.evaluate((element) => (element as { naturalWidth?: number }).naturalWidth ?? 0))
      .toBeGreaterThan(100);
    await page.getByText('NAXIS1').first().waitFor();
    await page.screenshot({ path: path.join(pictures, 'real-job.png') });
  });

  test('its input is looked at by the same means, read by range from the server', async () => {
    await page.getByRole('tab', { name: /Parameters/ }).click();
    await page.getByRole('button', { name: /^image field\.fits$/ }).click();
    await page.getByText(/shown 1 : 1, .* read/).waitFor();
    await page.locator('.fits-canvas').hover();
    await page.getByText(/^x \d+$/).waitFor();
    await page.screenshot({ path: path.join(pictures, 'real-input.png'), fullPage: true });
  });

  test('the job stands in the list, and the palette finds it by its id', async () => {
    const id = page.url().split('/').at(-1)?.split('?')[0] ?? '';
    await page.goto(`${server.address}/ui/services/jobs`);
    await page.getByRole('link', { name: id }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type(id.slice(0, 12));
    await page.getByRole('dialog').getByText(id).first().waitFor();
    await page.screenshot({ path: path.join(pictures, 'real-palette.png') });
    await page.keyboard.press('Escape');
  });

  let first = '';

  test('it is run again with a change: the file is taken over, not chosen again', async () => {
    await page.goto(`${server.address}/ui/services/jobs?view=all`);
    await page.locator('tbody a.job-id').first().click();
    await page.waitForURL(/\/fits-summary\/jobs\/[0-9a-z]+/);
    first = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await page.locator('.acts').getByRole('link', { name: 'Run again with changes' }).click();
    await page.getByText('Filled in from job').waitFor();
    await page.locator('#run-id').fill('second look');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL((url) => /\/jobs\/[0-9a-z]+$/.test(url.pathname) && !url.pathname.endsWith(first));
    await page.locator('.pill').getByText('COMPLETED').waitFor();
    await page.getByText('preview.png').first().waitFor();
    await page.locator('aside').getByText('from').first().waitFor();
    await page.locator('aside').getByRole('link', { name: first }).waitFor();
  });

  test('a result of it is the input of the next one', async () => {
    await page.goto(`${server.address}/ui/services/fits-summary`);
    await page.getByRole('button', { name: 'Earlier result' }).click();
    const dialog = page.getByRole('dialog', { name: /A result for/ });
    await dialog.getByRole('button', { name: /second look/ }).click();
    await dialog.getByRole('button', { name: /preview\.png/ }).click();
    // A PNG is no FITS file: the job fails, and its page shows why with the end of the log.
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/\/fits-summary\/jobs\//);
    await page.locator('.pill').getByText('ERROR').waitFor();
    await page.getByRole('region', { name: 'Last lines of the log' }).waitFor();
    await page.screenshot({ path: path.join(pictures, 'real-failed.png') });
  });

  test('a long job is aborted, deleted and taken back', async () => {
    await page.goto(`${server.address}/ui/services/hello?SECONDS_TO_WAIT=600&runId=long`);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('.pill').getByText('EXECUTING').waitFor();
    // Beside the title; the answer to why it is not done offers the same.
    await page.getByRole('button', { name: 'Abort …' }).first().click();
    await page.getByRole('button', { name: 'Abort job' }).click();
    await page.locator('.pill').getByText('ABORTED').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Job and results go at').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Delete' }).waitFor();
    await page.reload();
    await page.locator('.pill').getByText('ABORTED').waitFor();
    expect(await page.getByText('Job and results go at').count()).toBe(0);
  });

  test('deleted for good it is gone, also when the page is left at once', async () => {
    const address = page.url();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Job and results go at').waitFor();
    await page.goto(`${server.address}/ui/services`);
    const id = new URL(address).pathname.split('/').at(-1) ?? '';
    const status = () =>
      page.evaluate<number>(`fetch('/api/uws/jobs/${id}').then((answer) => answer.status)`);
    await expect.poll(status, { timeout: 30_000, interval: 500 }).toBe(404);
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('404')));
  });

  test('a filter is saved as a view, and is what the list opens with in another browser', async () => {
    await page.goto(`${server.address}/ui/services/jobs?q=second`);
    await page.getByRole('button', { name: 'Save view …' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Second looks');
    await page.getByRole('dialog').getByRole('button', { name: 'Save view' }).click();
    await page.getByRole('button', { name: 'Second looks', exact: true }).waitFor();
    const other = await browser.newContext({ storageState: await page.context().storageState() });
    const visitor = await other.newPage();
    await visitor.goto(`${server.address}/ui/services/jobs`);
    await visitor.locator('[aria-current=page]').getByText('Second looks').waitFor();
    await visitor.getByText('second look', { exact: true }).waitFor();
    await expect.poll(() => visitor.locator('tbody tr').count()).toBe(1);
    const csv = await visitor.evaluate<string>(
      `fetch('/api/uws/jobs/export?runId=second').then((answer) => answer.text())`,
    );
    expect(csv.trimEnd().split('\r\n')).toHaveLength(2);
    await other.close();
  });

  test('a link shows the job to somebody without an account', async () => {
    await page.goto(`${server.address}/ui/services/-/jobs/${first}`);
    await page.getByRole('button', { name: 'Share …' }).click();
    await page.getByRole('button', { name: 'Make link' }).click();
    const field = page.getByLabel('Link to the job');
    await field.waitFor();
    const link = await field.inputValue();
    const stranger = await browser.newContext();
    const visitor = await stranger.newPage();
    await visitor.goto(link);
    await visitor.getByText('preview.png').first().waitFor();
    await visitor.screenshot({ path: path.join(pictures, 'real-shared.png') });
    await stranger.close();
  });

  test('nothing went wrong in the page, and no content was refused', () => {
    expect(complaints).toEqual([]);
  });
});
