import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { ErrorPanel, SkeletonRows } from './blanks.tsx';
import { readCsv } from './csv.ts';
import { bytes, count, measure } from './format.ts';
import { marked } from './log-view.tsx';

export interface PreviewedFile {
  name: string;
  fileName: string;
  mediaType: string;
  sizeBytes: number;
  href: string;
  downloadHref: string;
  preview: 'image' | 'text' | 'json' | 'table' | 'votable' | 'fits' | 'histogram' | null;
}

/** As much of a file as a preview reads. */
const previewBytes = 1_000_000;

/** Shows a file without leaving the page. Content is only ever shown as text, as table or as an image. */
export function FilePreview({ file }: { file: PreviewedFile }) {
  const cut = file.sizeBytes > previewBytes && file.preview !== 'image';
  return (
    <section className="panel" aria-label={`Preview of ${file.fileName}`}>
      <div className="panel-head">
        <span className="mono strong wrap-any">{file.fileName}</span>
        <span className="small faint">
          {file.mediaType}, {bytes(file.sizeBytes)}
        </span>
        {cut && <span className="small quiet">shown: the first {bytes(previewBytes)}</span>}
        <span className="grow" />
        <a className="button small" href={file.downloadHref}>
          Download
        </a>
      </div>
      <Body file={file} />
    </section>
  );
}

function Body({ file }: { file: PreviewedFile }) {
  if (file.sizeBytes === 0) return <p className="empty quiet">The file is empty.</p>;
  if (file.preview === null || file.preview === 'fits') {
    return (
      <p className="empty quiet">
        {file.preview === 'fits'
          ? 'FITS images are summed up by fits-summary; the file itself can be downloaded.'
          : 'Files of this type are not shown; download it.'}
      </p>
    );
  }
  if (file.preview === 'image') {
    return (
      <div className="preview-image">
        <img src={file.href} alt={`${file.fileName} as the job made it`} />
      </div>
    );
  }
  return <TextBody file={file} />;
}

async function readText(href: string, sizeBytes: number, signal: AbortSignal): Promise<string> {
  const range = sizeBytes > previewBytes ? { range: `bytes=0-${previewBytes - 1}` } : {};
  const response = await fetch(href, { signal, headers: range, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`The file was answered with ${response.status}.`);
  return response.text();
}

function TextBody({ file }: { file: PreviewedFile }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['file', file.href, file.sizeBytes],
    queryFn: ({ signal }) => readText(file.href, file.sizeBytes, signal),
    staleTime: Number.POSITIVE_INFINITY,
    meta: { still: true },
  });
  if (error !== null)
    return (
      <ErrorPanel what={`${file.fileName} could not be read`} error={error} retry={() => void refetch()} />
    );
  if (data === undefined) return <SkeletonRows />;
  if (file.preview === 'table') return <CsvTable text={data} />;
  if (file.preview === 'json') return <JsonBody text={data} />;
  if (file.preview === 'histogram') return <Histogram text={data} />;
  return <pre className="preview-text">{data}</pre>;
}

function CsvTable({ text }: { text: string }) {
  const rows = useMemo(() => readCsv(text, 201), [text]);
  const [head = [], ...body] = rows;
  const numeric = head.map(
    (_, column) =>
      body.length > 0 && body.every((row) => row[column] === '' || Number.isFinite(Number(row[column]))),
  );
  return (
    <>
      <div className="scroll-x" style={{ maxHeight: 460, overflowY: 'auto' }}>
        <table className="table">
          <thead>
            <tr>
              {head.map((name, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file keep their place
                <th key={column} scope="col" className={numeric[column] ? 'num' : ''}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {body.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file keep their place
              <tr key={index}>
                {head.map((_, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file keep their place
                  <td key={column} className={numeric[column] ? 'num mono' : ''}>
                    {row[column] ?? ''}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > 200 && (
        <p className="panel-pad small quiet">The first 200 rows; download the file for all.</p>
      )}
    </>
  );
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

interface Card {
  keyword: string;
  value: string;
  comment: string;
}

/** Header cards wherever they stand in a summary: a list of objects with `keyword` (or `key`, `name`) and `value`. */
function findCards(value: Json | undefined): Card[] | undefined {
  if (value === undefined || value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    const cards = value.map(readCard);
    if (value.length > 0 && cards.every((card) => card !== undefined)) return cards;
  }
  for (const inner of Object.values(value)) {
    const found = findCards(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readCard(value: Json): Card | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const keyword = value.keyword ?? value.key;
  if (typeof keyword !== 'string' || !('value' in value)) return undefined;
  const comment = value.comment;
  const shown = value.value;
  return {
    keyword,
    value: typeof shown === 'string' ? shown : JSON.stringify(shown ?? ''),
    comment: typeof comment === 'string' ? comment : '',
  };
}

/** JSON indented; header cards as a table with a search beside it. */
function JsonBody({ text }: { text: string }) {
  const value = useMemo(() => parse(text), [text]);
  const cards = useMemo(() => findCards(value), [value]);
  const [asText, setAsText] = useState(false);
  if (cards === undefined || asText) {
    return (
      <>
        {cards !== undefined && (
          <button
            type="button"
            className="link small"
            style={{ padding: '8px 16px 0' }}
            onClick={() => setAsText(false)}
          >
            As table
          </button>
        )}
        <pre className="preview-text">{value === undefined ? text : JSON.stringify(value, null, 2)}</pre>
      </>
    );
  }
  return <HeaderCards cards={cards} onText={() => setAsText(true)} />;
}

function HeaderCards({ cards, onText }: { cards: Card[]; onText: () => void }) {
  const [query, setQuery] = useState('');
  const low = query.toLowerCase();
  const shown = cards.filter((card) =>
    `${card.keyword} ${card.value} ${card.comment}`.toLowerCase().includes(low),
  );
  return (
    <>
      <div className="row" style={{ padding: '8px 16px' }}>
        <label className="input" style={{ minHeight: 28, width: 240 }}>
          <span className="only-read">Find in the header</span>
          <input
            placeholder={`Find in ${count(cards.length)} cards`}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
        <button type="button" className="link small" onClick={onText}>
          As JSON
        </button>
      </div>
      <div style={{ maxHeight: 420, overflow: 'auto' }}>
        <table className="table" aria-label="Header cards">
          <thead>
            <tr>
              <th scope="col">Keyword</th>
              <th scope="col">Value</th>
              <th scope="col">Comment</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, 500).map((card, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: HISTORY and COMMENT cards repeat their keyword
              <tr key={index}>
                <th scope="row" className="mono faint">
                  {marked(card.keyword, query)}
                </th>
                <td className="mono wrap-any">{marked(card.value, query)}</td>
                <td className="quiet small fill">{marked(card.comment, query)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Bars of `{edges, counts}`, with the same figures as a table behind a fold. */
function Histogram({ text }: { text: string }): ReactNode {
  const value = useMemo(() => parse(text), [text]);
  const [asTable, setAsTable] = useState(false);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return <pre className="preview-text">{text}</pre>;
  const edges = numbers(value.edges);
  const counts = numbers(value.counts);
  if (counts.length === 0 || edges.length !== counts.length + 1)
    return <pre className="preview-text">{text}</pre>;
  const most = Math.max(...counts, 1);
  return (
    <>
      <div
        className="bars"
        role="img"
        aria-label={`Histogram of ${count(counts.length)} bins from ${measure(edges[0] ?? 0)} to ${measure(edges.at(-1) ?? 0)}`}
      >
        {counts.map((n, bin) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: bins keep their place
            key={bin}
            style={{ height: `${(100 * n) / most}%` }}
            title={`${measure(edges[bin] ?? 0)} to ${measure(edges[bin + 1] ?? 0)}: ${count(n)}`}
          />
        ))}
      </div>
      <div className="row apart label" style={{ padding: '2px 16px 8px' }}>
        <span>{measure(edges[0] ?? 0)}</span>
        <button type="button" className="link" onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Bars only' : 'As table'}
        </button>
        <span>{measure(edges.at(-1) ?? 0)}</span>
      </div>
      {asTable && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col" className="num">
                from
              </th>
              <th scope="col" className="num">
                to
              </th>
              <th scope="col" className="num">
                pixels
              </th>
            </tr>
          </thead>
          <tbody>
            {counts.map((n, bin) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: bins keep their place
              <tr key={bin}>
                <td className="num">{measure(edges[bin] ?? 0)}</td>
                <td className="num">{measure(edges[bin + 1] ?? 0)}</td>
                <td className="num">{count(n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function numbers(value: Json | undefined): number[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'number') : [];
}
