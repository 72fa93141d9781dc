import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browserSuite, soon } from './suite.ts';
import { pictures, settled, violations } from './visit.ts';

const suite = browserSuite('previews.test.ts');
const wide = { width: 1440, height: 1100 };
const visit = (address: string) => suite.visit(address, wide);
const open = (address: string) => suite.open(address, wide);
const job = '/ui/services/bkg_sources/jobs/pr3v13w5';

const viewIn = (page: Page) => new URL(page.url()).searchParams.get('view');

describe.skipIf(suite.reason !== undefined)('what a hostile job leaves', () => {
  test.each([
    'report',
    'report&view=as:drawn',
    'graph',
    'graph&view=as:source',
    'fake',
    'sources',
    'statistics',
    'notes',
  ])('%s neither runs nor calls anything', async (result) => {
    const visited = await visit(`${job}?result=${result}`);
    const { page } = visited;
    const calls: string[] = [];
    page.on('request', (request) => calls.push(new URL(request.url()).pathname));
    await page.reload();
    await page.locator('section[aria-label^="Preview of"]').waitFor();
    await settled(visited);
    expect(calls.filter((path) => path === '/hacked')).toEqual([]);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('main script').count()).toBe(0);
  });

  test('a page is drawn in a frame that can do nothing', async () => {
    const page = await open(`${job}?result=report&view=as:drawn`);
    const frame = page.locator('iframe');
    await frame.waitFor();
    expect(await frame.getAttribute('sandbox')).toBe('');
    await page.frameLocator('iframe').getByText('A report of the job').waitFor();
  });

  test('a PDF is drawn by the reader of the browser from the address of its bytes', async () => {
    const { page, complaints } = await visit(`${job}?result=paper`);
    const frame = page.locator('iframe');
    await frame.waitFor();
    expect(await frame.getAttribute('src')).toBe('/files/report.pdf');
    await page.waitForTimeout(1000);
    await page.screenshot({ path: `${pictures}/preview-PDF-wide.png` });
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(suite.reason !== undefined)('a FITS image', () => {
  test('tells value and place under the pointer', async () => {
    const page = await open(`${job}?result=sub`);
    const canvas = page.locator('.fits-canvas');
    await page.getByText(/shown 1 : /).waitFor();
    await canvas.hover();
    const told = page.locator('.fits-spot');
    await expect
      .poll(() => told.innerText())
      .toMatch(/^x [\d\u202f]+ y \d+ [\d.]+ ELECTRONS 03:32:\d\d\.\d\d −27:47:\d\d\.\d/);
    const text = (await told.innerText()).replaceAll('\u202f', '');
    const [x = 0, y = 0] = (/x (\d+) y (\d+)/.exec(text) ?? []).slice(1).map(Number);
    // The middle of the picture is the middle of the image, to one step of the decimation.
    expect(Math.abs(x - 1000)).toBeLessThan(8);
    expect(Math.abs(y - 700)).toBeLessThan(8);
  });

  test('changes with stretch, map and cuts, and the address remembers it', async () => {
    const page = await open(`${job}?result=sub`);
    await page.getByText(/shown 1 : /).waitFor();
    const brightness = () =>
      page.evaluate<number>(
        `(() => { const c = document.querySelector('canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let s = 0; for (let i = 0; i < d.length; i += 4) s += d[i]; return Math.round(s / (d.length / 4)); })()`,
      );
    const first = await brightness();
    await page.getByLabel('map').selectOption('inverse');
    await soon(async () => (await brightness()) > first, true);
    expect(await brightness()).toBeGreaterThanOrEqual(254 - first);
    await page.getByLabel('stretch').selectOption('log');
    await soon(() => viewIn(page), 'map:inverse,stretch:log');
    const low = page.getByRole('slider', { name: 'Lower cut' });
    const before = Number(await low.getAttribute('aria-valuenow'));
    await low.focus();
    await page.keyboard.press('PageUp');
    expect(Number(await low.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
    await expect.poll(() => viewIn(page)).toMatch(/low:/);
    await page.reload();
    await page.getByText(/shown 1 : /).waitFor();
    expect(await page.getByRole('combobox', { name: 'cut' }).inputValue()).toBe('hand');
    expect(await page.getByLabel('stretch').inputValue()).toBe('log');
  });

  test('its cuts are dragged on the histogram', async () => {
    const page = await open(`${job}?result=sub`);
    const high = page.getByRole('slider', { name: 'Upper cut' });
    await page.getByText(/shown 1 : /).waitFor();
    await high.scrollIntoViewIfNeeded();
    const box = await high.boundingBox();
    const before = Number(await high.getAttribute('aria-valuenow'));
    await page.mouse.move((box?.x ?? 0) + 12, (box?.y ?? 0) + 10);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) - 188, (box?.y ?? 0) + 10, { steps: 5 });
    await page.mouse.up();
    expect(Number(await high.getAttribute('aria-valuenow'))).toBeLessThan(before);
  });

  test('one to one it is moved by dragging', async () => {
    const page = await open(`${job}?result=sub&view=zoom:1`);
    await page.getByText(/shown 1 : 1,/).waitFor();
    const spot = async () => {
      await page.mouse.move(0, 0);
      await page.locator('.fits-canvas').hover();
      const text = (await page.locator('.fits-spot').innerText()).replaceAll('\u202f', '');
      return Number(/x (\d+)/.exec(text)?.[1] ?? Number.NaN);
    };
    await expect.poll(spot).toBeGreaterThan(0);
    const before = await spot();
    const box = await page.locator('.fits-canvas').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 300, (box?.y ?? 0) + 200];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 100, y, { steps: 4 });
    await page.mouse.up();
    await soon(spot, before + 100);
  });

  test('its header is searched by keyword, value and comment', async () => {
    const page = await open(`${job}?result=sub`);
    await page.getByPlaceholder(/Find in \d+ cards/).fill('crval');
    await soon(() => page.locator('.card-box dt').allInnerTexts(), ['CRVAL1', 'CRVAL2']);
  });
});

describe.skipIf(suite.reason !== undefined)('a table', () => {
  test('lays out only the rows in sight, and reads others when one goes there', async () => {
    const page = await open(`${job}?result=sub&view=hdu:1`);
    const rows = page.locator('.grid tbody tr');
    await page.getByText('star 1', { exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(80);
    await page.locator('.grid-box').evaluate((box: { scrollTop: number }) => {
      box.scrollTop = 1e9;
    });
    await page.getByText('star 499', { exact: false }).first().waitFor();
    await soon(async () => (await rows.last().locator('td').nth(3).innerText()).trim(), 'star 499');
  });

  test('says unit, UCD and meaning of its columns', async () => {
    const page = await open(`${job}?result=sources`);
    const head = page.locator('.grid thead th').nth(2);
    expect(await head.getAttribute('title')).toContain('UCD pos.eq.ra');
    await page.getByRole('button', { name: 'What the columns are' }).click();
    await page.getByText('Right ascension, ICRS').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('that is longer than its first part is read on', async () => {
    const page = await open(`${job}?result=catalogue`);
    await page.getByRole('button', { name: /Read up to/ }).click();
    await page.getByText(/50.000 rows, 5 columns/).waitFor();
  });
});

describe.skipIf(suite.reason !== undefined)('the results', () => {
  test('are opened, closed and walked through by keys, and the address remembers which', async () => {
    const page = await open(`${job}?result=sub`);
    await page.getByText(/shown 1 : /).waitFor();
    await page.keyboard.press('j');
    await soon(() => new URL(page.url()).searchParams.get('result'), 'cube');
    await page.keyboard.press('Escape');
    await soon(() => page.locator('section[aria-label^="Preview of"]').count(), 0);
    await page.reload();
    await page.getByText('cube.fits').waitFor();
    expect(await page.locator('section[aria-label^="Preview of"]').count()).toBe(0);
    await page.getByRole('button', { name: 'recipe.yaml', exact: true }).click();
    await page.getByText('threshold').first().waitFor();
    expect(
      await page.getByRole('button', { name: 'recipe.yaml', exact: true }).getAttribute('aria-expanded'),
    ).toBe('true');
  });

  test('of ten thousand, one is found by its name', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/m4nyr3s5');
    await page.getByPlaceholder(/Find in 10.000 results/).fill('notes');
    await page.getByRole('button', { name: 'notes.txt', exact: true }).click();
    await page.getByText('line 3 of a long text').waitFor();
    await page.getByPlaceholder(/Find in/).fill('no such thing');
    await page.getByText('No result matches').waitFor();
    expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThanOrEqual(3000);
  });

  test('that are gone say so in their place', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/g0n3r3s1');
    await page.getByText('gone.vot could not be read').waitFor();
    await page.getByText('The file is gone: the job was changed or destroyed.').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('the address of one is copied whole', async () => {
    const { page, context } = await visit(job);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy address of cube.fits' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      `${suite.server().url}/files/cube.fits`,
    );
  });
});

describe.skipIf(suite.reason !== undefined)('the log', () => {
  test('is searched as a whole on the server, and a match that is not loaded is gone to', async () => {
    const page = await open(`${job}?tab=log`);
    await page.getByText('line 3999').waitFor();
    await page.getByLabel('Search in stdout').fill('line 5 of');
    await page.getByText('1 in 1 line', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    const line = page.locator('.log .line.at');
    await line.waitFor();
    expect((await line.locator('.no').innerText()).trim()).toBe('6');
    expect(await line.innerText()).toContain('line 5 of the log');
    await page.getByRole('button', { name: 'To the end' }).click();
    await page.getByText('line 3999').waitFor();
  });

  test('counts all matches, not only those that are loaded', async () => {
    const page = await open(`${job}?tab=log`);
    await page.getByText('line 3999').waitFor();
    await page.getByLabel('Search in stdout').fill('WARNING');
    await page.getByText('42 in 42 lines').waitFor();
  });
});
