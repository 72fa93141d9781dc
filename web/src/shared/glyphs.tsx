import type { ReactNode } from 'react';
import type { Face } from './states.ts';

/** Shapes of the eight faces on a 14 px field; they differ in outline, so that they work without colour. */
const shapes: Record<Face | 'you' | 'overdue', ReactNode> = {
  idle: <circle cx="7" cy="7" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  waiting: (
    <circle
      cx="7"
      cy="7"
      r="5.2"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeDasharray="2.3 1.8"
    />
  ),
  active: (
    <>
      <circle cx="7" cy="7" r="5.4" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <circle cx="7" cy="7" r="2.8" fill="currentColor" />
    </>
  ),
  finishing: (
    <>
      <circle cx="7" cy="7" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M7 1.8a5.2 5.2 0 0 1 0 10.4z" fill="currentColor" />
    </>
  ),
  good: (
    <>
      <circle cx="7" cy="7" r="6" fill="currentColor" />
      <path d="M4.2 7.2 6.2 9.2 9.9 5.2" fill="none" stroke="var(--surface)" strokeWidth="1.6" />
    </>
  ),
  partial: (
    <>
      <path d="M7 1 13.4 12.6H.6z" fill="currentColor" />
      <path d="M7 5v3.6M7 9.9v1.3" stroke="var(--surface)" strokeWidth="1.5" />
    </>
  ),
  bad: (
    <>
      <rect x="1" y="1" width="12" height="12" rx="1.6" fill="currentColor" />
      <path d="m4.5 4.5 5 5m0-5-5 5" stroke="var(--surface)" strokeWidth="1.6" />
    </>
  ),
  stopped: (
    <>
      <circle cx="7" cy="7" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="m3.6 10.4 6.8-6.8" stroke="currentColor" strokeWidth="1.4" />
    </>
  ),
  unknown: (
    <>
      <rect
        x="1.4"
        y="1.4"
        width="11.2"
        height="11.2"
        rx="1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.2"
        strokeDasharray="2.4 1.5"
      />
      <path
        d="M5.4 5.4c0-2.2 3.3-2.1 3.3-.1 0 1.3-1.6 1.3-1.6 2.7M7.1 9.2v1.2"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.2"
      />
    </>
  ),
  you: <path d="m7 1.4 5.6 5.6L7 12.6 1.4 7z" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  overdue: (
    <>
      <circle cx="7" cy="7" r="5.4" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M7 3.8V7.2l2 1.3" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </>
  ),
};

/** The glyph of a face; decorative, since a word always stands beside it. */
export function Glyph({ face, size = 13 }: { face: Face | 'you' | 'overdue'; size?: number }) {
  return (
    <svg
      className={`glyph face-${face === 'overdue' ? 'bad' : face}`}
      width={size}
      height={size}
      viewBox="0 0 14 14"
      aria-hidden="true"
    >
      {shapes[face]}
    </svg>
  );
}

/** Drawings of the navigation and of small acts, 16 px, one stroke. */
const drawings = {
  home: <path d="M2.5 7.2 8 2.6l5.5 4.6V13.4h-3.8V9.6H6.3v3.8H2.5z" />,
  work: <path d="M2.5 4h11M2.5 8h7.5M2.5 12h9.5" />,
  services: <path d="M2.5 2.8h11v10.4h-11zM5 6l2.2 2L5 10M8.6 10.4h2.6" />,
  scan: <path d="M2.5 5.4V2.6h2.8M10.7 2.6h2.8v2.8M13.5 10.6v2.8h-2.8M5.3 13.4H2.5v-2.8M4.6 8h6.8" />,
  calibration: (
    <path d="M8 1.4v3M8 11.6v3M1.4 8h3M11.6 8h3M12.6 8a4.6 4.6 0 1 1-9.2 0 4.6 4.6 0 0 1 9.2 0z" />
  ),
  admin: <path d="M2 4.6h6.4M11.6 4.6H14M2 11.4h2.4M7.6 11.4H14M10 2.9v3.4M6 9.7v3.4" />,
  search: <path d="M11.3 6.9a4.4 4.4 0 1 1-8.8 0 4.4 4.4 0 0 1 8.8 0zM10.2 10.2l3.6 3.6" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  unfold: <path d="m5 6 3 3.4L11 6" />,
  fold: <path d="m6 5 3.4 3L6 11" />,
} as const;
export type IconName = keyof typeof drawings;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      aria-hidden="true"
    >
      {drawings[name]}
    </svg>
  );
}

/** The mark: a brass body, two orbits, a planet on each. */
export function Mark({ size = 21 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <circle cx="12" cy="12" r="10.6" stroke="var(--line2)" strokeWidth="1.4" />
      <circle cx="12" cy="12" r="6.2" stroke="var(--ink3)" strokeWidth="1.3" />
      <circle cx="12" cy="12" r="2.8" fill="var(--brass)" />
      <circle cx="6.6" cy="15.2" r="1.9" fill="var(--accent)" />
      <circle cx="19.8" cy="4.8" r="2.1" fill="var(--ink)" />
    </svg>
  );
}
