import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { ErrorPanel, SkeletonRows } from './blanks.tsx';
import { readCsv } from './csv.ts';
import { bytes, count, measure } from './format.ts';
import { JsonBody } from './header-view.tsx';
import { type Json, parseJson } from './json.ts';

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

/** Shows a file, and beside an image what describes it, without leaving the page. Content is only ever shown as text, as table or as an image. */
export function FilePreview({ file, beside }: { file: PreviewedFile; beside?: PreviewedFile | undefined }) {
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
      {beside === undefined ? (
        <Body file={file} />
      ) : (
        <div className="preview-beside">
          <Body file={file} />
          <div>
            <Body file={beside} />
          </div>
        </div>
      )}
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

/** Bars of `{edges, counts}`, with the same figures as a table behind a fold. */
function Histogram({ text }: { text: string }): ReactNode {
  const value = useMemo(() => parseJson(text), [text]);
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
