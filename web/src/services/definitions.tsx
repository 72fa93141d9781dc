import type { UwsDefinitionRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { count, duration, plural } from '../shared/format.ts';
import { usePlace } from '../shared/page.ts';
import { definitionsQuery } from './queries.ts';

const columns: Column<UwsDefinitionRow>[] = [
  {
    id: 'name',
    head: 'Definition',
    narrow: 'keep',
    cell: (row) => (
      <Link to="/services/$name" params={{ name: row.name }} className="mono">
        {row.name}
      </Link>
    ),
  },
  {
    id: 'title',
    head: 'What it does',
    fill: true,
    full: (row) => row.description,
    cell: (row) => (
      <>
        {row.title} <span className="quiet small">{firstSentence(row.description)}</span>
      </>
    ),
  },
  {
    id: 'version',
    head: 'Version',
    num: true,
    cell: (row) => (
      <Link to="/services/$name/definition" params={{ name: row.name }} title="What is run, and its versions">
        {row.label ?? `v${row.version}`}
      </Link>
    ),
  },
  {
    id: 'runs',
    head: 'Runs, 30 d',
    num: true,
    cell: (row) => (
      <Link to="/services/$name/jobs" params={{ name: row.name }} className="plain">
        {count(row.runs)}
      </Link>
    ),
  },
  {
    id: 'median',
    head: 'Median',
    num: true,
    cell: (row) => (row.medianSeconds === null ? '–' : duration(row.medianSeconds)),
  },
  {
    id: 'act',
    head: 'Act',
    quietHead: true,
    narrow: 'keep',
    num: true,
    cell: (row) =>
      row.mayRun ? (
        <Link to="/services/$name" params={{ name: row.name }} className="button small">
          Run …
        </Link>
      ) : (
        <span className="small faint" title="Running it needs the role uws.run, which an administrator gives">
          needs uws.run
        </span>
      ),
  },
];

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}

/** Definitions that have every word of the text in their name, title or description. */
function found(rows: readonly UwsDefinitionRow[], text: string): UwsDefinitionRow[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return rows.filter((row) => {
    const whole = `${row.name} ${row.title} ${row.description} ${row.contactName ?? ''}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
}

/** What can be run here. */
export function Definitions() {
  usePlace([{ label: 'Services', to: '/services' }, { label: 'Definitions' }]);
  const { q = '' } = useSearch({ strict: false }) as { q?: string };
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(definitionsQuery);
  const rows = data === undefined ? undefined : found(data.rows, q);
  const search = (text: string) =>
    void navigate({ to: '.', search: { q: text === '' ? undefined : text }, replace: true });
  const isFirstTime = data !== undefined && data.rows.length > 0 && data.rows.every((row) => row.runs === 0);
  return (
    <>
      <div className="page-head">
        <div className="headline">
          <h1>
            Services{' '}
            {data !== undefined && (
              <span className="rest">{plural(data.rows.length, 'definition')} can be run here</span>
            )}
          </h1>
        </div>
        <div className="acts">
          <Link to="/services/jobs" className="button">
            All jobs
          </Link>
        </div>
      </div>
      {isFirstTime && <FirstRun rows={data.rows} />}
      <FilterBar value={q} onChange={search} placeholder="name or what it does" fields={[]} />
      {error !== null && data === undefined ? (
        <ErrorPanel what="The definitions could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <DataTable
          label="Definitions"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.name}
          onOpen={(row) => void navigate({ to: '/services/$name', params: { name: row.name } })}
          empty={
            q === '' ? (
              <Empty title="No definition is loaded">
                <span className="mono">orrery uws define hello.yaml</span> loads one; any command becomes a
                service.
              </Empty>
            ) : (
              <Empty
                title="No definition matches"
                act={
                  <button type="button" className="button small" onClick={() => search('')}>
                    Show all {data?.rows.length}
                  </button>
                }
              >
                None has all words of <span className="mono">{q}</span>.
              </Empty>
            )
          }
        />
      )}
    </>
  );
}

/** Until something has been run: how one starts, from the page and from a program. */
function FirstRun({ rows }: { rows: readonly UwsDefinitionRow[] }) {
  const first = rows.find((row) => row.name === 'hello') ?? rows[0];
  if (first === undefined) return null;
  const lines = `orrery token create --user YOU --expires 30d\norrery uws run ${first.name} --wait\norrery uws define my-service.yaml`;
  return (
    <section className="panel panel-pad stack close" aria-label="First run">
      <h2>Nothing has been run yet</h2>
      <p>
        A definition is a command with a form. Choose one below, for example{' '}
        <Link to="/services/$name" params={{ name: first.name }} className="mono">
          {first.name}
        </Link>
        , fill in its form and press <b className="strong">Run</b>: the job’s page shows the log while it runs
        and then its results. Or from a terminal:
      </p>
      <div className="row apart">
        <span className="small quiet">Three commands: a token, a run, a service of your own</span>
        <CopyButton text={lines} />
      </div>
      <pre className="code">{lines}</pre>
    </section>
  );
}
