import type { Board, Me } from '@orrery/contracts';
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { exact, plural, relative, when } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { useBoard, useMe } from '../shared/me.ts';
import { useNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { CapacityPanel } from './capacity.tsx';
import { FirstSteps } from './first-steps.tsx';
import { MyWork } from './my-work.tsx';
import { ChangesPanel, NextPanel } from './next-and-changes.tsx';
import { OverduePanel } from './overdue.tsx';
import { ThroughputPanel } from './throughput.tsx';
import './home.css';

type View = 'board' | 'mine';
const viewKey = (me: Me) => `orrery.home.${me.name}`;

/** Operators see the board first, everybody else their own work; the choice is kept per user. */
function viewOf(me: Me, asked: unknown): View {
  if (asked === 'board' || asked === 'mine') return asked;
  const kept = localStorage.getItem(viewKey(me));
  if (kept === 'board' || kept === 'mine') return kept;
  return me.grants.some(({ role }) => role === 'admin' || role === 'operator') ? 'board' : 'mine';
}

export function Home() {
  const me = useMe();
  const { view: asked } = useSearch({ strict: false }) as { view?: unknown };
  const navigate = useNavigate();
  const view = me === undefined ? 'board' : viewOf(me, asked);
  usePlace([{ label: 'Home', to: '/' }, { label: view === 'board' ? 'Operations' : 'My work' }]);
  if (me === undefined) return null;
  // What everybody may read has pages of its own; work belongs to an account.
  if (me.anonymous && !me.permissions.includes('uws.job.read')) return <Navigate to="/sign-in" replace />;
  const choose = (next: View) => {
    localStorage.setItem(viewKey(me), next);
    void navigate({ to: '/', search: { view: next }, replace: true });
  };
  const toggle = (
    <fieldset className="segments" aria-label="What this page shows">
      <button type="button" aria-pressed={view === 'board'} onClick={() => choose('board')}>
        Operations
      </button>
      <button type="button" aria-pressed={view === 'mine'} onClick={() => choose('mine')}>
        My work
      </button>
    </fieldset>
  );
  return view === 'mine' ? <MyWork me={me} toggle={toggle} /> : <Operations toggle={toggle} />;
}

function Operations({ toggle }: { toggle: React.ReactNode }) {
  const { data: board, error, refetch } = useBoard();
  if (board === undefined) {
    return error !== null ? (
      <ErrorPanel what="The board could not be read" error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  }
  return (
    <>
      <Headline board={board} toggle={toggle} />
      {board.overdue.length > 0 && (
        <OverduePanel rows={board.overdue} total={board.overdueTotal} at={board.at} />
      )}
      <HealthPanel board={board} />
      {isNew(board) && <FirstSteps />}
      <div className="halves">
        <CapacityPanel capacity={board.capacity} />
        <div>
          <ThroughputPanel rows={board.throughput} />
          <WellPanel board={board} />
        </div>
        <NextPanel rows={board.next} />
        <ChangesPanel rows={board.changes} />
      </div>
    </>
  );
}

/** Nothing has ever ended here: the operator is told what to do first. */
const isNew = ({ throughput }: Board) =>
  throughput.some((row) => row.service === 'uws') &&
  throughput.every((row) => row.done + row.failed + row.waiting === 0 && row.spark.every((n) => n === 0));

/** The page says it in a sentence first. */
function Headline({ board, toggle }: { board: Board; toggle: React.ReactNode }) {
  const now = useNow();
  const n = board.overdueTotal;
  return (
    <div className="headline">
      {n === 0 ? (
        <h1>
          Everything is on time.{' '}
          {board.nextDeadline !== null && (
            <span className="rest">
              The next deadline is at {when(board.nextDeadline, now)}, {relative(board.nextDeadline, now)}.
            </span>
          )}
        </h1>
      ) : (
        <h1>
          {n === 1 ? '1 thing is overdue.' : `${plural(n, 'thing')} are overdue.`}{' '}
          <span className="rest">Everything else is on time.</span>
        </h1>
      )}
      <span className="aside">
        {exact(board.watched)} {board.watched === 1 ? 'object' : 'objects'} watched
      </span>
      {toggle}
    </div>
  );
}

/** Parts of the server that are not well, with what to do; nothing at all when they are. */
function HealthPanel({ board }: { board: Board }) {
  const ill = board.health.filter((row) => row.state !== 'good');
  if (ill.length === 0) return null;
  return (
    <section aria-label="Parts of the server that need a look">
      <HealthTable rows={ill} />
    </section>
  );
}

/** The parts that are well: quiet, below what moves. */
function WellPanel({ board }: { board: Board }) {
  const well = board.health.filter((row) => row.state === 'good');
  if (well.length === 0) return null;
  return (
    <section>
      <div className="section-head">
        <h2>Health</h2>
        <span className="small quiet note">
          {well.length === board.health.length
            ? 'all is well'
            : `${well.length} of ${board.health.length} are well`}
        </span>
      </div>
      <HealthTable rows={well} />
    </section>
  );
}

function HealthTable({ rows }: { rows: Board['health'] }) {
  return (
    <div className="panel">
      <table className="table no-lines">
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                <span className="state">
                  <Glyph face={row.state} /> {row.name}
                </span>
              </th>
              <td className="fill" style={{ paddingTop: 4, paddingBottom: 4 }}>
                {row.message} {row.next !== undefined && <span className="quiet">{row.next}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
