import { useEffect, useState } from 'react';
import { bytes, exact } from '../format.ts';
import type { ShownFile } from './shown-file.ts';
import { httpSource } from './source.ts';
import { Segments, Tools } from './tools.tsx';
import { chosenOf, type ViewProps } from './view-state.ts';

/** A picture that unpacks to more would take the memory of the browser. */
const mostPixels = 150_000_000;
const mostBytes = 100_000_000;
const mostDrawingBytes = 5_000_000;

/** Width and height as the head of a PNG or GIF claims them; null when it does not say. */
export function claimedSize(head: Uint8Array): [number, number] | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head[0] === 0x89 && head.length >= 24) return [view.getUint32(16), view.getUint32(20)];
  if (head[0] === 0x47 && head.length >= 10) return [view.getUint16(6, true), view.getUint16(8, true)];
  return null;
}

/** A picture, fitted to the panel or one pixel to one. */
export function ImageView({ file, head, view, onView }: { file: ShownFile; head: Uint8Array } & ViewProps) {
  const size = claimedSize(head);
  if (size !== null && size[0] * size[1] > mostPixels)
    return (
      <TooMuch>{`The picture claims ${exact(size[0])} × ${exact(size[1])} pixels, which is more than is shown here.`}</TooMuch>
    );
  if (file.sizeBytes > mostBytes)
    return <TooMuch>{`Pictures over ${bytes(mostBytes)} are not shown.`}</TooMuch>;
  return <Picture {...{ file, view, onView }} src={file.href} />;
}

const TooMuch = ({ children }: { children: string }) => (
  <p className="empty quiet">{children} Download the file to look at it.</p>
);

function Picture({ file, src, view, onView }: { file: ShownFile; src: string } & ViewProps) {
  const [size, setSize] = useState<[number, number]>();
  const [broken, setBroken] = useState(false);
  const way = chosenOf(view.zoom, ['fit', '1']);
  if (broken) return <TooMuch>The browser cannot read this picture.</TooMuch>;
  return (
    <>
      <Tools>
        {size !== undefined && (
          <span className="small faint">
            {exact(size[0])} × {exact(size[1])}
          </span>
        )}
        <Segments
          label="Size"
          value={way}
          options={[
            ['fit', 'Fit'],
            ['1', '1:1'],
          ]}
          onChange={(next) => onView({ zoom: next === 'fit' ? '' : next })}
        />
      </Tools>
      <section
        className={`preview-image ${way === '1' ? 'full' : ''}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label={`Picture ${file.fileName}`}
      >
        <img
          src={src}
          alt={`${file.fileName} as the job made it`}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setSize([naturalWidth, naturalHeight])
          }
          onError={() => setBroken(true)}
        />
      </section>
    </>
  );
}

/**
 * A drawing as a picture: in an image element a browser runs no script of an SVG and fetches nothing it names
 * (SVG integration, secure static mode).
 */
export function DrawingView({ file, view, onView }: { file: ShownFile } & ViewProps) {
  const [src, setSrc] = useState<string>();
  const [failed, setFailed] = useState(false);
  const small = file.sizeBytes <= mostDrawingBytes;
  useEffect(() => {
    if (!small) return;
    const ended = new AbortController();
    let made: string | undefined;
    httpSource(file.href, file.sizeBytes)
      .read(0, file.sizeBytes, ended.signal)
      .then(
        (read) => {
          made = URL.createObjectURL(new Blob([Uint8Array.from(read)], { type: 'image/svg+xml' }));
          setSrc(made);
        },
        () => setFailed(!ended.signal.aborted),
      );
    return () => {
      ended.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [file.href, file.sizeBytes, small]);
  if (!small) return <TooMuch>{`Drawings over ${bytes(mostDrawingBytes)} are not shown.`}</TooMuch>;
  if (failed) return <TooMuch>The drawing could not be read.</TooMuch>;
  return src === undefined ? (
    <p className="empty quiet">Reading {bytes(file.sizeBytes)}.</p>
  ) : (
    <Picture {...{ file, src, view, onView }} />
  );
}
