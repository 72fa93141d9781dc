import { deadline, relative, stamp, when } from './format.ts';
import { useNow, useSlowNow } from './now.ts';

/** An instant as short as the day allows; the whole of it and the age on hover. */
export function Time({ at, seconds = true }: { at: string; seconds?: boolean }) {
  const now = useSlowNow();
  return (
    <time dateTime={at} title={`${stamp(at)} UTC, ${relative(at, now)}`}>
      {when(at, now, seconds)}
    </time>
  );
}

/** An age, where age is the point: `15 min ago`. */
export function Ago({ at }: { at: string }) {
  // The server's clock may be a moment ahead; nothing that happened lies in the future.
  const now = Math.max(useNow(), Date.parse(at));
  return (
    <time dateTime={at} title={`${stamp(at)} UTC`}>
      {relative(at, now)}
    </time>
  );
}

/** A deadline as both: `05:40, in 3 h 22 min`. */
export function Deadline({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={`${stamp(at)} UTC`}>
      {deadline(at, now)}
    </time>
  );
}
