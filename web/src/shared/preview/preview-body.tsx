import './preview.css';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { ErrorPanel, SkeletonRows } from '../blanks.tsx';
import type { PreviewedFile } from '../file-preview.tsx';
import { MarkupView, PdfView } from './document-view.tsx';
import { HexView } from './hex-view.tsx';
import { ImageView } from './image-view.tsx';
import { claimedKind, kindOf } from './kind.ts';
import { openFile } from './source.ts';
import { StructuredView } from './structured-view.tsx';
import { TableView } from './table-view.tsx';
import { TextView } from './text-view.tsx';
import type { ViewProps } from './view-state.ts';

const FitsView = lazy(() => import('./fits/fits-view.tsx').then(({ FitsView }) => ({ default: FitsView })));

const headBytes = 4096;

/** The content of one file, shown as what its type and its first bytes say it is. */
export function PreviewBody({
  file,
  isHistogram,
  view,
  onView,
}: { file: PreviewedFile; isHistogram: boolean } & ViewProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ['file-head', file.href, file.sizeBytes],
    queryFn: ({ signal }) => openFile(file.href, headBytes, signal),
    enabled: file.sizeBytes !== 0,
    staleTime: Number.POSITIVE_INFINITY,
    meta: { still: true },
  });
  if (file.sizeBytes === 0) return <p className="empty quiet">The file is empty.</p>;
  if (error !== null)
    return (
      <ErrorPanel what={`${file.fileName} could not be read`} error={error} retry={() => void refetch()} />
    );
  if (data === undefined) return <SkeletonRows rows={8} />;
  if (data.head.length === 0) return <p className="empty quiet">The file is empty.</p>;
  // An input says neither its size nor its type; the answer does.
  const shown = {
    ...file,
    sizeBytes: data.sizeBytes || (file.sizeBytes ?? 0),
    mediaType: file.mediaType === '' ? data.mediaType : file.mediaType,
  };
  const kind = kindOf(claimedKind(shown.mediaType, shown.fileName), data.head);
  const props = { file: shown, view, onView };
  if (kind === 'image') return <ImageView {...props} head={data.head} />;
  if (kind === 'svg' || kind === 'html') return <MarkupView {...props} kind={kind} />;
  if (kind === 'pdf') return <PdfView file={shown} head={data.head} />;
  if (kind === 'table' || kind === 'votable') return <TableView {...props} kind={kind} />;
  if (kind === 'json') return <StructuredView {...props} kind={isHistogram ? 'histogram' : 'json'} />;
  if (kind === 'yaml' || kind === 'xml') return <StructuredView {...props} kind={kind} />;
  if (kind === 'hex') return <HexView file={shown} head={data.head} />;
  if (kind !== 'fits') return <TextView {...props} />;
  return (
    <Suspense fallback={<SkeletonRows rows={8} />}>
      <FitsView {...props} />
    </Suspense>
  );
}
