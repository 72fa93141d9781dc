import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, skippedBecause } from './chromium.ts';
import { type MockServer, startMockServer } from './mock-server.ts';
import { type Look, overflows, pictures, type Visit, violations, visit } from './visit.ts';

const reason = skippedBecause();
if (reason !== undefined) console.warn(`SKIPPED test/browser/previews.test.ts: ${reason}`);

const job = '/ui/services/bkg_sources/jobs/pr3v13w5';

/** Every kind of result with the text that shows it has been read. */
const kinds: Array<[name: string, address: string, sign: RegExp]> = [
  ['FITS image', `${job}?result=sub`, /shown 1 : \d/],
  ['FITS image one to one', `${job}?result=sub&view=zoom:1,stretch:log,map:inverse`, /shown 1 : 1,/],
  ['FITS table', `${job}?result=sub&view=hdu:1`, /000 rows, 4 columns/],
  ['FITS compressed', `${job}?result=sub&view=hdu:2`, /is not unpacked here/],
  ['FITS cube', `${job}?result=cube&view=plane:3`, /Plane 3 of 5/],
  ['FITS cut short', `${job}?result=cut`, /it was cut short/],
  ['VOTable', `${job}?result=sources`, /284 rows, 5 columns/],
  ['CSV', `${job}?result=catalogue`, /rows, 5 columns/],
  ['JSON', `${job}?result=statistics`, /"mean"/],
  ['YAML', `${job}?result=recipe`, /# how it was run/],
  ['XML', `${job}?result=document`, /COMPLETED<|phase/],
  ['HTML source', `${job}?result=report`, /doctype html/],
  ['HTML page', `${job}?result=report&view=as:drawn`, /Drawn without scripts/],
  ['SVG', `${job}?result=graph`, /300 × 120/],
  ['long text', `${job}?result=notes`, /between them are left out/],
  ['false image', `${job}?result=fake`, /top\.hacked/],
  ['bytes', `${job}?result=model`, /these are the first 4\.1/],
  ['empty file', `${job}?result=nothing`, /The file is empty/],
  ['no results', '/ui/services/bkg_sources/jobs/n0r3su1t', /The job left no results/],
  ['ten thousand results', '/ui/services/bkg_sources/jobs/m4nyr3s5', /tile_0\.bin/],
  ['an input', `${job}?tab=parameters&input=input`, /Hello, world/],
];

const looks: Array<[string, Look]> = [
  ['wide', { width: 1440, height: 1100 }],
  ['dark', { width: 1440, height: 1100, dark: true }],
  ['narrow', { width: 390, height: 844 }],
];

let browser: Browser;
let server: MockServer;
let opened: Visit[] = [];

beforeAll(async () => {
  if (reason === undefined) [browser, server] = await Promise.all([launchChromium(), startMockServer()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});
afterEach(async () => {
  for (const each of opened) await each.context.close();
  opened = [];
});

async function open(address: string, look: Look = looks[0]?.[1] ?? {}): Promise<Visit> {
  const visited = await visit(browser, server.url + address, look);
  opened.push(visited);
  return visited;
}

const soon = (read: () => unknown, wanted: unknown) =>
  expect.poll(read, { timeout: 8000, interval: 50 }).toEqual(wanted);
const viewIn = (page: Page) => new URL(page.url()).searchParams.get('view');

describe.skipIf(reason !== undefined)('every kind of result', () => {
  for (const [lookName, look] of looks) {
    test.each(kinds)(
      `${lookName}: %s is shown, accessible, and breaks no rule of the browser`,
      async (name, address, sign) => {
        const { page, complaints } = await open(address, look);
        await page.getByText(sign).first().waitFor();
        await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => {});
        const picture = `${pictures}/preview-${name.replaceAll(' ', '-')}-${lookName}.png`;
        await page.screenshot({ path: picture, fullPage: true });
        expect(await violations(page)).toEqual([]);
        expect(await overflows(page)).toBe(false);
        // What the page of a job tries in its frame is refused, and the browser says so.
        const refused = /sandboxed|Content Security Policy directive: "(default-src 'none'|img-src data:)"/;
        const frameless =
          name === 'HTML page' ? complaints.filter((text) => !refused.test(text)) : complaints;
        expect(frameless).toEqual([]);
        expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThanOrEqual(
          3000,
        );
        expect(await page.locator('main').innerText()).not.toMatch(/\b(NaN|undefined|null)\b/);
      },
    );
  }
});

describe.skipIf(reason !== undefined)('what a hostile job leaves', () => {
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
    const { page } = await open(`${job}?result=${result}`);
    const calls: string[] = [];
    page.on('request', (request) => calls.push(new URL(request.url()).pathname));
    await page.reload();
    await page.locator('section[aria-label^="Preview of"]').waitFor();
    await page.waitForLoadState('networkidle', { timeout: 2000 }).catch(() => {});
    expect(calls.filter((path) => path === '/hacked')).toEqual([]);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('main script').count()).toBe(0);
  });

  test('a page is drawn in a frame that can do nothing', async () => {
    const { page } = await open(`${job}?result=report&view=as:drawn`);
    const frame = page.locator('iframe');
    await frame.waitFor();
    expect(await frame.getAttribute('sandbox')).toBe('');
    await page.frameLocator('iframe').getByText('A report of the job').waitFor();
  });

  test('a PDF is drawn by the reader of the browser from the address of its bytes', async () => {
    const { page, complaints } = await open(`${job}?result=paper`);
    const frame = page.locator('iframe');
    await frame.waitFor();
    expect(await frame.getAttribute('src')).toBe('/files/report.pdf');
    await page.waitForTimeout(1000);
    await page.screenshot({ path: `${pictures}/preview-PDF-wide.png` });
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(reason !== undefined)('a FITS image', () => {
  test('tells value and place under the pointer', async () => {
    const { page } = await open(`${job}?result=sub`);
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
    const { page } = await open(`${job}?result=sub`);
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
    const { page } = await open(`${job}?result=sub`);
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
    const { page } = await open(`${job}?result=sub&view=zoom:1`);
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
    const { page } = await open(`${job}?result=sub`);
    await page.getByPlaceholder(/Find in \d+ cards/).fill('crval');
    await soon(() => page.locator('.card-box dt').allInnerTexts(), ['CRVAL1', 'CRVAL2']);
  });
});

describe.skipIf(reason !== undefined)('a table', () => {
  test('lays out only the rows in sight, and reads others when one goes there', async () => {
    const { page } = await open(`${job}?result=sub&view=hdu:1`);
    const rows = page.locator('.grid tbody tr');
    await page.getByText('star 1', { exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(80);
    await page.locator('.grid-box').evaluate((box) => {
      (box as unknown as { scrollTop: number }).scrollTop = 1e9;
    });
    await page.getByText('star 499', { exact: false }).first().waitFor();
    await soon(async () => (await rows.last().locator('td').nth(3).innerText()).trim(), 'star 499');
  });

  test('says unit, UCD and meaning of its columns', async () => {
    const { page } = await open(`${job}?result=sources`);
    const head = page.locator('.grid thead th').nth(2);
    expect(await head.getAttribute('title')).toContain('UCD pos.eq.ra');
    await page.getByRole('button', { name: 'What the columns are' }).click();
    await page.getByText('Right ascension, ICRS').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('that is longer than its first part is read on', async () => {
    const { page } = await open(`${job}?result=catalogue`);
    await page.getByRole('button', { name: /Read up to/ }).click();
    await page.getByText(/50.000 rows, 5 columns/).waitFor();
  });
});

describe.skipIf(reason !== undefined)('the results', () => {
  test('are opened, closed and walked through by keys, and the address remembers which', async () => {
    const { page } = await open(`${job}?result=sub`);
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
    const { page } = await open('/ui/services/bkg_sources/jobs/m4nyr3s5');
    await page.getByPlaceholder(/Find in 10.000 results/).fill('notes');
    await page.getByRole('button', { name: 'notes.txt', exact: true }).click();
    await page.getByText('line 3 of a long text').waitFor();
    await page.getByPlaceholder(/Find in/).fill('no such thing');
    await page.getByText('No result matches').waitFor();
    expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThanOrEqual(3000);
  });

  test('that are gone say so in their place', async () => {
    const { page } = await open('/ui/services/bkg_sources/jobs/g0n3r3s1');
    await page.getByText('gone.vot could not be read').waitFor();
    await page.getByText('The file is gone: the job was changed or destroyed.').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('the address of one is copied whole', async () => {
    const { page, context } = await open(job);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy address of cube.fits' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${server.url}/files/cube.fits`);
  });
});

describe.skipIf(reason !== undefined)('the log', () => {
  test('is searched as a whole on the server, and a match that is not loaded is gone to', async () => {
    const { page } = await open(`${job}?tab=log`);
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
    const { page } = await open(`${job}?tab=log`);
    await page.getByText('line 3999').waitFor();
    await page.getByLabel('Search in stdout').fill('WARNING');
    await page.getByText('42 in 42 lines').waitFor();
  });
});
