import { describe, expect, test } from 'vitest';
import { overflows } from './visit.ts';
import { faults, looks, pageWalk } from './walk.ts';

const walk = pageWalk('pages.test.ts');

/** Every page with the text that shows it is there. */
const pages: Array<[name: string, address: string, sign: string]> = [
  ['home', '/ui/?view=board', 'things are overdue'],
  ['my work', '/ui/?view=mine', 'Start something'],
  ['definitions', '/ui/services', 'bkg_sources'],
  ['definitions searched', '/ui/services?q=nothing+has+this', 'No definition matches'],
  ['what is run', '/ui/services/bkg_sources/definition', 'Background2D'],
  ['form', '/ui/services/bkg_sources', 'What will happen'],
  [
    'form of an earlier job',
    '/ui/services/bkg_sources?again=k3m9x7q2&executionDuration=90',
    'Filled in from job',
  ],
  ['all jobs', '/ui/services/jobs', 'Rows 1–100'],
  ['jobs of one definition', '/ui/services/hello/jobs', 'Rows 1–100'],
  ['jobs at a time', '/ui/services/jobs?at=2026-11-21T12:00:00.000Z', 'made until'],
  ['jobs of no match', '/ui/services/jobs?q=owner:nobody', 'No job matches'],
  ['archived job', '/ui/services/bkg_sources/jobs/arch1v3d', 'Archived'],
  ['deleted job', '/ui/services/bkg_sources/jobs/le4v1ng1', 'Deleted.'],
  ['completed job', '/ui/services/bkg_sources/jobs/k3m9x7q2', 'quicklook.png'],
  ['running job', '/ui/services/bkg_sources/jobs/p8w2v5h1', 'OTHERWISE'],
  ['failed job', '/ui/services/bkg_sources/jobs/e0rr0rj1', 'Why did it fail?'],
  ['pending job', '/ui/services/bkg_sources/jobs/dr4ftj0b', 'waits for you'],
  ['history of a job', '/ui/services/bkg_sources/jobs/k3m9x7q2?tab=history', 'asked to run it'],
  ['log of a job', '/ui/services/bkg_sources/jobs/k3m9x7q2?tab=log', 'line 3999'],
  ['document of a job', '/ui/services/bkg_sources/jobs/k3m9x7q2?tab=uws', 'uws:jobId'],
  ['work', '/ui/work', 'The oldest has waited'],
  ['PanDA jobs', '/ui/work/jobs', 'Rows 1–100'],
  ['running PanDA job', '/ui/work/jobs/4118231', 'tile 412 of 600'],
  ['failed PanDA job', '/ui/work/jobs/4118228', 'killed by the kernel'],
  ['history of a PanDA job', '/ui/work/jobs/4118231?tab=history', 'Lasted'],
  ['queues', '/ui/work/queues', '3 queues want a look'],
  ['queue', '/ui/work/queues/CLUSTER-A', 'wanted pilots'],
  ['downtimes of a queue', '/ui/work/queues/CLUSTER-A?tab=downtimes', 'Next four weeks'],
  ['description of a queue', '/ui/work/queues/CLUSTER-A?tab=document', 'as pilots download it'],
  ['versions of a queue', '/ui/work/queues/CLUSTER-A?tab=versions', 'From version 6 to 7'],
  ['new queue', '/ui/work/queues/-', 'nickname is needed'],
  ['shares', '/ui/work/shares', 'User Analysis is next'],
  ['workers', '/ui/work/workers', 'Rows 1–100'],
  ['worker', '/ui/work/workers/orrery-factory/902', 'OUT_OF_MEMORY'],
  ['errors', '/ui/work/errors', 'pilot 1305'],
  ['user of PanDA', '/ui/work/users/a.duarte', 'pilot 1305'],
  ['capacity', '/ui/admin/capacity', 'With twice the load'],
  ['schedule', '/ui/admin/schedule', 'core.garbage'],
  ['processes', '/ui/admin/processes', 'worker-1'],
  ['audit', '/ui/admin/audit', 'definition saved'],
  ['account', '/ui/account', 'nightly scripts'],
  ['parts', '/ui/admin/ui', 'Faces of state'],
  ['unknown page', '/ui/nowhere', 'There is no such page'],
];

describe.skipIf(walk.reason !== undefined)('every page', () => {
  for (const [lookName, look] of looks) {
    const audit = look.dark === true ? 'colours' : 'all';
    test.each(pages)(
      `${lookName}: %s is accessible, fits, and breaks no rule of the browser`,
      async (name, address, sign) => {
        const visited = await walk.goTo(address, look, sign);
        expect(await faults(visited, `${name}-${lookName}`, { audit })).toEqual([]);
      },
    );
  }

  test('at 320 px nothing but tables inside their panels scrolls sideways', async () => {
    for (const address of ['/ui/?view=board', '/ui/services/jobs', '/ui/services/bkg_sources']) {
      const { page } = await walk.goTo(address, { width: 320, height: 640 }, /./);
      await page.locator('h1').waitFor();
      expect([address, await overflows(page)]).toEqual([address, false]);
    }
  });
});
