import { describe, expect, test } from 'vitest';
import * as fixtures from './fixtures.ts';
import * as panda from './panda-fixtures.ts';
import { asked, browserSuite, soon } from './suite.ts';
import { overflows, violations } from './visit.ts';

const suite = browserSuite('work-people.test.ts');
const { open, server } = suite;

describe.skipIf(suite.reason !== undefined)('the page of a user', () => {
  test.each([1440, 390])(
    '%s px wide: says what runs, why jobs failed, and which were the last',
    async (width) => {
      const page = await open('/ui/work/users/a.duarte', { width, height: 900 });
      await page.getByRole('heading', { name: /^a\.duarte [\d\s]+ jobs? running/ }).waitFor();
      await page.getByRole('table', { name: 'Last jobs' }).getByRole('link').first().waitFor();
      await page.getByRole('table', { name: 'Why jobs failed' }).getByText('pilot 1305').waitFor();
      expect(await violations(page)).toEqual([]);
      expect(await overflows(page)).toBe(false);
    },
  );

  test('leads to lists of that user alone', async () => {
    const page = await open('/ui/work/users/a.duarte');
    await page
      .getByRole('table', { name: 'Why jobs failed' })
      .getByRole('link', { name: 'pilot 1305' })
      .click();
    await soon(() => asked(page, 'q'), 'owner:a.duarte status:failed error:pilot:1305');
  });

  test('is what the name of an owner leads to', async () => {
    const page = await open(`/ui/work/jobs/${panda.failedJob.id}`);
    await page.getByRole('link', { name: panda.failedJob.owner, exact: true }).click();
    await page.waitForURL(`**/ui/work/users/${encodeURIComponent(panda.failedJob.owner)}`);
  });

  test('says that there is nothing to see, and why', async () => {
    const nothing = { rows: [], newer: null, older: null, about: 0, tookMs: 1, searchedTo: null };
    server().setAnswer('/api/panda/jobs', nothing);
    server().setAnswer('/api/panda/jobs/facets', { states: {}, finalHours: null, exact: true, tookMs: 1 });
    const page = await open('/ui/work/users/nobody');
    await page.getByText('No job that you may see').first().waitFor();
    await page.getByText('Jobs of others are seen by operators').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe.skipIf(suite.reason !== undefined)('my work', () => {
  test('has the jobs of PanDA beside those of services', async () => {
    const page = await open('/ui/?view=mine');
    await page.getByRole('table', { name: 'My last PanDA jobs' }).getByRole('link').first().waitFor();
    await page.getByRole('heading', { name: /of yours (is|are) on the way/ }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('is not asked for PanDA where one may not look', async () => {
    server().setMe({ ...fixtures.me, permissions: ['core.read', 'uws.job.read'] });
    const page = await open('/ui/?view=mine');
    await page.getByRole('heading', { name: 'My last jobs' }).waitFor();
    expect(await page.getByText('PanDA').count()).toBe(0);
  });
});

describe.skipIf(suite.reason !== undefined)('without an account', () => {
  test('the pages of work are behind the door, and one goes on to where one wanted to be', async () => {
    server().setMe({ ...fixtures.nobody, permissions: ['crds.read'] });
    const page = await open('/ui/work/jobs?q=status:failed');
    await page.getByLabel('Account').fill('op');
    await page.getByLabel('Password').fill('right');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Rows 1–100').waitFor();
    expect(new URL(page.url()).pathname).toBe('/ui/work/jobs');
  });

  test('what everybody may read stays open', async () => {
    server().setMe({ ...fixtures.nobody, permissions: ['crds.read'] });
    const page = await open('/ui/calibration/hst');
    await page.getByRole('heading', { name: /is in force/ }).waitFor();
  });
});

describe.skipIf(suite.reason !== undefined)('a job that one may not see', () => {
  test('is a page with its name, and says so in its place', async () => {
    server().remove('/api/panda/jobs/77');
    const page = await open('/ui/work/jobs/77');
    await page.getByRole('heading', { name: 'Job 77', level: 1 }).waitFor();
    await page.getByRole('alert').getByText('It could not be read').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe.skipIf(suite.reason !== undefined)('shares on a telephone', () => {
  test('show what each has and should have without scrolling', async () => {
    const page = await open('/ui/work/shares', { width: 390, height: 844 });
    for (const head of ['has', 'should']) {
      const box = await page.getByRole('columnheader', { name: head, exact: true }).first().boundingBox();
      expect((box?.x ?? 999) + (box?.width ?? 0)).toBeLessThan(390);
    }
    expect(await violations(page)).toEqual([]);
  });
});
