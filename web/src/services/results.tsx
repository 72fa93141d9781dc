import type { UwsJob, UwsResult } from '@orrery/contracts';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty } from '../shared/blanks.tsx';
import { FilePreview } from '../shared/file-preview.tsx';
import { exact } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { faceOf, isFinal } from '../shared/states.ts';
import { ResultTable } from './result-table.tsx';

/** In the address: nothing is open. */
const closed = '-';
const filteredFrom = 20;

/** Which result one wants to see first: pictures, then tables, then text; logs last. */
function firstShown(results: readonly UwsResult[]): UwsResult | undefined {
  const order = ['image', 'fits', 'votable', 'table', 'json', 'histogram', 'text'];
  const rank = ({ name, preview }: UwsResult) =>
    (name === 'stdout' || name === 'stderr' ? 100 : 0) + (preview === null ? 50 : order.indexOf(preview));
  const filled = results.filter((result) => result.sizeBytes > 0);
  return filled.reduce<UwsResult | undefined>(
    (best, each) => (best === undefined || rank(each) < rank(best) ? each : best),
    undefined,
  );
}

/** An image stands beside the header it was made from. */
function besides(shown: UwsResult, results: readonly UwsResult[]): UwsResult | undefined {
  if (shown.preview !== 'image') return undefined;
  return results.find((result) => result.name === 'header' && result.preview === 'json');
}

/** The results and, below, one of them as it looks. What is open, and how, stands in the address. */
export function Results({ job }: { job: UwsJob }) {
  const search = useSearch({ strict: false }) as { result?: string; tab?: string; view?: string };
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const { results } = job;
  const usual = useMemo(() => firstShown(results), [results]);
  const open =
    search.result === closed ? undefined : (results.find((result) => result.name === search.result) ?? usual);
  const wanted = query.toLowerCase();
  const found = useMemo(
    () =>
      wanted === ''
        ? results
        : results.filter(({ name, fileName, mediaType }) =>
            `${name} ${fileName} ${mediaType}`.toLowerCase().includes(wanted),
          ),
    [results, wanted],
  );
  const show = (result: string, view?: string) =>
    void navigate({ to: '.', search: { tab: search.tab, result, view }, replace: true });
  const step = (by: number) => {
    const at = open === undefined ? -1 : found.indexOf(open);
    const next = found[at < 0 ? (by > 0 ? 0 : found.length - 1) : at + by];
    if (next !== undefined) show(next.name);
  };
  useKeys([
    { keys: 'j', what: 'next result', group: 'Results', run: () => step(1) },
    { keys: 'k', what: 'result before', group: 'Results', run: () => step(-1) },
    ...(open === undefined
      ? []
      : [{ keys: 'Escape', what: 'close the preview', group: 'Results', run: () => show(closed) }]),
  ]);
  if (results.length === 0) return <NoResults job={job} />;
  return (
    <>
      <div className="panel">
        {results.length > filteredFrom && (
          <div className="panel-head">
            <label className="input" style={{ minHeight: 28, width: 260 }}>
              <span className="only-read">Find in the results</span>
              <input
                placeholder={`Find in ${exact(results.length)} results`}
                value={query}
                onChange={(event) => setQuery(event.target.value)}
              />
            </label>
            <span className="small quiet" role="status">
              {query === '' ? '' : `${exact(found.length)} of ${exact(results.length)}`}
            </span>
          </div>
        )}
        {found.length === 0 ? (
          <Empty
            title="No result matches"
            act={
              <button type="button" className="button small" onClick={() => setQuery('')}>
                Show all {exact(results.length)}
              </button>
            }
          />
        ) : (
          <ResultTable
            results={found}
            open={open}
            onToggle={(result) => show(result === open ? closed : result.name)}
          />
        )}
      </div>
      {open !== undefined && (
        <FilePreview
          key={open.href}
          file={open}
          beside={besides(open, results)}
          view={search.view}
          onView={(view) => show(open.name, view)}
          onClose={() => show(closed)}
        />
      )}
    </>
  );
}

function NoResults({ job }: { job: UwsJob }) {
  const final = isFinal(faceOf('uwsJob', job.phase));
  return (
    <div className="panel">
      <Empty title={final ? 'The job left no results' : 'No results yet'}>
        {final ? 'The log says how far it came.' : 'They stand here as soon as the job has ended.'}
      </Empty>
    </div>
  );
}
