import type { Sql } from '../../core/db/index.ts';
import type { HealthCheck, OverdueQuery, OverdueRow } from '../../core/module.ts';

interface Wrong {
  observatory: string;
  name: string;
  found: string;
  result: string;
  since: Date;
  total: number;
}

async function listWrong(sql: Sql, limit: number): Promise<Wrong[]> {
  return await sql<Wrong[]>`
    select p.observatory, p.name, p.found, p.result, p.wrong_since as since, (count(*) over ())::int as total
    from crds.file_proof p join crds.file f on f.observatory = p.observatory and f.name = p.name
    where p.result <> 'sound' and f.place in ('kept', 'linked')
    order by p.wrong_since, p.observatory, p.name limit ${limit}`;
}

/** Files that are damaged or missing are no outage, but clients cannot have them. */
export const filesHealth: HealthCheck = {
  name: 'crds files',
  async check(core) {
    const [first] = await listWrong(core.db.sql, 1);
    if (first === undefined) return { state: 'good', message: 'No calibration file is known to be damaged.' };
    return {
      state: 'partial',
      message: `${first.total} calibration ${first.total === 1 ? 'file is' : 'files are'} damaged or missing, ${first.name} among them.`,
      next: `Look at them with: orrery crds verify --observatory ${first.observatory}.`,
    };
  },
};

/** A damaged file waits for its operator from the moment it was found. Uses file_proof_wrong_idx. */
export const wrongFilesOverdue: OverdueQuery = {
  async find(sql, _now, limit, account) {
    if (account !== undefined) return { total: 0, rows: [] };
    const rows = await listWrong(sql, limit);
    return { total: rows[0]?.total ?? 0, rows: rows.map(overdueRow) };
  },
  async watched(sql, _now, account) {
    if (account !== undefined) return { count: 0, nextDeadline: null };
    const [row] = await sql<{ count: number }[]>`
      select count(*) as count from crds.file_proof where result <> 'sound'`;
    return { count: row?.count ?? 0, nextDeadline: null };
  },
};

function overdueRow({ observatory, name, found, since }: Wrong): OverdueRow {
  return {
    kind: 'calibration file',
    id: `${observatory}/${name}`,
    name,
    href: `/ui/calibration/${observatory}/files/${name}`,
    why: `The file is not what the catalogue says: ${found}.`,
    since,
    deadline: since,
    owner: `operators of ${observatory}`,
    nextStep: 'Bring it again: import a folder that has it, or fetch it from upstream.',
  };
}
