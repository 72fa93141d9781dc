import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ErrorPanel, SkeletonRows } from '../../blanks.tsx';
import { bytes, exact } from '../../format.ts';
import { Grid } from '../grid.tsx';
import type { ShownFile } from '../shown-file.ts';
import { type ByteSource, httpSource } from '../source.ts';
import { Choice, Segments, Tools } from '../tools.tsx';
import type { ViewProps } from '../view-state.ts';
import { CardList } from './card-list.tsx';
import { type FitsFile, type Hdu, type HduKind, readHdus } from './hdus.ts';
import { ImagePanel } from './image-panel.tsx';
import { fitsTable } from './table.ts';

/** Which HDU one wants to see first: an image, else a table, else the first. */
export function firstShown(hdus: readonly Hdu[]): number {
  const order: HduKind[] = ['image', 'bintable', 'asciitable', 'compressed'];
  const found = order.map((kind) => hdus.findIndex((hdu) => hdu.kind === kind)).find((at) => at >= 0);
  return found ?? 0;
}

/** A FITS file: its header and data units, images drawn, tables as tables, headers with a search. */
export function FitsView({ file, view, onView }: { file: ShownFile } & ViewProps) {
  const source = useMemo(() => httpSource(file.href, file.sizeBytes), [file.href, file.sizeBytes]);
  const { data, error, refetch } = useQuery({
    queryKey: ['fits', file.href, file.sizeBytes],
    queryFn: ({ signal }) => readHdus(source, signal),
    staleTime: Number.POSITIVE_INFINITY,
    meta: { still: true },
  });
  if (error !== null)
    return (
      <ErrorPanel what={`${file.fileName} could not be read`} error={error} retry={() => void refetch()} />
    );
  if (data === undefined) return <SkeletonRows rows={8} />;
  const asked = Number(view.hdu ?? Number.NaN);
  const at =
    Number.isInteger(asked) && asked >= 0 && asked < data.hdus.length ? asked : firstShown(data.hdus);
  const hdu = data.hdus[at];
  return (
    <>
      <HduTools {...data} at={at} onView={onView} />
      {data.problem !== null && (
        <p className="table-note small" role="status">
          <b className="tone-partial">{data.problem}</b>
        </p>
      )}
      {hdu !== undefined && <Unit key={at} {...{ hdu, source, file, view, onView }} />}
    </>
  );
}

function HduTools({ hdus, at, onView }: FitsFile & { at: number; onView: ViewProps['onView'] }) {
  if (hdus.length < 2) return null;
  const options = hdus.map((hdu) => [String(hdu.index), `[${hdu.index}] ${hdu.name}`] as const);
  // Another HDU has other values and planes: what was chosen for this one does not fit it.
  const choose = (value: string) => onView({ hdu: value, plane: '', low: '', high: '' });
  return (
    <Tools>
      {hdus.length > 4 ? (
        <Choice label="HDU" value={String(at)} options={options} onChange={choose} />
      ) : (
        <Segments label="HDU" value={String(at)} options={options} onChange={choose} />
      )}
    </Tools>
  );
}

function Unit({
  hdu,
  source,
  file,
  view,
  onView,
}: { hdu: Hdu; source: ByteSource; file: ShownFile } & ViewProps) {
  const cards = <CardList cards={hdu.header.cards} />;
  const table = useMemo(
    () => (hdu.kind === 'bintable' || hdu.kind === 'asciitable' ? fitsTable(hdu, source) : undefined),
    [hdu, source],
  );
  if (hdu.kind === 'image') {
    return (
      <div className="fits-image">
        <ImagePanel {...{ hdu, source, file, view, onView }} />
        {cards}
      </div>
    );
  }
  if (table !== undefined && typeof table !== 'string') {
    return (
      <>
        <Grid table={table} label={`Rows of HDU ${hdu.index}, ${hdu.name}`} />
        <details className="fold-cards">
          <summary>Header, {exact(hdu.header.cards.length)} cards</summary>
          {cards}
        </details>
      </>
    );
  }
  return (
    <>
      <p className="empty quiet">{table ?? noPicture(hdu)}</p>
      {cards}
    </>
  );
}

function noPicture(hdu: Hdu): string {
  if (hdu.kind === 'compressed')
    return 'A compressed image (ZIMAGE) is not unpacked here; its header is below. Unpack it with funpack, or download the file.';
  if (hdu.kind === 'empty') return 'This HDU holds no data, only a header.';
  return `HDUs of this kind are not drawn; it holds ${bytes(hdu.dataBytes)}.`;
}
