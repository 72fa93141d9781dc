import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from 'react';

const spare = 10;
/** Browsers lay out no element that is much higher. */
const maxHeight = 15_000_000;
/** Wrapped lines have no fixed height, so they are all laid out, up to so many. */
export const maxWrapped = 2000;

interface WindowOfRows {
  first: number;
  last: number;
  box: RefObject<HTMLDivElement | null>;
  onScroll: () => void;
  scrollTo: (index: number) => void;
}

/** Which of many rows of one height are in sight of a scrolling box. */
export function useRowsInSight(count: number, rowHeight: number): WindowOfRows {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 480 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => setSeen({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const first = Math.min(Math.max(0, Math.floor(seen.top / rowHeight) - spare), Math.max(0, count - 1));
  const last = Math.min(count, first + Math.ceil(seen.height / rowHeight) + 2 * spare);
  return {
    first,
    last,
    box,
    onScroll: () => {
      const element = box.current;
      if (element !== null) setSeen({ top: element.scrollTop, height: element.clientHeight });
    },
    scrollTo: (index) => {
      const element = box.current;
      if (element !== null) element.scrollTop = Math.max(0, index * rowHeight - element.clientHeight / 3);
    },
  };
}

/** How many rows of a height one box can hold. */
export const rowsThatFit = (rowHeight: number): number => Math.floor(maxHeight / rowHeight);

interface LinesProps {
  rows: WindowOfRows;
  count: number;
  wrap: boolean;
  label: string;
  /** Of one line, in pixels; 18 when absent. */
  height?: number;
  line: (index: number) => ReactNode;
}

export const lineHeight = 18;

/** Lines of text of which only those in sight are in the document. */
export function VirtualLines({ rows, count, wrap, label, height = lineHeight, line }: LinesProps) {
  const from = wrap ? Math.max(0, Math.min(rows.first, count - maxWrapped)) : rows.first;
  const to = wrap ? Math.min(count, from + maxWrapped) : rows.last;
  return (
    <section
      ref={rows.box}
      className={`text-lines ${wrap ? 'wrapped' : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
      onScroll={wrap ? undefined : rows.onScroll}
    >
      {!wrap && <div style={{ height: count * height }} />}
      {Array.from({ length: to - from }, (_, offset) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: lines keep their place
          key={from + offset}
          className="line"
          style={wrap ? undefined : { top: (from + offset) * height, height }}
        >
          {line(from + offset)}
        </div>
      ))}
    </section>
  );
}
