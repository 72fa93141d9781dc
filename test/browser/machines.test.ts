import { describe, expect, test } from 'vitest';
import * as panda from './panda-fixtures.ts';
import { asked, browserSuite, elements, soon } from './suite.ts';
import { overflows, pictures, violations } from './visit.ts';

const { reason, server, open, visit, lastSent } = browserSuite('machines.test.ts');

const node = '/ui/work/nodes/NORTH/wn000417.cluster.example.org';
const harvester = '/ui/work/harvesters/harvester-meso-01';
const pages: Array<[name: string, address: string, sign: string]> = [
  ['nodes', '/ui/work/nodes', 'Rows 1–100'],
  ['nodes that fail', '/ui/work/nodes/bad', '2 nodes spoilt'],
  ['no node that fails', '/ui/work/nodes/bad?queue=LOCAL', 'No node fails more'],
  ['node', node, 'jobs failed in 24 hours'],
  ['storage', '/ui/work/storage', '3 endpoints nearly full'],
  ['no storage', '/ui/work/storage?q=nowhere', 'No endpoint matches'],
  ['harvesters', '/ui/work/harvesters', 'one is silent'],
  ['harvester', harvester, 'Target slots'],
  ['messages of a harvester', `${harvester}?tab=messages`, 'Rows 1–100'],
  ['orders to a harvester', `${harvester}?tab=orders`, 'SYNC_WORKERS_KILL'],
  ['figures of a harvester', `${harvester}?tab=figures`, 'Resident memory'],
  ['worker that failed', '/ui/work/workers/orrery-factory/902', 'Why is it failed?'],
];
const looks = [
  ['wide', { width: 1440, height: 900 }],
  ['dark', { width: 1440, height: 900, dark: true }],
  ['narrow', { width: 390, height: 844 }],
] as const;

describe.skipIf(reason !== undefined)('pages of nodes, Harvesters and workers', () => {
  for (const [lookName, look] of looks) {
    test.each(pages)(`${lookName}: %s is accessible and fits`, async (name, address, sign) => {
      const { page, complaints } = await visit(address, look);
      await page.getByText(sign).first().waitFor();
      await page.screenshot({ path: `${pictures}/${name.replaceAll(' ', '-')}-${lookName}.png` });
      expect(await violations(page)).toEqual([]);
      expect(await overflows(page)).toBe(false);
      expect(complaints).toEqual([]);
      expect(await page.locator('body').innerText()).not.toMatch(/\b(NaN|undefined|null)\b/);
    });
  }

  test('a hundred thousand nodes are paged and filtered, by keys too', async () => {
    const page = await open('/ui/work/nodes');
    await page.getByText('Rows 1–100').waitFor();
    expect(await elements(page)).toBeLessThanOrEqual(3000);
    await page.keyboard.press(']');
    await page.getByRole('link', { name: 'wn000100.cluster.example.org' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('site:NORTH');
    await page.keyboard.press('Enter');
    await soon(() => asked(page, 'q'), 'site:NORTH');
    await page.getByRole('link', { name: 'wn000003.cluster.example.org' }).waitFor();
  });

  test('from the list of failing nodes one gets to the node and to its jobs', async () => {
    const page = await open('/ui/work/nodes/bad');
    await page.getByText('2 nodes spoilt').waitFor();
    await page.getByRole('button', { name: '24 h' }).click();
    await soon(() => asked(page, 'hours'), '24');
    await page.getByRole('link', { name: 'wn000417.cluster.example.org' }).click();
    await page.getByText('jobs failed in 24 hours').waitFor();
    await page.getByRole('link', { name: 'All jobs' }).click();
    await soon(() => asked(page, 'q'), 'node:wn000417.cluster.example.org');
  });

  test('endpoints are paged, filtered and put in order of how full they are', async () => {
    const page = await open('/ui/work/storage');
    await page.getByText('NORTH-000_DATADISK').waitFor();
    await page.getByRole('button', { name: 'Full' }).click();
    await soon(
      () =>
        page
          .locator('tbody tr')
          .first()
          .innerText()
          .then((text) => text.split(/\s/)[0]),
      'NORTH-126_DATADISK',
    );
    await page.keyboard.press('/');
    await page.keyboard.type('site:south');
    await page.keyboard.press('Enter');
    await soon(() => asked(page, 'q'), 'site:south');
    await soon(() => page.getByText('NORTH-').count(), 0);
  });

  test('messages are narrowed to a level', async () => {
    const page = await open(`${harvester}?tab=messages&q=level:ERROR`);
    await page.getByText('Failed to connect').first().waitFor();
    expect(await page.getByText('submitted 20 workers').count()).toBe(0);
  });

  test('an order that was not taken is cancelled, others cannot be', async () => {
    const page = await open(`${harvester}?tab=orders`);
    await page.getByText('SYNC_WORKERS_KILL').first().waitFor();
    const cancel = page.getByRole('button', { name: 'Cancel' });
    expect(await cancel.count()).toBe(2);
    server().setAnswer('/api/panda/harvesters/harvester-meso-01/commands/100', {});
    await cancel.first().click();
    await soon(() => lastSent().method, 'DELETE');
    expect(lastSent().path).toBe('/api/panda/harvesters/harvester-meso-01/commands/100');
  });

  test('workers are killed after a question that says what happens', async () => {
    const page = await open(harvester);
    await page.getByRole('button', { name: 'Kill workers …' }).click();
    await page.getByRole('dialog', { name: 'Kill workers' }).getByRole('button', { name: 'Next …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Kill workers in CLUSTER-A?' });
    await dialog.getByText('waiting: submitted and ready').waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Kill workers' }).click();
    await soon(() => lastSent().path, '/api/panda/queues/CLUSTER-A/sweep');
    expect(lastSent().body).toEqual({
      statuses: ['submitted', 'ready'],
      computingElements: 'ALL',
      submissionHosts: 'ALL',
    });
  });

  test('a pilot of the server is ended after a question that says what happens', async () => {
    server().setAnswer('/api/panda/workers/orrery-factory/902', {
      ...panda.worker,
      status: 'running',
      mayEnd: true,
    });
    server().setAnswer('/api/panda/pilots/199997/end', { pilots: [199997] });
    const page = await open('/ui/work/workers/orrery-factory/902');
    await page.getByRole('button', { name: 'End this pilot …' }).click();
    const dialog = page.getByRole('dialog', { name: 'End pilot 199997?' });
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'End pilot' }).click();
    await soon(() => lastSent().path, '/api/panda/pilots/199997/end');
    expect(lastSent().body).toEqual({});
  });

  test('target slots want a number', async () => {
    const page = await open(harvester);
    await page.getByRole('button', { name: 'Target slots …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Target slots' });
    expect(await dialog.getByRole('button', { name: 'Set target' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Slots').fill('500');
    await dialog.getByLabel('Resource type').fill('MCORE');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Set target' }).click();
    await soon(() => lastSent().path, '/api/panda/queues/CLUSTER-A/target-slots');
    expect(lastSent().body).toEqual({ slots: 500, resourceType: 'MCORE' });
  });
});
