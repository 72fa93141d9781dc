import type { UwsResult } from '@orrery/contracts';
import { useEffect, useRef, useState } from 'react';
import { bytes, middle } from '../shared/format.ts';
import { useMedia } from '../shared/media.ts';
import { kindOfName } from '../shared/preview/kind-words.ts';
import { useRowsInSight } from '../shared/preview/virtual-lines.tsx';

interface Props {
  results: readonly UwsResult[];
  open: UwsResult | undefined;
  onToggle: (result: UwsResult) => void;
}

const allRowsUpTo = 100;

/** The results as a table; of many, only the rows in sight are in the document. */
export function ResultTable(props: Props) {
  const { results, open } = props;
  const narrow = useMedia('(max-width: 699px)');
  const coarse = useMedia('(pointer: coarse)');
  const rowHeight = narrow ? 56 : coarse ? 44 : 27;
  const sight = useRowsInSight(results.length, rowHeight);
  const virtual = results.length > allRowsUpTo;
  const [first, last] = virtual ? [sight.first, sight.last] : [0, results.length];
  const openAt = open === undefined ? -1 : results.indexOf(open);
  const { scrollTo } = sight;
  const latest = useRef({ scrollTo, first, last });
  latest.current = { scrollTo, first, last };
  useEffect(() => {
    const { first: from, last: to } = latest.current;
    if (virtual && openAt >= 0 && (openAt < from || openAt >= to)) latest.current.scrollTo(openAt);
  }, [virtual, openAt]);
  return (
    <section
      ref={sight.box}
      className="scroll-x"
      style={virtual ? { maxHeight: 420, overflowY: 'auto' } : undefined}
      tabIndex={virtual ? 0 : undefined}
      aria-label={virtual ? 'Results, scrolling' : undefined}
      onScroll={virtual ? sight.onScroll : undefined}
    >
      <table className="table hover results" aria-label="Results" aria-rowcount={results.length + 1}>
        <thead>
          <tr>
            <th scope="col">Result</th>
            {!narrow && <th scope="col">File</th>}
            <th scope="col" className="num">
              Size
            </th>
            {!narrow && <th scope="col">Content</th>}
            <th scope="col">
              <span className="only-read">Acts</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr style={{ height: first * rowHeight }} />}
          {results.slice(first, last).map((result, offset) => (
            <Row
              key={result.name}
              {...props}
              result={result}
              narrow={narrow}
              index={first + offset}
              height={rowHeight}
            />
          ))}
          {last < results.length && <tr style={{ height: (results.length - last) * rowHeight }} />}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps extends Props {
  result: UwsResult;
  narrow: boolean;
  index: number;
  height: number;
}

function Row({ result, open, onToggle, narrow, index, height }: RowProps) {
  const isOpen = result === open;
  const file = (
    <button
      type="button"
      className="link mono"
      title={`${result.fileName}\nSHA-256 ${result.sha256}`}
      aria-expanded={isOpen}
      onClick={() => onToggle(result)}
    >
      {middle(result.fileName, narrow ? 26 : 36)}
    </button>
  );
  return (
    <tr className={isOpen ? 'on' : undefined} aria-rowindex={index + 2} style={{ height }}>
      <th scope="row" className="strong">
        {result.name}
        {narrow && <div>{file}</div>}
      </th>
      {!narrow && <td>{file}</td>}
      <td className="num">{bytes(result.sizeBytes)}</td>
      {!narrow && (
        <td className="quiet small fill" title={`SHA-256 ${result.sha256}`}>
          {result.sizeBytes === 0 ? 'empty' : kindOfName(result)}
        </td>
      )}
      <td className="num">
        <span className="row tight result-acts">
          {!narrow && <CopyAddress result={result} />}
          <a href={result.downloadHref} download aria-label={`Download ${result.fileName}`}>
            Download
          </a>
        </span>
      </td>
    </tr>
  );
}

const saidMs = 1500;

function CopyAddress({ result }: { result: UwsResult }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), saidMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    void navigator.clipboard
      ?.writeText(new URL(result.href, window.location.href).href)
      .then(() => setCopied(true));
  };
  return (
    <button type="button" className="link" aria-label={`Copy address of ${result.fileName}`} onClick={copy}>
      {copied ? 'Copied' : 'Copy address'}
    </button>
  );
}
