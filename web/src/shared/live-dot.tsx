import { clock, duration } from './format.ts';
import { Glyph } from './glyphs.tsx';
import { useLive } from './live.ts';
import { useNow } from './now.ts';

/** The connection's state in the top bar: word and glyph, with the age of what is shown when it is old. */
export function LiveDot() {
  const { mode, since } = useLive();
  const now = useNow();
  const age = Math.max(0, (now - since) / 1000);
  if (mode === 'live')
    return (
      <span className="live" title="Changes are shown as they happen">
        <span className="dot" />
        Live
      </span>
    );
  if (mode === 'polling')
    return (
      <span className="live" title="No event stream; the page asks every 10 seconds">
        <Glyph face="partial" size={11} />
        Every 10&nbsp;s
      </span>
    );
  if (mode === 'offline')
    return (
      <span className="live tone-bad">
        <Glyph face="bad" size={11} />
        No connection
      </span>
    );
  if (mode === 'reconnecting')
    return (
      <span className="live" title="The event stream broke; it is being opened again">
        <Glyph face="waiting" size={11} />
        Reconnecting <span className="faint">{duration(age)} old</span>
      </span>
    );
  return null;
}

/** The line under the top bar while the server does not answer. */
export function OfflineLine() {
  const { mode, since } = useLive();
  if (mode !== 'offline') return null;
  return (
    <div className="offline-line" role="status">
      No connection since {clock(since)}. What you see is from then; acts are switched off until it returns.
    </div>
  );
}

/** Acts are refused without a connection, with the reason. */
export function useActsOff(): string | undefined {
  return useLive().mode === 'offline' ? 'There is no connection to the server.' : undefined;
}
