import { describe, expect, test } from 'vitest';
import * as crds from './crds-fixtures.ts';
import type { MockServer } from './mock-server.ts';
import { browserSuite } from './suite.ts';
import { overflows, settled, violations } from './visit.ts';
import { faults, looks, pageWalk } from './walk.ts';

const walk = pageWalk('calibration-pages.test.ts');
const suite = browserSuite('calibration-pages.test.ts');
const home = '/ui/calibration/hst';

/** Every page of the area with the text that shows it is there; `dark` = its colours are looked at in every look. */
const pages: Array<[name: string, address: string, sign: string, dark?: 'dark']> = [
  ['observatories', '/ui/calibration', 'jwst'],
  ['overview', `${home}?open=acs,acs/darkfile`, 'n99999gj_dar.fits', 'dark'],
  ['history', `${home}/contexts?pick=120,119`, 'Rows 1–5'],
  ['all contexts', `${home}/contexts?tab=all`, 'blacklisted', 'dark'],
  ['builds', `${home}/contexts?tab=builds`, '1.16.2'],
  ['contexts elsewhere', `${home}/contexts?tab=remote`, 'another one'],
  ['context', `${home}/contexts/hst_0349.pmap?open=acs`, 'It leads to 1 bad file'],
  ['references of a context', `${home}/contexts/hst_0349.pmap?tab=references`, 'Rows 1–5'],
  ['differences', `${home}/diff?old=hst_0348.pmap&new=hst_0349.pmap`, '4 000 lines added', 'dark'],
  ['nothing to compare', `${home}/diff`, 'Two contexts are compared'],
  ['ask for references', `${home}/best-references`, 'Values of a header'],
  ['best references', `${home}/best-references?dataset=j8wc7sq9q&type=darkfile`, '3 of 10 rules', 'dark'],
  ['explore', `${home}/explore?instrument=acs`, 'CCDGAIN', 'dark'],
  ['files', `${home}/files`, 'Rows 1–5'],
  ['file', `${home}/files/n3j1345gj_drk.fits`, 'Its bytes'],
  ['text of a file', `${home}/files/hst_acs_darkfile_0264.rmap?tab=contents&line=13`, 'UseAfter', 'dark'],
  ['header of a file', `${home}/files/n3j1345gj_drk.fits?tab=header`, 'TELESCOP'],
  ['uses of a file', `${home}/files/hst_acs_darkfile_0264.rmap?tab=uses`, 'Rows 1–5'],
  ['patterns of a file', `${home}/files/n3j1345gj_drk.fits?tab=patterns`, '1 way through'],
  ['history of a file', `${home}/files/n3j1345gj_drk.fits?tab=history`, 'file marked'],
  ['search', `${home}/search?q=n3j`, '1 found'],
  ['search without a find', `${home}/search?q=nothing`, 'Nothing is called'],
  ['affected', `${home}/affected`, 'hst_0349.pmap → hst_0350.pmap'],
  ['affected data', `${home}/affected/41`, 'Rows 1–5', 'dark'],
  ['affected data under way', `${home}/affected/42`, 'OTHERWISE'],
  ['datasets', `${home}/datasets`, 'Rows 1–5'],
  ['dataset', `${home}/datasets/j8wc00000%3Aj8wc00000`, 'GOODS-SOUTH'],
  ['soundness', `${home}/soundness`, 'The linked file is gone', 'dark'],
  ['nightly', `${home}/nightly`, 'everything else is well'],
];

/** Lists of five rows, where a hundred would only take time. */
function fewRows(server: MockServer): void {
  const lists: Array<[path: string, row: (index: number) => unknown]> = [
    ['files', crds.fileRow],
    ['files/hst_acs_darkfile_0264.rmap/uses', crds.fileRow],
    ['contexts', (index) => crds.contextRow(index + 3)],
    ['contexts/history', (index) => crds.history[index]],
    ['contexts/hst_0349.pmap/references', crds.contextReference],
    ['datasets', crds.datasetRow],
    ['affected/41/rows', crds.affectedRow],
    ['affected/42/rows', crds.affectedRow],
  ];
  for (const [path, row] of lists)
    server.setAnswer(`/api/crds/observatories/hst/${path}`, {
      rows: Array.from({ length: 5 }, (_, index) => row(index)),
      newer: null,
      older: null,
      about: 5,
      tookMs: 1,
    });
}

describe.skipIf(walk.reason !== undefined)('the pages of calibration', () => {
  for (const [lookName, look] of looks) {
    const seen = pages.filter(([, , , dark]) => lookName !== 'dark' || dark !== undefined);
    test.each(seen)(
      `${lookName}: %s is accessible, fits, and breaks no rule of the browser`,
      async (name, address, sign, dark) => {
        fewRows(walk.server());
        // Structure is that of the wide page; colours and sizes are looked at where there are most of them.
        const narrow = dark === undefined ? 'none' : 'all';
        const audit = ({ wide: 'all', dark: 'colours', narrow } as const)[lookName];
        const visited = await walk.goTo(address, look, sign);
        expect(await faults(visited, `calibration-${name}-${lookName}`, { audit })).toEqual([]);
      },
    );
  }
});

describe.skipIf(suite.reason !== undefined)('the pages of calibration', () => {
  test('that cannot be read say so in their place, and try again', async () => {
    suite.server().remove('/api/crds/observatories/hst/files/n3j1345gj_drk.fits');
    const { page } = await suite.visit(`${home}/files/n3j1345gj_drk.fits`);
    await page.getByRole('alert').getByText('It could not be read').waitFor();
    await page.getByRole('heading', { name: 'n3j1345gj_drk.fits' }).waitFor();
    expect(await violations(page)).toEqual([]);
    for (const part of ['mirror', 'report']) suite.server().remove(`/api/crds/observatories/hst/${part}`);
    await page.goto(`${suite.server().url}${home}/soundness`);
    await page.getByText('It mirrors no other server').waitFor();
    await page.goto(`${suite.server().url}${home}/nightly`);
    await page.getByText('The first night has not passed yet').waitFor();
  });

  test('at 320 px nothing but tables inside their panels scrolls sideways', async () => {
    const visited = await suite.visit(home, { width: 320, height: 640 });
    const { page } = visited;
    for (const part of [
      '',
      '/best-references?dataset=j8wc7sq9q&type=darkfile',
      '/affected/41',
      '/soundness',
    ]) {
      await page.goto(suite.server().url + home + part);
      await page.locator('h1').waitFor();
      await settled(visited);
      expect([part, await overflows(page)]).toEqual([part, false]);
    }
  });
});
