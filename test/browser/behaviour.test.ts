import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as fixtures from './fixtures.ts';
import { browserSuite, elements, soon } from './suite.ts';
import { violations } from './visit.ts';

const suite = browserSuite('behaviour.test.ts');
const { open, server } = suite;

/** Lets the page's clock run on until the text is there; what it asks the server meanwhile takes real time. */
function passUntil(page: Page, text: string) {
  const read = async () => {
    await page.clock.runFor(5_000);
    return page.getByText(text, { exact: true }).count();
  };
  return expect.poll(read, { timeout: 20_000, interval: 100 }).toBe(1);
}

describe.skipIf(suite.reason !== undefined)('the first load', () => {
  test('stays within its budget and loads pages when they are opened', async () => {
    const context = await suite.browser().newContext();
    const page = await context.newPage();
    const sizes = { js: 0, css: 0, fonts: 0 };
    const names: string[] = [];
    page.on('response', async (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith('/assets/')) return;
      names.push(pathname);
      const body = await response.body();
      if (pathname.endsWith('.js')) sizes.js += gzipSync(body).length;
      if (pathname.endsWith('.css')) sizes.css += gzipSync(body).length;
      if (pathname.endsWith('.woff2')) sizes.fonts += body.length;
    });
    await page.goto(`${server().url}/ui/?view=board`);
    await page.getByText('things are overdue').waitFor();
    await page.waitForLoadState('load');
    console.info(
      `first load: ${sizes.js} B of gzip JavaScript, ${sizes.css} B of CSS, ${sizes.fonts} B of fonts`,
    );
    expect(sizes.js).toBeLessThanOrEqual(190_000);
    expect(sizes.css).toBeLessThanOrEqual(45_000);
    expect(sizes.fonts).toBeLessThanOrEqual(110_000);
    expect(names.filter((name) => /\/(job|form|jobs)-/.test(name))).toEqual([]);
    await context.close();
  });
});

describe.skipIf(suite.reason !== undefined)('signing in', () => {
  test('an anonymous visitor meets the door, is told what was wrong, and goes on to where he wanted to be', async () => {
    server().setMe(fixtures.nobody);
    const page = await open('/ui/services/jobs?q=phase:ERROR');
    await page.getByLabel('Account').fill('op');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The account or the password is wrong. Try again.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Password').fill('right');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Rows 1–100').waitFor();
    expect(page.url()).toBe(`${server().url}/ui/services/jobs?q=phase%3AERROR`);
  });

  test('a password that is due stands before everything else', async () => {
    server().setMe({ ...fixtures.me, mustChangePassword: true });
    const page = await open('/ui/services');
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Present password').fill('first-password');
    await page.getByLabel('New password', { exact: true }).fill('a few good words');
    await page.getByLabel('New password, again').fill('a few bad words');
    await page.getByText('The two new passwords differ.').waitFor();
    await page.getByLabel('New password, again').fill('a few good words');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('bkg_sources').first().waitFor();
    expect(JSON.parse(server().sent.at(-1)?.body ?? '')).toEqual({
      currentPassword: 'first-password',
      newPassword: 'a few good words',
    });
  });
});

describe.skipIf(suite.reason !== undefined)('a list of 100,000 jobs', () => {
  test('goes older and newer by keyset and stays small', async () => {
    const page = await open('/ui/services/jobs');
    await page.getByText('Rows 1–100').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(100);
    expect(await elements(page)).toBeLessThanOrEqual(3000);
    await page.keyboard.press(']');
    await page.getByRole('link', { name: fixtures.jobRow(100).id }).waitFor();
    expect(new URL(page.url()).searchParams.get('cursor')).toBe('100');
    await page.keyboard.press('[');
    await page.getByRole('link', { name: fixtures.jobRow(0).id }).waitFor();
  });

  test('is filtered by its line, by its facets, and by its address', async () => {
    const page = await open('/ui/services/jobs');
    await page.getByText('Rows 1–100').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('owner:a.duarte');
    await page.keyboard.press('Enter');
    await soon(() => new URL(page.url()).searchParams.get('q'), 'owner:a.duarte');
    await page.getByRole('button', { name: /ERROR/ }).click();
    await soon(() => new URL(page.url()).searchParams.get('q'), 'phase:ERROR owner:a.duarte');
    await soon(async () => new Set(await page.locator('tbody .word').allInnerTexts()), new Set(['ERROR']));
  });

  test('never shifts under the pointer: changes are patched in place, new jobs wait behind their count', async () => {
    const page = await open('/ui/services/jobs');
    await page.getByText('Rows 1–100').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const first = fixtures.jobRow(0);
    await soon(() => server().openStreams(), 1);
    server().publish('uws.job', 'brandnew1', { definition: 'hello', phase: 'PENDING', ownerId: null });
    server().publish('uws.job', 'brandnew2', { definition: 'hello', phase: 'PENDING', ownerId: null });
    // A job of another page moves on: that is no new one.
    server().publish('uws.job', 'elsewhere', { definition: 'hello', phase: 'EXECUTING', ownerId: null });
    await page.getByText('2 newer rows — show').waitFor();
    expect(await page.locator('tbody tr').first().locator('a').first().innerText()).toBe(first.id);
    server().setAnswer(`/api/uws/jobs/${first.id}`, { ...fixtures.completedJob, ...first, phase: 'HELD' });
    server().publish('uws.job', first.id, { definition: first.definition, phase: 'HELD', ownerId: null });
    await soon(() => page.locator('tbody tr').first().locator('.word').first().innerText(), 'HELD');
    await page.keyboard.press('.');
    await soon(() => page.getByText('newer rows — show').count(), 0);
  });

  test('keeps state, id and the deciding figure on a telephone, the rest under the row', async () => {
    const page = await open('/ui/services/jobs', { width: 390, height: 844 });
    await page.getByText('Rows 1–100').waitFor();
    expect(await page.locator('thead th').allInnerTexts()).toEqual(['Phase', 'Job', 'Ran', 'More']);
    await page.getByRole('button', { name: `More of ${fixtures.jobRow(1).id}` }).click();
    await page.locator('tr.folded').getByText('a.duarte').waitFor();
  });
});

describe.skipIf(suite.reason !== undefined)('the connection', () => {
  test('is one for all tabs of a browser, and every tab hears of changes', async () => {
    const { page: first, context } = await suite.visit('/ui/services/bkg_sources/jobs/p8w2v5h1');
    await first.getByText('Live', { exact: true }).waitFor();
    const second = await context.newPage();
    await second.goto(`${server().url}/ui/services/bkg_sources/jobs/p8w2v5h1`);
    await second.getByText('Live', { exact: true }).waitFor();
    await soon(() => server().openStreams(), 1);
    server().setAnswer('/api/uws/jobs/p8w2v5h1', { ...fixtures.completedJob, id: 'p8w2v5h1' });
    server().publish('uws.job', 'p8w2v5h1', { definition: 'bkg_sources', phase: 'COMPLETED', ownerId: null });
    await first.locator('.pill').getByText('COMPLETED').waitFor();
    await second.locator('.pill').getByText('COMPLETED').waitFor();
  });

  test('says when it is lost, asks every 10 s after half a minute, and recovers', async () => {
    const page = await open('/ui/?view=board', { runnable: true });
    await page.getByText('Live', { exact: true }).waitFor();
    await soon(() => server().openStreams(), 1);
    server().setStreams(false);
    await page.getByText('Reconnecting').waitFor();
    await passUntil(page, 'Every 10 s');
    server().setStreams(true);
    await passUntil(page, 'Live');
  });
});

describe.skipIf(suite.reason !== undefined)('a form', () => {
  test('names what is missing in a summary that takes the focus, and says the equal command', async () => {
    const page = await open('/ui/services/bkg_sources');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('1 field needs a look').waitFor();
    await soon(() => page.evaluate('document.activeElement?.getAttribute("role")'), 'alert');
    await page.getByRole('button', { name: '6 more settings' }).click();
    await page.getByLabel('mesh').fill('8');
    await page.getByText('Give a number from 16 to 512 px.').first().waitFor();
    await page.getByLabel('mesh').fill('32');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'tile 7.fits', mimeType: 'image/fits', buffer: Buffer.alloc(2880) });
    const line = await page.locator('aside pre').innerText();
    expect(line).toContain("-F 'input=@tile 7.fits'");
    expect(line).toContain('--form-string mesh=32');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/jobs\/p8w2v5h1$/);
    const { body } = server().sent.at(-1) ?? { body: '' };
    expect(body).toContain('name="job"');
    expect(body).toContain('"parameters":{"mesh":"32"}');
    expect(body).toContain('name="input"; filename="tile 7.fits"');
  });

  test('keeps its draft over a reload and takes values from its address', async () => {
    const page = await open('/ui/services/bkg_sources?mesh=128');
    await page.getByLabel('threshold').fill('2.5');
    await page.reload();
    await soon(() => page.getByLabel('threshold').inputValue(), '2.5');
    expect(await page.getByLabel('mesh').inputValue()).toBe('128');
  });
});

describe.skipIf(suite.reason !== undefined)('a job', () => {
  const job = '/ui/services/bkg_sources/jobs/k3m9x7q2';

  test('shows its results: tables, header cards with a search, histograms, and text that is never run', async () => {
    const page = await open(job);
    await page.getByAltText('quicklook.png as the job made it').waitFor();
    await page.getByRole('button', { name: 'sources.csv', exact: true }).click();
    await page.getByRole('columnheader', { name: 'flux' }).waitFor();
    await page.getByRole('button', { name: 'header.json', exact: true }).click();
    await page.getByPlaceholder('Find in 5 cards').fill('tele');
    await soon(() => page.getByRole('table', { name: 'Header cards' }).locator('tbody tr').count(), 1);
    await page.getByRole('button', { name: 'histogram.json', exact: true }).click();
    await page.getByRole('img', { name: /Histogram of 64 bins/ }).waitFor();
    await page.getByRole('button', { name: 'stdout.txt', exact: true }).click();
    await page.getByText('<script>alert(1)</script>').waitFor();
  });

  test('shows the end of its log at once, only the lines in sight, and counts what a search finds', async () => {
    const page = await open(`${job}?tab=log`);
    await page.getByText('line 3999 of the log').waitFor();
    expect(await page.locator('.log .line').count()).toBeLessThan(120);
    await page.getByRole('button', { name: /error line/ }).click();
    await page.locator('.line.at').getByText('<b>not bold</b>').waitFor();
    await page.getByPlaceholder('search').fill('masked');
    const found = Number((await page.locator('.panel-head .nowrap').innerText()).replace(/\D/g, ''));
    expect(found).toBeGreaterThan(8);
    await page.getByRole('button', { name: /Earlier lines/ }).click();
    await soon(async () => await page.getByRole('button', { name: /Earlier lines/ }).count(), 0);
  });

  test('is aborted only after a question that starts on the harmless button and gives the focus back', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/p8w2v5h1');
    await page.getByRole('button', { name: 'Abort …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Abort job p8w2v5h1?' });
    await dialog.waitFor();
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Keep running');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await soon(() => dialog.count(), 0);
    await soon(() => page.evaluate('document.activeElement?.textContent'), 'Abort …');
    await page.getByRole('button', { name: 'Abort …' }).click();
    await dialog.getByRole('button', { name: 'Abort job' }).click();
    await soon(() => server().sent.at(-1), {
      method: 'POST',
      path: '/api/uws/jobs/p8w2v5h1/phase',
      body: '{"phase":"ABORT"}',
    });
  });

  test('says why it failed, with the evidence and what can be done', async () => {
    const page = await open('/ui/services/bkg_sources/jobs/e0rr0rj1');
    const why = page.getByRole('region', { name: 'Why did it fail?' });
    await why.getByText('3.9 GB of 2 GB').waitFor();
    await why.getByRole('link', { name: 'Run again with changes' }).click();
    await page.waitForURL(/bkg_sources\?again=e0rr0rj1$/);
    await soon(() => page.getByLabel('threshold').inputValue(), '2.5');
  });
});

describe.skipIf(suite.reason !== undefined)('the keyboard', () => {
  test('finds an object, goes to an area, walks a list, and shows its map', async () => {
    const page = await open('/ui/?view=board');
    await page.getByText('things are overdue').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await page.keyboard.type('k3m9');
    await page.getByRole('option', { name: /k3m9x7q2/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/jobs\/k3m9x7q2$/);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL(/\/ui\/services$/);
    // The crumbs of the page before have a link of the same name.
    await page
      .getByRole('table', { name: 'Definitions' })
      .getByRole('link', { name: 'bkg_sources' })
      .waitFor();
    await page.keyboard.press('j');
    await page.locator('tr[data-cursor]').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/ui\/services\/bkg_sources$/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('find anything').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe.skipIf(suite.reason !== undefined)('what fails', () => {
  test('is said in its place, with a way to try again, and the rest stays', async () => {
    server().setFailing(true);
    server().setMe(fixtures.me);
    const page = await open('/ui/services');
    await page.getByText('The server cannot be reached').waitFor({ timeout: 20_000 });
    await page.getByText('The database took longer than 5 s.').waitFor();
    server().setFailing(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('bkg_sources').first().waitFor();
  });

  test('a refusal stands where the act was', async () => {
    const page = await open('/ui/?view=board');
    await page.route('**/phase', (route) =>
      route.fulfill({
        status: 409,
        json: { code: 'uws.run-gone', message: 'The run has ended already.', requestId: 'x' },
      }),
    );
    await page.getByRole('button', { name: 'Abort again' }).click();
    await page.getByRole('alert').getByText('The run has ended already.').waitFor();
  });
});
