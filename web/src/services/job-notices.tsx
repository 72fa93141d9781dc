import type { UwsJob, UwsLog } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { plainText } from '../shared/ansi.ts';
import { get, withQuery } from '../shared/api.ts';
import { Empty } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import { clock } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { useNow } from '../shared/now.ts';
import { Time } from '../shared/time.tsx';
import { keep } from './deletions.ts';
import { jobQuery } from './queries.ts';

/** The job goes in a moment: when, and the way back. The server deletes it, whether or not the page stays open. */
export function DeletionNotice({ job, at }: { job: UwsJob; at: string }) {
  const queryClient = useQueryClient();
  const now = useNow();
  const seconds = Math.ceil((Date.parse(at) - now) / 1000);
  const undo = async () => {
    const kept = await keep(job.id);
    queryClient.setQueryData(jobQuery(job.id).queryKey, kept);
  };
  return (
    <div className="undo-bar" role="status">
      <span>
        <b className="strong">Deleted.</b>{' '}
        {seconds > 0 ? (
          <>
            Job and results go at {clock(at)}, in {seconds} s.
          </>
        ) : (
          'Job and results go now.'
        )}
      </span>
      {seconds > 0 && <ActButton label="Undo" kind="small" run={undo} />}
    </div>
  );
}

/** What stands in place of a job that is not there any more. */
export function GoneJob({ id, definition }: { id: string; definition: string }) {
  return (
    <div className="panel">
      <Empty
        title="This job is deleted"
        act={
          <Link to="/services/$name/jobs" params={{ name: definition }} className="button small">
            Jobs of {definition}
          </Link>
        }
      >
        <span className="mono">{id}</span> is gone with its results and its log.
      </Empty>
    </div>
  );
}

/** Says plainly what is left of an archived job. */
export function ArchivedNotice({ job }: { job: UwsJob }) {
  const entry = job.phases.findLast(({ phase }) => phase === 'ARCHIVED');
  const before = job.phases.findLast(({ phase }) => phase !== 'ARCHIVED');
  return (
    <p className="row notice">
      <Glyph face="stopped" />
      <span>
        <b className="strong">Archived</b>
        {entry !== undefined && (
          <>
            {' '}
            <Time at={entry.at} />
          </>
        )}
        : its results and inputs are deleted; parameters, times and history stay.
        {before !== undefined && ` It had ended as ${before.phase}.`}
      </span>
    </p>
  );
}

const shownLines = 20;
const readBytes = 8192;

/** The end of the log of a job that failed: stderr, or stdout where that is empty. */
export function LastLines({ job }: { job: UwsJob }) {
  const { data } = useQuery({
    queryKey: ['uws', 'last-lines', job.id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      for (const stream of ['stderr', 'stdout'] as const) {
        const path = `/api/uws/jobs/${encodeURIComponent(job.id)}/log`;
        const log = await get<UwsLog>(withQuery(path, { stream, fromByte: -readBytes }), signal);
        if (log.text.trim() !== '') return { stream, text: log.text };
      }
      return null;
    },
  });
  if (data == null) return null;
  const lines = data.text.replace(/\n$/, '').split('\n').slice(-shownLines);
  return (
    <section className="panel" aria-label="Last lines of the log">
      <div className="panel-head">
        <h2>
          Last {lines.length === 1 ? 'line' : `${lines.length} lines`} of {data.stream}
        </h2>
        <span className="grow" />
        <Link to="." search={{ tab: 'log' }} className="small">
          Whole log
        </Link>
      </div>
      <pre className="last-lines">{lines.map((line) => plainText(line)).join('\n')}</pre>
    </section>
  );
}
