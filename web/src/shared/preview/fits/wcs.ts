import type { FitsHeader } from './header.ts';
import { numberOf, textOf } from './header.ts';

/** Celestial coordinates of a pixel, in degrees; x and y count from 1 as in FITS. */
export type ToSky = (x: number, y: number) => { ra: number; dec: number } | null;

const radian = Math.PI / 180;

/**
 * The gnomonic projection of the header (Calabretta & Greisen 2002, section 5.1.3): CD matrix, or PC with CDELT, or
 * CDELT with CROTA2. Null when the axes are not RA---TAN and DEC--TAN. `exact` is false when the header also holds
 * distortions (SIP, TPV), which are left out.
 */
export function skyOf(header: FitsHeader): { toSky: ToSky; exact: boolean } | null {
  const types = [textOf(header, 'CTYPE1'), textOf(header, 'CTYPE2')];
  if (!/^RA---TAN/.test(types[0] ?? '') || !/^DEC--TAN/.test(types[1] ?? '')) return null;
  const needed = ['CRPIX1', 'CRPIX2', 'CRVAL1', 'CRVAL2'];
  if (needed.some((keyword) => !Number.isFinite(numberOf(header, keyword, Number.NaN)))) return null;
  const [a, b, c, d] = matrixOf(header);
  if (a * d - b * c === 0) return null;
  const [px, py] = [numberOf(header, 'CRPIX1', 0), numberOf(header, 'CRPIX2', 0)];
  const ra0 = numberOf(header, 'CRVAL1', 0);
  const dec0 = numberOf(header, 'CRVAL2', 0) * radian;
  const toSky: ToSky = (x, y) => {
    const xi = (a * (x - px) + b * (y - py)) * radian;
    const eta = (c * (x - px) + d * (y - py)) * radian;
    const down = Math.cos(dec0) - eta * Math.sin(dec0);
    const ra = ra0 + Math.atan2(xi, down) / radian;
    const dec = Math.atan2(Math.sin(dec0) + eta * Math.cos(dec0), Math.hypot(xi, down)) / radian;
    return Number.isFinite(ra) && Number.isFinite(dec) ? { ra: ((ra % 360) + 360) % 360, dec } : null;
  };
  const distorted = types.some((type) => type.length > 8) || header.values.has('PV2_1');
  return { toSky, exact: !distorted };
}

type Matrix = [number, number, number, number];

function matrixOf(header: FitsHeader): Matrix {
  const read = (stem: string, plain: Matrix): Matrix => [
    numberOf(header, `${stem}1_1`, plain[0]),
    numberOf(header, `${stem}1_2`, plain[1]),
    numberOf(header, `${stem}2_1`, plain[2]),
    numberOf(header, `${stem}2_2`, plain[3]),
  ];
  if (['CD1_1', 'CD1_2', 'CD2_1', 'CD2_2'].some((keyword) => header.values.has(keyword)))
    return read('CD', [0, 0, 0, 0]);
  const [sx, sy] = [numberOf(header, 'CDELT1', 1), numberOf(header, 'CDELT2', 1)];
  const turn = numberOf(header, 'CROTA2', 0) * radian;
  const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
  if (turn !== 0 && !header.values.has('PC1_1')) return [sx * cosine, -sy * sine, sx * sine, sy * cosine];
  const [a, b, c, d] = read('PC', [1, 0, 0, 1]);
  return [sx * a, sx * b, sy * c, sy * d];
}
