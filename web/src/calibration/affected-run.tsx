import type {
  CrdsAffectedDetails,
  CrdsAffectedRow,
  CrdsAffectedRowPage,
  CrdsAffectedRowQuery,
} from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { call, withQuery } from '../shared/api.ts';
import { Empty, SkeletonRows } from '../shared/blanks.tsx';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import type { Column } from '../shared/data-table.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { count, duration, percent, plural } from '../shared/format.ts';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Href } from '../shared/link.tsx';
import { MenuButton } from '../shared/menu-button.tsx';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { PromiseLine } from '../shared/promise-line.tsx';
import { StatePill } from '../shared/state-badge.tsx';
import { Deadline, Time } from '../shared/time.tsx';
import { crumbsOf, diffHref, fileHref, pageHref, useAddress, useObservatory } from './address.ts';
import { AffectedTypes } from './affected-types.tsx';
import './calibration.css';
import { ExposureHistogram } from './exposure-histogram.tsx';
import { stillList } from './live.ts';
import { affectedRowsQuery, affectedRunQuery, apiHref, isLiveRun } from './queries.ts';
import { Unreadable } from './unreadable.tsx';

/** One comparison: how far it is, and which datasets get other references. */
export function AffectedRunPage() {
  const observatory = useObservatory();
  const { run } = useParams({ strict: false }) as { run: string };
  usePlace(
    crumbsOf(
      observatory,
      { label: 'Affected data', to: `/calibration/${observatory}/affected` },
      { label: run, mono: true },
    ),
  );
  const { data, error, refetch } = useQuery(affectedRunQuery(observatory, run));
  if (data === undefined)
    return error !== null ? (
      <Unreadable title={`Comparison ${run}`} error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={12} />
      </div>
    );
  return <Shown observatory={observatory} run={data} />;
}

/** The chosen part of the rows, as the address has it. */
function useRowFilter(): CrdsAffectedRowQuery {
  const [{ instrument, type, q, since, before }] = useAddress();
  return {
    ...(instrument === undefined ? {} : { instrument }),
    ...(type === undefined ? {} : { type }),
    ...(q === undefined ? {} : { text: q }),
    ...(since === undefined ? {} : { since }),
    ...(before === undefined ? {} : { before }),
  };
}

function Shown({ observatory, run }: { observatory: string; run: CrdsAffectedDetails }) {
  const [{ instrument, type, since, before }, go] = useAddress();
  const live = isLiveRun(run.state);
  const { bars, unit, undated } = run.histogram;
  return (
    <>
      <Head observatory={observatory} run={run} />
      {live && <RunPromise run={run} />}
      {run.message !== '' && !live && <p className="panel panel-pad">{run.message}</p>}
      <AffectedTypes
        types={run.types}
        chosen={type === undefined ? undefined : { instrument, type }}
        onChoose={(next) => go({ instrument: next?.instrument, type: next?.type, cursor: undefined })}
      />
      {bars.length > 0 && (
        <div className="panel">
          <ExposureHistogram
            bars={bars}
            unit={unit}
            undated={undated}
            label="Changes by date of exposure"
            since={since}
            before={before}
            onChoose={(from, to) => go({ since: from, before: to, cursor: undefined })}
          />
        </div>
      )}
      {run.errors > 0 && (
        <details className="panel fold-panel">
          <summary>
            <span className="tone-bad">{plural(run.errors, 'dataset')} gave an error</span>
          </summary>
          <pre className="last-lines">{run.errorSummary}</pre>
        </details>
      )}
      <Rows observatory={observatory} run={run} />
    </>
  );
}

function Head({ observatory, run }: { observatory: string; run: CrdsAffectedDetails }) {
  const [isCancelling, setCancelling] = useState(false);
  const queryClient = useQueryClient();
  const now = useSlowNow();
  const filter = useRowFilter();
  const part = `affected/${run.id}`;
  const exported = (format: string) =>
    withQuery(apiHref(observatory, `${part}/export`), { ...filter, format });
  const took =
    run.startedAt === null
      ? undefined
      : ((run.endedAt === null ? now : Date.parse(run.endedAt)) - Date.parse(run.startedAt)) / 1000;
  return (
    <>
      <div className="page-head">
        <div>
          <div className="page-title">
            <h1>
              {sentenceOf(run)}{' '}
              <span className="rest">
                {run.old} → {run.new}
              </span>
            </h1>
            <StatePill family="crdsRun" word={run.state} />
          </div>
          <p className="small quiet">
            asked by {run.by}, <Time at={run.createdAt} />
            {took !== undefined &&
              ` · ${run.endedAt === null ? 'running for' : 'took'} ${duration(Math.max(0, took))}`}
            {run.products > 0 && ` · ${plural(run.products, 'product')}`} ·{' '}
            <Href to={diffHref(observatory, run.old, run.new)}>what changed between them</Href>
          </p>
        </div>
        <div className="acts">
          <MenuButton
            label="Export …"
            className="button"
            acts={[
              { label: 'CSV', note: 'this view', download: exported('csv') },
              { label: 'JSON lines', note: 'this view', download: exported('jsonl') },
              { label: 'Product ids', note: 'one a line', download: exported('ids') },
            ]}
          />
          {run.acts.cancel && isLiveRun(run.state) && (
            <button type="button" className="button danger" onClick={() => setCancelling(true)}>
              Cancel comparison …
            </button>
          )}
        </div>
      </div>
      {isCancelling && (
        <ConfirmAct
          title={`Cancel comparison ${run.id}?`}
          lines={[
            `${count(run.looked)} of ${run.total === null ? 'its' : count(run.total)} datasets have been looked at.`,
            'What it has found so far stays; the rest is not looked at.',
          ]}
          verb="Cancel comparison"
          keep="Keep running"
          run={async () => {
            const answer = await call<CrdsAffectedDetails>('POST', apiHref(observatory, `${part}/cancel`));
            queryClient.setQueryData(affectedRunQuery(observatory, String(run.id)).queryKey, answer);
          }}
          onClose={() => setCancelling(false)}
        />
      )}
    </>
  );
}

function sentenceOf({ affected, total, state }: CrdsAffectedDetails): string {
  if (state === 'waiting') return 'It waits to be compared.';
  const of = total === null ? '' : ` of ${plural(total, 'dataset')}`;
  return `${count(affected)}${of} ${affected === 1 ? 'changes' : 'change'}${isLiveRun(state) ? ' so far' : ''}.`;
}

function RunPromise({ run }: { run: CrdsAffectedDetails }) {
  const share = run.total === null || run.total === 0 ? undefined : run.looked / run.total;
  return (
    <>
      <PromiseLine
        now={
          run.state === 'waiting'
            ? run.message || 'It waits for a worker.'
            : `${count(run.looked)} datasets looked at${share === undefined ? '' : `, ${percent(share)}`}`
        }
        next={
          run.state === 'cancelling' ? 'It stops at the next part.' : 'The results stand here and are told.'
        }
        expected={run.expectedAt === null ? 'not known yet' : <Deadline at={run.expectedAt} />}
        source="from the speed so far"
        otherwise="A part whose process dies is looked at again."
      />
      {share !== undefined && (
        <div
          className="phase-bar"
          role="progressbar"
          aria-label="Datasets looked at"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(100 * share)}
        >
          <span className="face-active" style={{ width: `${100 * share}%` }} />
        </div>
      )}
    </>
  );
}

const columnsOf = (observatory: string, run: CrdsAffectedDetails): Column<CrdsAffectedRow>[] => {
  const recommended = (name: string) =>
    /^[\w.-]+\.\w+$/.test(name) ? (
      <Href to={fileHref(observatory, name)} className="mono">
        {name}
      </Href>
    ) : (
      <span className="quiet">{name}</span>
    );
  return [
    {
      id: 'dataset',
      head: 'Dataset',
      narrow: 'keep',
      cell: (row) => (
        <Href to={pageHref(observatory, `datasets/${encodeURIComponent(row.dataset)}`)} className="mono">
          {row.dataset}
        </Href>
      ),
    },
    {
      id: 'date',
      head: 'Exposed',
      cell: (row) => (row.date === null ? '–' : <Time at={row.date} seconds={false} />),
    },
    { id: 'instrument', head: 'Instrument', cell: (row) => row.instrument },
    { id: 'type', head: 'Type', narrow: 'keep', cell: (row) => row.type },
    { id: 'old', head: 'Before', cell: (row) => recommended(row.old) },
    { id: 'new', head: 'After', cell: (row) => recommended(row.new) },
    {
      id: 'why',
      head: 'Why',
      quietHead: true,
      cell: (row) => (
        <Href
          to={pageHref(observatory, 'best-references', {
            dataset: row.dataset,
            type: row.type,
            context: run.new,
            compare: run.old,
          })}
        >
          Why?
        </Href>
      ),
    },
  ];
};

/** Reads the rows anew while the first page of them fills, and once more at the end. */
function useGrowingRows(observatory: string, run: CrdsAffectedDetails): void {
  const queryClient = useQueryClient();
  const shown = Math.min(run.affected, 100);
  const known = useRef({ state: run.state, shown });
  useEffect(() => {
    if (known.current.state === run.state && known.current.shown === shown) return;
    known.current = { state: run.state, shown };
    void queryClient.invalidateQueries({ queryKey: ['crds', observatory, `affected/${run.id}/rows`] });
  }, [queryClient, observatory, run.id, run.state, shown]);
}

function Rows({ observatory, run }: { observatory: string; run: CrdsAffectedDetails }) {
  const [{ q = '', cursor }, go] = useAddress();
  const filter = useRowFilter();
  const navigate = useNavigate();
  const columns = useMemo(() => columnsOf(observatory, run), [observatory, run]);
  const place = cursor === undefined ? {} : { cursor };
  useGrowingRows(observatory, run);
  const hasFilter = Object.keys(filter).length > 0;
  const none = { instrument: undefined, type: undefined, q: undefined, since: undefined, before: undefined };
  return (
    <>
      <FilterBar
        value={q}
        onChange={(text) => go({ q: text || undefined, cursor: undefined }, true)}
        placeholder="begin of a dataset"
        fields={[]}
      >
        {hasFilter && (
          <button type="button" className="link small" onClick={() => go({ ...none, cursor: undefined })}>
            Show all {count(run.affected)}
          </button>
        )}
      </FilterBar>
      <KeysetTable<CrdsAffectedRow, CrdsAffectedRowPage>
        label="Datasets that change, by name"
        failure="The datasets could not be read"
        query={affectedRowsQuery(observatory, String(run.id), { ...filter, limit: 100 }, place)}
        place={place}
        live={stillList((row) => `${row.dataset} ${row.type}`)}
        columns={columns}
        pageOf={(row) => `/calibration/${observatory}/datasets/${encodeURIComponent(row.dataset)}`}
        order="by dataset"
        empty={
          hasFilter ? (
            <Empty title="No dataset matches" />
          ) : (
            <Empty title={isLiveRun(run.state) ? 'None so far' : 'No dataset changes'}>
              {isLiveRun(run.state)
                ? 'They appear here as they are found.'
                : 'Both contexts recommend the same for every registered dataset.'}
            </Empty>
          )
        }
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) => go({ cursor: to.cursor })}
      />
    </>
  );
}
