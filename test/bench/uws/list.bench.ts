import { unguessableId } from '../../../server/src/core/ids.ts';
import { anInstallation } from '../installation.ts';
import type { BenchOptions, Report } from '../report.ts';
import { insertPending } from './jobs.ts';
import { headOf, reportRequests, runOn, runRequests } from './requests.ts';

const jobs = 1000;

/** The list of a thousand jobs of one user: rendered from the database, and asked for by its ETag. */
export async function bench(report: Report, { quick }: BenchOptions): Promise<void> {
  const total = quick ? 300 : 3000;
  const place = await anInstallation('orrery');
  try {
    const server = await place.start('--with', 'uws');
    const token = await place.userToken('bench');
    await insertPending(
      await place.connect(2),
      'bench',
      Array.from({ length: jobs }, () => unguessableId()),
    );
    const address = `${server.address}/rest/hello`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    const document = await answer.text();
    const found = document.match(/<uws:jobref /g)?.length;
    if (found !== jobs) throw new Error(`the list has ${found} of ${jobs} jobs`);
    const port = Number(new URL(address).port);
    const pid = server.child.pid as number;
    const rendered = { port, head: headOf('GET /rest/hello', token), status: 200 };
    await runRequests({ ...rendered, total: 100 });
    reportRequests(
      report,
      `list of ${jobs}, rendered from the database`,
      await runOn(pid, { ...rendered, total }),
      '≥ 255',
    );
    report({ name: '  bytes of the document', value: document.length, unit: 'bytes' });
    const etag = answer.headers.get('etag');
    if (etag === null) {
      console.log('  the list has no ETag: nothing to ask with If-None-Match');
      return;
    }
    const byTag = {
      port,
      head: headOf('GET /rest/hello', token, `If-None-Match: ${etag}`),
      status: 304,
    };
    await runRequests({ ...byTag, total: 100 });
    reportRequests(
      report,
      `list of ${jobs}, by its ETag`,
      await runOn(pid, { ...byTag, total: total * 2 }),
      '≥ 850',
    );
  } finally {
    await place.remove();
  }
}
