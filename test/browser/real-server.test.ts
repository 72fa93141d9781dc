import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fitsFile } from '../support/fits.ts';
import { type ServedProcess, serve, temporaryFolder } from '../support/orrery.ts';
import { launchChromium, skippedBecause } from './chromium.ts';
import { pictures } from './visit.ts';

const reason = skippedBecause();
if (reason !== undefined) console.warn(`SKIPPED test/browser/real-server.test.ts: ${reason}`);

const password = 'a password that nobody else has';
let browser: Browser;
let server: ServedProcess;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
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
  await writeFile(path.join(folder.folder, 'field.fits'), image);
  server = await serve(['--port', '0', '--data', path.join(folder.folder, 'data')], {
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
  await folder?.remove();
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
    await page.locator('input[type=file]').setInputFiles(path.join(folder.folder, 'field.fits'));
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

  test('the job stands in the list, and the palette finds it by its id', async () => {
    const id = page.url().split('/').at(-1)?.split('?')[0] ?? '';
    await page.goto(`${server.address}/ui/services/jobs`);
    await page.getByRole('link', { name: id }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type(id.slice(0, 12));
    await page.getByRole('dialog').getByText(id).first().waitFor();
    await page.screenshot({ path: path.join(pictures, 'real-palette.png') });
  });

  test('nothing went wrong in the page, and no content was refused', () => {
    expect(complaints).toEqual([]);
  });
});
