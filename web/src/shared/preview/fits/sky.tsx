import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { exact, significant } from '../../format.ts';
import { declination, rightAscension } from './coordinates.ts';
import type { Picture } from './pixels.ts';
import { type Frame, type Spot, spotAt } from './sight.ts';
import { type Cuts, paint, type Stretch } from './stretch.ts';
import type { ToSky } from './wcs.ts';

interface Place {
  x: number;
  y: number;
}

interface Props {
  picture: Picture | undefined;
  frame: Frame;
  cuts: Cuts;
  stretch: Stretch;
  inverse: boolean;
  sky: { toSky: ToSky; exact: boolean } | null;
  unit: string;
  label: string;
  note: string;
  full: boolean;
  centre: Place;
  goTo: (place: Place) => void;
  onZoom: (place: Place) => void;
}

/** The picture itself: what is under the pointer is told, one to one it is moved by dragging or arrow keys. */
export function Sky(props: Props) {
  const { picture, frame, sky, unit, full, goTo, centre } = props;
  const canvas = useCanvas(props);
  const [spot, setSpot] = useState<Spot | null>(null);
  const [drag, setDrag] = useState<{ from: Place; by: Place } | null>(null);
  const spotOf = (event: { clientX: number; clientY: number }) => {
    const area = canvas.current?.getBoundingClientRect();
    if (area === undefined || picture === undefined) return null;
    return spotAt(
      picture,
      (event.clientX - area.left) / area.width,
      (event.clientY - area.top) / area.height,
    );
  };
  const pointed = (event: PointerEvent) => {
    if (drag !== null)
      setDrag({ from: drag.from, by: { x: event.clientX - drag.from.x, y: event.clientY - drag.from.y } });
    else setSpot(spotOf(event));
  };
  const grabbed = (event: PointerEvent<HTMLElement>) => {
    setSpot(spotOf(event));
    if (!full || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ from: { x: event.clientX, y: event.clientY }, by: { x: 0, y: 0 } });
  };
  const dropped = () => {
    if (drag !== null && (drag.by.x !== 0 || drag.by.y !== 0))
      goTo({ x: centre.x - drag.by.x, y: centre.y + drag.by.y });
    setDrag(null);
  };
  const pressed = (event: KeyboardEvent) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!full || way === undefined) return;
    event.preventDefault();
    goTo({
      x: centre.x + (way[0] ?? 0) * (frame.width / 4),
      y: centre.y + (way[1] ?? 0) * (frame.height / 4),
    });
  };
  return (
    <div className="fits-sky">
      {/* biome-ignore lint/a11y/useSemanticElements: a canvas needs its name and its keys */}
      <div
        className={`fits-canvas ${full ? 'movable' : ''}`}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture is moved by arrow keys
        tabIndex={0}
        aria-label={full ? `${props.label}. Arrow keys move it.` : props.label}
        style={{ width: frame.width, height: frame.height }}
        onPointerMove={pointed}
        onPointerDown={grabbed}
        onPointerUp={dropped}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setSpot(null)}
        onKeyDown={pressed}
        onDoubleClick={(event) => {
          const at = spotOf(event);
          if (at !== null) props.onZoom(at);
        }}
      >
        <canvas
          ref={canvas}
          style={drag === null ? undefined : { transform: `translate(${drag.by.x}px, ${drag.by.y}px)` }}
        />
      </div>
      <div className="fits-lines">
        <span className="fits-spot mono">
          {spot === null ? '\u00a0' : <SpotText {...{ spot, sky, unit }} />}
        </span>
        <span className="fits-note">{props.note}</span>
      </div>
    </div>
  );
}

function SpotText({ spot, sky, unit }: { spot: Spot } & Pick<Props, 'sky' | 'unit'>) {
  // Pixels of FITS are counted from 1.
  const at = sky?.toSky(spot.x + 1, spot.y + 1) ?? null;
  return (
    <>
      <span>x {exact(spot.x + 1)}</span> <span>y {exact(spot.y + 1)}</span>{' '}
      <b>{Number.isNaN(spot.value) ? 'no value' : significant(spot.value)}</b>{' '}
      {Number.isNaN(spot.value) ? '' : unit}{' '}
      {at !== null && (
        <span title={sky?.exact === false ? 'Distortions of the header are left out' : undefined}>
          {sky?.exact === false && 'about '}
          {rightAscension(at.ra)} {declination(at.dec)}
        </span>
      )}
    </>
  );
}

/** Paints whenever picture, cuts or stretch change. */
function useCanvas({ picture, cuts, stretch, inverse }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d') ?? null;
    if (element === null || context === null || picture === undefined) return;
    element.width = picture.width;
    element.height = picture.height;
    const painted = context.createImageData(picture.width, picture.height);
    paint(picture, cuts, stretch, inverse, painted.data);
    context.putImageData(painted, 0, 0);
  }, [picture, cuts, stretch, inverse]);
  return canvas;
}
