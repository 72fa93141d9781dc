import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ErrorPanel, SkeletonRows } from '../blanks.tsx';
import { bytes } from '../format.ts';
import { Grid } from './grid.tsx';
import type { ShownFile } from './shown-file.ts';
import { type TableReader, tableReader } from './table-reader.ts';
import { Choice, Tools } from './tools.tsx';
import type { ViewProps } from './view-state.ts';

/** As much of a file as is read at first, and at most. */
const firstBytes = 2_000_000;
const mostBytes = 64_000_000;

/** A CSV, TSV or VOTable file as a table. */
export function TableView({
  file,
  kind,
  view,
  onView,
}: { file: ShownFile; kind: 'table' | 'votable' } & ViewProps) {
  const [limit, setLimit] = useState(firstBytes);
  const [reader, setReader] = useState<TableReader>();
  useEffect(() => {
    const made = tableReader();
    setReader(made);
    return () => made.close();
  }, []);
  const { data, error, refetch } = useQuery({
    queryKey: ['table', file.href, file.sizeBytes, limit],
    queryFn: () =>
      reader === undefined
        ? Promise.reject(new Error('no reader'))
        : reader.open({ kind, href: file.href, sizeBytes: file.sizeBytes }, limit),
    enabled: reader !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    // The worker that holds the rows ends with this view.
    gcTime: 0,
    placeholderData: (before) => before,
    meta: { still: true },
  });
  if (error !== null)
    return (
      <ErrorPanel what={`${file.fileName} could not be read`} error={error} retry={() => void refetch()} />
    );
  if (data === undefined) return <SkeletonRows rows={8} />;
  const at = Math.min(Number(view.table ?? 0) || 0, data.tables.length - 1);
  const chosen = data.tables[at];
  if (chosen === undefined) return <p className="empty quiet">The file holds no table.</p>;
  const isPart = data.readBytes < file.sizeBytes;
  return (
    <>
      {data.tables.length > 1 && (
        <Tools>
          <Choice
            label="table"
            value={String(at)}
            options={data.tables.map((each, index) => [String(index), each.name])}
            onChange={(value) => onView({ table: value === '0' ? '' : value })}
          />
        </Tools>
      )}
      {(chosen.description !== '' || (data.status !== null && data.status !== 'OK')) && (
        <p className="panel-pad small quiet">
          {data.status !== null && data.status !== 'OK' && (
            <b className="tone-partial">The service said {data.status}. </b>
          )}
          {chosen.description}
        </p>
      )}
      <Grid key={`${at} ${limit}`} table={chosen.table} label={`Rows of ${file.fileName}`} />
      {isPart && (
        <p className="row table-note small quiet">
          {bytes(data.readBytes)} of {bytes(file.sizeBytes)} read
          {limit < Math.min(mostBytes, file.sizeBytes) ? (
            <button
              type="button"
              className="link small"
              onClick={() => setLimit(Math.min(limit * 4, mostBytes))}
            >
              Read up to {bytes(Math.min(limit * 4, mostBytes, file.sizeBytes))}
            </button>
          ) : (
            '; download the file for all'
          )}
        </p>
      )}
    </>
  );
}
