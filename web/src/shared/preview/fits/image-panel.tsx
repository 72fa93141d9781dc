import { useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { ErrorPanel, SkeletonRows } from '../../blanks.tsx';
import { bytes, exact, measure } from '../../format.ts';
import type { ShownFile } from '../shown-file.ts';
import type { ByteSource } from '../source.ts';
import { chosenOf, type ViewProps } from '../view-state.ts';
import { CutHistogram } from './cut-histogram.tsx';
import type { Hdu } from './hdus.ts';
import { textOf } from './header.ts';
import { ImageTools } from './image-tools.tsx';
import { type Picture, planPicture, readPicture, type Window } from './pixels.ts';
import { type Frame, fitted, windowAround } from './sight.ts';
import { Sky } from './sky.tsx';
import {
  type CutChoice,
  type Cuts,
  cutShares,
  cutsOf,
  type Stretch,
  sortedSample,
  stretches,
} from './stretch.ts';
import { skyOf } from './wcs.ts';

const mostHeight = 440;
/** Two pixels of a fine screen to one are enough. */
const mostRatio = 2;

type Props = { hdu: Hdu; source: ByteSource; file: ShownFile } & ViewProps;

/** One image, or one plane of a cube: drawn, with cuts, stretch, and the value under the pointer. */
export function ImagePanel(props: Props) {
  const { hdu, view, onView } = props;
  const [box, setBox] = useState<Frame>();
  const room = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = room.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setBox({ width: element.clientWidth, height: mostHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const planes = hdu.axes.slice(2).reduce((product, length) => product * length, 1);
  const asked = Number(view.plane ?? 1);
  const plane = Number.isInteger(asked) && asked >= 1 && asked <= planes ? asked - 1 : 0;
  return (
    <div className="fits-main">
      <div ref={room}>
        {box === undefined ? <SkeletonRows rows={8} /> : <Drawn {...props} box={box} plane={plane} />}
      </div>
      {planes > 1 && <PlaneSlider plane={plane} planes={planes} onView={onView} />}
    </div>
  );
}

function PlaneSlider({
  plane,
  planes,
  onView,
}: {
  plane: number;
  planes: number;
  onView: ViewProps['onView'];
}) {
  return (
    <label className="row table-note small">
      <span className="quiet nowrap">
        Plane {exact(plane + 1)} of {exact(planes)}
      </span>
      <input
        type="range"
        className="grow"
        min={1}
        max={planes}
        value={plane + 1}
        onChange={(event) => onView({ plane: event.target.value === '1' ? '' : event.target.value })}
      />
    </label>
  );
}

/** Reads a window of an image as large as it is drawn. Undefined while it is read; null when it cannot be. */
function usePicture(props: Props & { plane: number }, window: Window | null, drawnWidth: number) {
  const { hdu, source, file, plane } = props;
  const ratio = Math.min(mostRatio, globalThis.devicePixelRatio || 1);
  // Steps of 64 pixels, so that a panel that is dragged wider does not read anew for each.
  const width = Math.ceil((drawnWidth * ratio) / 64) * 64;
  return useQuery({
    queryKey: ['fits-picture', file.href, hdu.index, plane, window, width],
    queryFn: async ({ signal }) => {
      const plan = window === null ? null : planPicture(hdu, plane, window, Math.min(width, window.width));
      if (plan === null || window === null) return null;
      return readPicture(source, hdu, plan, window.x, signal);
    },
    enabled: window !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    meta: { still: true },
    placeholderData: (before, query) =>
      query?.queryKey[2] === hdu.index && query.queryKey[1] === file.href ? before : undefined,
  });
}

const size = (hdu: Hdu): Frame => ({ width: hdu.axes[0] ?? 1, height: hdu.axes[1] ?? 1 });

function Drawn(props: Props & { plane: number; box: Frame }) {
  const { hdu, file, view, box } = props;
  const image = size(hdu);
  const frame = fitted(image, box);
  const [centre, setCentre] = useState({ x: image.width / 2, y: image.height / 2 });
  const full = chosenOf(view.zoom, ['fit', '1']) === '1';
  const whole = useMemo(
    () => ({ x: 0, y: 0, width: image.width, height: image.height }),
    [image.width, image.height],
  );
  const part = windowAround(image, box, centre);
  const overview = usePicture(props, whole, frame.width);
  const detail = usePicture(props, full ? part : null, part.width);
  const sky = useMemo(() => skyOf(hdu.header), [hdu]);
  const failed = overview.error ?? detail.error;
  if (failed !== null)
    return (
      <ErrorPanel
        what={`${file.fileName} could not be read`}
        error={failed}
        retry={() => void Promise.all([overview.refetch(), full ? detail.refetch() : undefined])}
      />
    );
  if (overview.data === undefined)
    return <div className="fits-sky" style={{ height: frame.height }} aria-busy="true" />;
  if (overview.data === null)
    return (
      <p className="empty quiet">
        A row of this image has more pixels than a preview reads; download the file.
      </p>
    );
  const shown = full ? (detail.data ?? undefined) : overview.data;
  const drawn = full ? { width: part.width, height: part.height } : frame;
  const goTo = (next: { x: number; y: number }) =>
    setCentre({ x: clamp(next.x, image.width), y: clamp(next.y, image.height) });
  return (
    <Cutting
      {...props}
      overview={overview.data}
      draw={(cuts, stretch, inverse) => (
        <Sky
          {...{ cuts, stretch, inverse, sky, full, goTo, centre }}
          picture={shown}
          frame={drawn}
          unit={textOf(hdu.header, 'BUNIT')}
          label={`HDU ${hdu.index} of ${file.fileName}, ${exact(image.width)} × ${exact(image.height)} pixels`}
          note={shown === undefined ? 'reading' : noteOf(file, shown, full ? part : whole, drawn.width)}
          onZoom={(at) => {
            goTo(at);
            props.onView({ zoom: full ? '' : '1' });
          }}
        />
      )}
    />
  );
}

const clamp = (at: number, length: number) => Math.min(Math.max(0, at), length);

/** At which scale it is shown, and how much of the file was read for it. */
function noteOf(file: ShownFile, picture: Picture, window: Window, drawnWidth: number): string {
  const shrunk = Math.max(window.width / picture.width, window.height / picture.height);
  const enlarged = Math.max(1, Math.round(drawnWidth / window.width));
  const scale = shrunk > 1.005 ? `1 : ${measure(shrunk)}` : `${exact(enlarged)} : 1`;
  return `shown ${scale}, ${bytes(picture.readBytes)} of ${bytes(file.sizeBytes)} read`;
}

interface CuttingProps extends Props {
  plane: number;
  overview: Picture;
  draw: (cuts: Cuts, stretch: Stretch, inverse: boolean) => React.ReactNode;
}

/** Cuts from the whole picture, so that brightness stays the same when one looks closer. */
function Cutting({ hdu, overview, view, onView, draw }: CuttingProps) {
  const sample = useMemo(() => sortedSample(overview.values), [overview]);
  const choice = chosenOf(view.cut, ['99.5', ...(Object.keys(cutShares) as CutChoice[])]);
  const automatic = useMemo(() => cutsOf(sample, choice), [sample, choice]);
  const low = Number(view.low ?? Number.NaN);
  const high = Number(view.high ?? Number.NaN);
  const cuts = useMemo(() => (high > low ? { low, high } : automatic), [low, high, automatic]);
  const stretch = chosenOf(view.stretch, ['asinh', ...stretches]);
  const inverse = view.map === 'inverse';
  return (
    <>
      <ImageTools {...{ view, onView, stretch, inverse, choice }} byHand={cuts !== automatic} />
      {sample.length === 0 && <p className="table-note small quiet">No pixel of this plane has a value.</p>}
      {draw(cuts, stretch, inverse)}
      <CutHistogram
        sample={sample}
        cuts={cuts}
        around={automatic}
        unit={textOf(hdu.header, 'BUNIT')}
        onCuts={(next) => onView({ low: String(next.low), high: String(next.high) })}
      />
    </>
  );
}
