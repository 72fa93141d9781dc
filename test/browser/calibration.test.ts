import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fitsFile } from '../support/fits.ts';
import * as crds from './crds-fixtures.ts';
import * as fixtures from './fixtures.ts';
import { asked, browserSuite, elements, soon } from './suite.ts';
import { settled, violations } from './visit.ts';

const suite = browserSuite('calibration.test.ts');
const { open, server, lastSent } = suite;
const home = '/ui/calibration/hst';
const api = '/api/crds/observatories/hst';

describe.skipIf(suite.reason !== undefined)('an observatory', () => {
  test('that is the only one is gone to at once', async () => {
    server().setAnswer('/api/crds/observatories', { rows: [crds.observatory], tookMs: 1 });
    const page = await open('/ui/calibration');
    await page.waitForURL(/\/calibration\/hst$/);
    await page.getByRole('heading', { name: /hst_0349\.pmap is in force/ }).waitFor();
  });

  test('unfolds instruments and types, as the address says', async () => {
    const page = await open(home);
    await page.getByText('acs', { exact: true }).click();
    await page.getByText('darkfile', { exact: true }).click();
    await page.getByRole('link', { name: 'n99999gj_dar.fits' }).waitFor();
    await soon(() => asked(page, 'open'), 'acs,acs/darkfile');
    await page.reload();
    await page.getByRole('link', { name: 'n99999gj_dar.fits' }).waitFor();
    await page.getByText('acs', { exact: true }).click();
    await soon(() => asked(page, 'open'), null);
  });

  test('tells clients what to set, in their language', async () => {
    const page = await open(home);
    const block = page.getByRole('region', { name: 'Environment of clients' });
    await block.getByText('export CRDS_PATH="$HOME/crds_cache"').waitFor();
    await block.getByRole('button', { name: 'Python' }).click();
    await block.getByText('os.environ["CRDS_SERVER_URL"] = "https://scops.example.org/crds/hst"').waitFor();
  });

  test('is asked anew when an event says that its contexts changed', async () => {
    const page = await open(home);
    await page.getByText('Live', { exact: true }).waitFor();
    await soon(() => server().openStreams(), 1);
    const contexts = { ...crds.observatory.contexts, latest: 'hst_0350.pmap' };
    server().setAnswer(api, { ...crds.observatory, contexts });
    server().publish('crds.context', 'jwst', { kind: 'latest', context: 'x', before: null });
    server().publish('crds.context', 'hst', { kind: 'latest', context: 'hst_0350.pmap', before: null });
    await page.getByRole('heading', { name: /hst_0350\.pmap is in force/ }).waitFor();
  });

  test('is there for those who may only read, without what they may not do', async () => {
    server().setMe({ ...fixtures.nobody, permissions: ['crds.read'] });
    server().setAnswer(api, { ...crds.observatory, acts: { operate: false, register: false } });
    const page = await open(`${home}/contexts`);
    await page.getByText('Rows 1–100').waitFor();
    expect(await page.getByRole('button', { name: 'Set context …' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Work' }).count()).toBe(0);
  });
});

describe.skipIf(suite.reason !== undefined)('contexts', () => {
  test('of which two are ticked are compared, the older one first', async () => {
    const page = await open(`${home}/contexts`);
    await page.getByLabel('Select 120').click();
    await page.getByLabel('Select 117').click();
    await soon(() => asked(page, 'pick'), '120,117');
    await page.getByRole('button', { name: 'Compare hst_0346.pmap with hst_0349.pmap' }).click();
    await page.waitForURL(/\/diff\?/);
    expect([asked(page, 'old'), asked(page, 'new')]).toEqual(['hst_0346.pmap', 'hst_0349.pmap']);
  });

  test('are set by operators, who see before what stands against it, and the refusal', async () => {
    const page = await open(`${home}/contexts`);
    await page.getByRole('button', { name: 'Set context …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Set a context of hst' });
    await dialog.getByText('Nothing stands against it.').waitFor();
    const act = dialog.getByRole('button', { name: 'Set latest context' });
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByLabel('Context', { exact: true }).fill(crds.blockedContext.name);
    await dialog.getByText('which is marked bad: hot columns were not masked').waitFor();
    await dialog.getByLabel('Description').fill('superdarks of June');
    expect(await violations(page)).toEqual([]);
    server().refuseNext({ code: 'crds.context-bad', message: 'The context leads to a bad file.' });
    await act.click();
    await dialog.getByText('The context leads to a bad file.').waitFor();
    await dialog.getByLabel('Context', { exact: true }).fill('hst_0350.pmap');
    await act.click();
    await dialog.waitFor({ state: 'detached' });
    expect(lastSent()).toEqual({
      method: 'POST',
      path: `${api}/contexts`,
      body: { kind: 'latest', context: 'hst_0350.pmap', description: 'superdarks of June' },
    });
  });

  test('that differ in 41,000 rules are shown file by file, and the page stays small', async () => {
    const page = await open(`${home}/diff?old=hst_0348.pmap&new=hst_0349.pmap`);
    await page.getByText('41 000 changes in 41 mappings').waitFor();
    const jumps = page.getByRole('navigation', { name: 'Mappings that differ' });
    await jumps.getByText('acs darkfile').click();
    const rules = page.getByRole('table', { name: 'Rules of hst_acs_darkfile_0264.rmap that changed' });
    await rules.getByText('replaced').waitFor();
    await page.getByRole('region', { name: /Text of hst_acs_darkfile_0263/ }).waitFor();
    expect(await elements(page)).toBeLessThanOrEqual(3000);
    await page.getByRole('button', { name: /Show more of 40\s012/ }).click();
    await soon(() => rules.locator('tbody tr').count(), 200);
    await page.getByRole('button', { name: 'Fold all' }).click();
    await soon(() => rules.count(), 0);
    await page.keyboard.press('n');
    await page.getByRole('table', { name: 'Rules of hst_0349.pmap that changed' }).waitFor();
  });
});

describe.skipIf(suite.reason !== undefined)('best references', () => {
  /** An image of 20 MB with a header. */
  const exposure = () =>
    Buffer.from(
      fitsFile({
        bitpix: 16,
        width: 4000,
        height: 2500,
        stored: () => 1,
        cards: { INSTRUME: 'ACS', DETECTOR: 'WFC', CCDGAIN: 2 },
      }),
    );

  test('of a dropped file: only its header is read, only what counts goes into the address', async () => {
    const page = await open(`${home}/best-references`);
    const file = { name: 'j8wc7sq9q_raw.fits', mimeType: 'application/fits', buffer: exposure() };
    await page.locator('#exposure-file').setInputFiles(file);
    await page.getByRole('heading', { name: /Which references does j8wc7sq9q_raw\.fits need/ }).waitFor();
    await page.getByText(/of 1\sheader, [\d.]+\skB of 20(\.\d)?\sMB read/).waitFor();
    const sent = server().sent.find(({ path }) => path === `${api}/best-references`);
    const { header } = JSON.parse(sent?.body ?? '{}') as { header: Record<string, string> };
    expect(header).toMatchObject({ INSTRUME: 'ACS', DETECTOR: 'WFC', CCDGAIN: '2', NAXIS1: '4000' });
    const kept = Object.fromEntries(new URLSearchParams(asked(page, 'header') ?? ''));
    expect(kept).toEqual({
      INSTRUME: 'acs',
      CCDAMP: 'C',
      CCDGAIN: '2',
      'DATE-OBS': '2003-03-08',
      DETECTOR: 'WFC',
      'TIME-OBS': '17:41:55',
    });
    expect(server().sent.filter(({ path }) => path === `${api}/best-references`)).toHaveLength(1);
  });

  test('of a packed file and of an ASDF file are asked for with what these say', async () => {
    const page = await open(`${home}/best-references`);
    const packed = {
      name: 'j8wc7sq9q_raw.fits.gz',
      mimeType: 'application/gzip',
      buffer: gzipSync(exposure()),
    };
    await page.locator('#exposure-file').setInputFiles(packed);
    await page.getByRole('heading', { name: /Which references does j8wc7sq9q_raw\.fits\.gz need/ }).waitFor();
    const asdf = '#ASDF 1.0.0\n%YAML 1.1\n---\nmeta:\n  instrument: {name: ACS, detector: WFC}\n...\n';
    await page.goto(`${server().url}${home}/best-references`);
    const file = { name: 'exposure.asdf', mimeType: 'application/octet-stream', buffer: Buffer.from(asdf) };
    await page.locator('#exposure-file').setInputFiles(file);
    await page.getByRole('heading', { name: /Which references does exposure\.asdf need/ }).waitFor();
    const headers = server()
      .sent.filter(({ path }) => path === `${api}/best-references`)
      .map(({ body }) => (JSON.parse(body) as { header: Record<string, string> }).header);
    expect(headers[0]).toMatchObject({ INSTRUME: 'ACS', NAXIS1: '4000' });
    expect(headers.at(-1)).toEqual({ 'META.INSTRUMENT.NAME': 'ACS', 'META.INSTRUMENT.DETECTOR': 'WFC' });
  });

  test('of a file that is no FITS file are not asked for', async () => {
    const page = await open(`${home}/best-references`);
    const file = { name: 'notes.fits', mimeType: 'text/plain', buffer: Buffer.from('hello') };
    await page.locator('#exposure-file').setInputFiles(file);
    await page.getByText('this is no FITS file').waitFor();
    expect(server().sent).toEqual([]);
  });

  test('are asked for with an id or with typed values, in a chosen context', async () => {
    const page = await open(`${home}/best-references`);
    await page.getByLabel('context').selectOption('hst-edit');
    await page.getByLabel('Id of a dataset').fill('j8wc7sq9q');
    await page.getByRole('button', { name: 'Ask with the id' }).click();
    await page.getByText('4 references, 1 type not found, 2 types do not apply').waitFor();
    expect(server().sent[0]?.body).toBe('{"context":"hst-edit","dataset":"j8wc7sq9q"}');
    await page.getByRole('button', { name: 'Ask for another' }).click();
    await page.getByLabel('Values of a header').fill('INSTRUME = ACS\nsomething else');
    await page.getByText('is no KEY = value').waitFor();
    await page.getByLabel('Values of a header').fill("INSTRUME = ACS\n# note\nDETECTOR: 'WFC'");
    await page.getByRole('button', { name: 'Ask with values' }).click();
    await page.getByText('4 references').waitFor();
    const { body } = server().sent.findLast(({ path }) => path === `${api}/best-references`) ?? {};
    expect(JSON.parse(body ?? '')).toEqual({
      context: 'hst-edit',
      header: { INSTRUME: 'ACS', DETECTOR: 'WFC' },
    });
  });

  test('say why: what fits, what fails by which value, and where the exposure lies', async () => {
    const page = await open(`${home}/best-references?dataset=j8wc7sq9q&compare=hst_0348.pmap`);
    // What has no reference is explained first.
    await page.locator('tr.on').getByText('crrejtab').waitFor();
    await page.getByRole('button', { name: 'darkfile' }).click();
    const why = page.locator('#why');
    await why.getByText('3 of 10 rules match').waitFor();
    expect(await why.locator('tr.won').count()).toBe(3);
    expect((await why.locator('s').first().innerText()).startsWith('1.0')).toBe(true);
    expect(await why.locator('.date-line .chosen').innerText()).toContain('n3j1345gj');
    await why.getByText('the exposure of 2003-03-08 17:41:55').waitFor({ state: 'attached' });
    await page.getByRole('region', { name: 'What differs' }).getByText('n3j1345fj_drk.fits').waitFor();
    await page.keyboard.press('j');
    await soon(() => asked(page, 'type'), 'idctab');
    await page.getByRole('button', { name: 'darkfile' }).click();
    await why.getByRole('link', { name: /DETECTOR HRC/ }).click();
    const changed = () => Object.fromEntries(new URLSearchParams(asked(page, 'header') ?? ''));
    await soon(() => changed().DETECTOR, 'HRC');
    expect(changed()['DATE-OBS']).toBe('2003-03-08');
  });

  test('are explored by menus from the rules, and by any other text', async () => {
    const page = await open(`${home}/explore`);
    await page.getByText('Choose an instrument').waitFor();
    await page.getByLabel('instrument').selectOption('acs');
    await page.getByLabel('CCDGAIN').selectOption('2.0');
    const choices = () => (lastSent().body as { choices: object }).choices;
    await soon(choices, { CCDGAIN: '2.0' });
    await page.getByLabel('DETECTOR').selectOption({ label: 'another value …' });
    await page.getByLabel('DETECTOR').fill('XYZ');
    await page.keyboard.press('Enter');
    await soon(choices, { CCDGAIN: '2.0', DETECTOR: 'XYZ' });
    await page.reload();
    await soon(choices, { CCDGAIN: '2.0', DETECTOR: 'XYZ' });
    expect(await page.getByLabel('CCDGAIN').inputValue()).toBe('2.0');
    await page.getByRole('button', { name: 'Clear 2 values' }).click();
    await soon(choices, {});
  });
});

describe.skipIf(suite.reason !== undefined)('files', () => {
  test('are paged by keyset through 100,000 and found by state and name', async () => {
    const page = await open(`${home}/files`);
    await page.getByText('Rows 1–100').waitFor();
    expect(await elements(page)).toBeLessThanOrEqual(3000);
    await page.keyboard.press(']');
    await page.getByRole('link', { name: 'n99900gj_dar.fits' }).waitFor();
    expect(asked(page, 'cursor')).toBe('100');
    await page.getByRole('button', { name: /operational/ }).click();
    await soon(() => asked(page, 'q'), 'state:operational');
    await page.locator('.filter-query input').fill('nothing_is_called_so');
    await page.getByText('No file matches').waitFor();
  });

  test('show their text with an address for each line and links to what they name', async () => {
    const page = await open(`${home}/files/hst_acs_darkfile_0264.rmap?tab=contents&line=40013`);
    await page.getByRole('link', { name: 'n40012gj_drk.fits' }).waitFor();
    await page.getByText('Lines 40 001–60 000 of 60 000.').waitFor();
    expect(await elements(page)).toBeLessThanOrEqual(3000);
    expect(await page.locator('.text-lines .at').innerText()).toMatch(/^40\s013/);
    await page.keyboard.press('n');
    await soon(() => asked(page, 'line'), '40014');
    await page.getByRole('link', { name: 'n40013gj_drk.fits' }).click();
    await page.getByRole('heading', { name: 'n40013gj_drk.fits' }).waitFor();
  });

  test('that pipelines use are marked bad only with a reason and on purpose', async () => {
    const page = await open(`${home}/files/n3j1345gj_drk.fits`);
    await page.getByRole('button', { name: 'Mark bad …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('hot columns');
    const act = dialog.getByRole('button', { name: 'Mark bad' });
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByRole('checkbox').click();
    expect(await violations(page)).toEqual([]);
    await act.click();
    await dialog.waitFor({ state: 'detached' });
    expect(lastSent()).toEqual({
      method: 'POST',
      path: `${api}/files/n3j1345gj_drk.fits/bad`,
      body: { bad: true, reason: 'hot columns', force: true },
    });
  });
});

describe.skipIf(suite.reason !== undefined)('affected data', () => {
  test('are narrowed by type and by exposure, and exported as they are shown', async () => {
    const page = await open(`${home}/affected/41`);
    await page.getByText('Rows 1–100').waitFor();
    await page.getByRole('button', { name: '99 000 acs darkfile' }).click();
    await soon(() => asked(page, 'type'), 'darkfile');
    const plot = page.locator('.exposures .plot');
    const box = (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(box.x + box.width * 0.2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
    await page.mouse.up();
    await soon(() => asked(page, 'since')?.slice(8, 10), '01');
    expect(Date.parse(asked(page, 'before') ?? '')).toBeGreaterThan(Date.parse(asked(page, 'since') ?? ''));
    await page.getByRole('button', { name: 'Export …' }).click();
    const href = await page.getByRole('menuitem', { name: /Product ids/ }).getAttribute('href');
    const wanted = new URL(href ?? '', 'http://x').searchParams;
    expect([wanted.get('type'), wanted.get('format')]).toEqual(['darkfile', 'ids']);
    expect(wanted.get('since')).toBe(asked(page, 'since'));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'All exposures' }).click();
    await soon(() => asked(page, 'since'), null);
  });

  test('that are still being computed show how far, and can be cancelled after a question', async () => {
    const page = await open(`${home}/affected/42`);
    await page.getByText('61 000 datasets looked at').waitFor();
    await page.getByRole('button', { name: 'Cancel comparison …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel comparison' }).click();
    await soon(() => lastSent().path, `${api}/affected/42/cancel`);
    await page.locator('.pill').getByText('cancelling').waitFor();
  });

  test('fill while they are computed, without a reload', async () => {
    const none = { rows: [], newer: null, older: null, about: 0, tookMs: 1 };
    server().setAnswer(`${api}/affected/42/rows`, none);
    server().setAnswer(`${api}/affected/42`, { ...crds.runningRun, affected: 0 });
    const page = await open(`${home}/affected/42`, { runnable: true });
    await page.getByText('None so far').waitFor();
    server().setAnswer(`${api}/affected/42/rows`, { ...none, rows: [crds.affectedRow(0)], about: 1 });
    server().setAnswer(`${api}/affected/42`, { ...crds.runningRun, state: 'done', affected: 1 });
    await page.clock.runFor(3000);
    await page.locator('.pill').getByText('done').waitFor();
    await page.getByRole('link', { name: 'j8wc00000:j8wc00000' }).waitFor();
  });

  test('are asked for between two contexts', async () => {
    const page = await open(`${home}/affected`);
    await page.getByRole('button', { name: 'Compare two contexts …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Exposures since').fill('2010-01-01');
    await dialog.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.waitForURL(/\/affected\/42/);
    expect(server().sent[0]?.body).toBe(
      '{"old":"hst_0349.pmap","new":"hst_0350.pmap","since":"2010-01-01T00:00:00.000Z"}',
    );
  });
});

describe.skipIf(suite.reason !== undefined)('the sign-in page', () => {
  const says = 'is open to everybody';

  test('leads those without an account to what they may read', async () => {
    server().setMe({ ...fixtures.nobody, permissions: ['crds.read'] });
    const page = await open('/ui/sign-in');
    await page.getByText(says).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Calibration' }).click();
    await page.waitForURL(/\/ui\/calibration/);
    await page.getByRole('heading', { level: 1 }).waitFor();
  });

  test.each([
    ['nothing is open', [], { rows: [crds.observatory], tookMs: 1 }],
    ['there is no observatory', ['crds.read'], { rows: [], tookMs: 1 }],
  ])('says nothing of it where %s', async (_what, permissions, observatories) => {
    server().setMe({ ...fixtures.nobody, permissions });
    server().setAnswer('/api/crds/observatories', observatories);
    const visited = await suite.visit('/ui/sign-in');
    await visited.page.getByLabel('Account').waitFor();
    await settled(visited);
    expect(await visited.page.getByText(says).count()).toBe(0);
  });
});
