import type { UwsJob, UwsLog, UwsLogSearch } from '@orrery/contracts';
import { useEffect, useRef, useState } from 'react';
import { get, withQuery } from '../shared/api.ts';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { type LogPiece, LogView } from '../shared/log-view.tsx';
import { State } from '../shared/state-badge.tsx';
import { faceOf, isFinal } from '../shared/states.ts';

type Stream = 'stdout' | 'stderr';
/** About a thousand lines at once. */
const pieceBytes = 65_536;
const growEveryMs = 1000;

interface Loaded extends LogPiece {
  firstByte: number;
  nextByte: number;
  /** The beginning of a part may be half a line, which is left out. */
  isPart: boolean;
}

/** The live log of a job: its end at once, earlier bytes on request, new ones as they come. */
export function JobLog({ job }: { job: UwsJob }) {
  const [stream, setStream] = useState<Stream>(job.phase === 'ERROR' ? 'stderr' : 'stdout');
  const { log, error, earlier, jump, retry } = useGrowingLog(job, stream);
  const file = job.results.find((result) => result.name === stream);
  const choose = (
    <span className="row">
      <fieldset className="segments" aria-label="Stream">
        {(['stdout', 'stderr'] as const).map((each) => (
          <button key={each} type="button" aria-pressed={each === stream} onClick={() => setStream(each)}>
            {each}
          </button>
        ))}
      </fieldset>
      <State family="uwsJob" word={job.phase} />
    </span>
  );
  if (error !== undefined && log === undefined)
    return <ErrorPanel what="The log could not be read" error={error} retry={retry} />;
  if (log === undefined)
    return (
      <div className="panel">
        <SkeletonRows rows={10} />
      </div>
    );
  return (
    <LogView
      key={stream}
      name={stream}
      piece={log}
      head={choose}
      onEarlier={earlier}
      onJump={jump}
      onEnd={retry}
      onSearch={(q, signal) => get<UwsLogSearch>(withQuery(searchPath(job.id), { stream, q }), signal)}
      {...(file === undefined ? {} : { downloadHref: file.downloadHref })}
    />
  );
}

const searchPath = (id: string) => `/api/uws/jobs/${encodeURIComponent(id)}/log/search`;

function useGrowingLog(job: UwsJob, stream: Stream) {
  const [log, setLog] = useState<Loaded | undefined>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const current = useRef<Loaded | undefined>(undefined);
  current.current = log;
  const path = `/api/uws/jobs/${encodeURIComponent(job.id)}/log`;
  const final = isFinal(faceOf('uwsJob', job.phase));

  // biome-ignore lint/correctness/useExhaustiveDependencies: `final` asks once more after the end; `attempt` is Try again
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    current.current = undefined;
    setLog(undefined);
    setError(undefined);
    const grow = async () => {
      try {
        const before = current.current;
        // A part from the middle stands still until one goes back to the end.
        if (before?.isPart === true) return;
        const query = { stream, fromByte: before?.nextByte ?? -pieceBytes, maxBytes: pieceBytes };
        const piece = document.hidden ? undefined : await get<UwsLog>(withQuery(path, query), ended.signal);
        if (
          piece !== undefined &&
          (before === undefined || piece.text !== '' || piece.ended !== before.ended)
        ) {
          // Meanwhile one may have jumped to a part.
          if (current.current?.isPart === true) return;
          const next = joined(before, piece);
          current.current = next;
          setLog(next);
        }
        const more = piece !== undefined && piece.nextByte < piece.sizeBytes;
        if (piece?.ended !== true || more) timer = setTimeout(() => void grow(), more ? 0 : growEveryMs);
      } catch (caught) {
        if (ended.signal.aborted) return;
        setError(caught);
        timer = setTimeout(() => void grow(), 5 * growEveryMs);
      }
    };
    void grow();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [path, stream, final, attempt]);

  const earlier = () => {
    const before = current.current;
    if (before === undefined || before.firstByte === 0) return;
    const from = Math.max(0, before.firstByte - 4 * pieceBytes);
    const query = { stream, fromByte: from, maxBytes: before.firstByte - from };
    get<UwsLog>(withQuery(path, query)).then((piece) => {
      const now = current.current;
      if (now === undefined) return;
      const joinedUp = {
        ...now,
        text: piece.text + now.text,
        firstByte: piece.fromByte,
        atStart: piece.fromByte === 0,
      };
      current.current = joinedUp;
      setLog(joinedUp);
    }, setError);
  };
  const jump = (byte: number) => {
    const from = Math.max(0, byte - pieceBytes / 2);
    const query = { stream, fromByte: from, maxBytes: 4 * pieceBytes };
    get<UwsLog>(withQuery(path, query)).then((piece) => {
      const part = partOf(piece);
      current.current = part;
      setLog(part);
    }, setError);
  };
  return { log, error, earlier, jump, retry: () => setAttempt((n) => n + 1) };
}

/** A part from the middle of a log, from its first whole line on. */
function partOf(piece: UwsLog): Loaded {
  const half = piece.fromByte === 0 ? 0 : piece.text.indexOf('\n') + 1;
  const firstByte = piece.fromByte + new TextEncoder().encode(piece.text.slice(0, half)).length;
  return {
    text: piece.text.slice(half),
    firstByte,
    nextByte: piece.nextByte,
    atStart: firstByte === 0,
    sizeBytes: piece.sizeBytes,
    ended: piece.ended,
    isPart: piece.nextByte < piece.sizeBytes,
  };
}

function joined(before: Loaded | undefined, piece: UwsLog): Loaded {
  const firstByte = before?.firstByte ?? piece.fromByte;
  return {
    text: (before?.text ?? '') + piece.text,
    firstByte,
    nextByte: piece.nextByte,
    atStart: firstByte === 0,
    sizeBytes: piece.sizeBytes,
    ended: piece.ended,
    isPart: false,
  };
}
