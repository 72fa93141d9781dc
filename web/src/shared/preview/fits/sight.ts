import type { Picture, Window } from './pixels.ts';

/** How large a picture is drawn, in CSS pixels. */
export interface Frame {
  width: number;
  height: number;
}

const mostEnlarged = 16;

/** The size at which a whole image fits its box; small ones are enlarged by whole numbers. */
export function fitted(image: Frame, box: Frame): Frame {
  const scale = Math.min(box.width / image.width, box.height / image.height);
  const kept = scale >= 1 ? Math.min(mostEnlarged, Math.max(1, Math.floor(scale))) : scale;
  return {
    width: Math.max(1, Math.round(image.width * kept)),
    height: Math.max(1, Math.round(image.height * kept)),
  };
}

/** The part of an image that a box shows one pixel to one around a place, moved to lie within the image. */
export function windowAround(image: Frame, box: Frame, centre: { x: number; y: number }): Window {
  const width = Math.min(image.width, Math.max(1, Math.floor(box.width)));
  const height = Math.min(image.height, Math.max(1, Math.floor(box.height)));
  const within = (at: number, length: number, part: number) =>
    Math.min(Math.max(0, Math.round(at - part / 2)), length - part);
  return {
    x: within(centre.x, image.width, width),
    y: within(centre.y, image.height, height),
    width,
    height,
  };
}

export interface Spot {
  /** Pixel of the image, from 0. */
  x: number;
  y: number;
  /** NaN = no value. */
  value: number;
}

/** The pixel of the image that is drawn at a place of a picture, 0…1 from the left and from the top. */
export function spotAt(picture: Picture, across: number, down: number): Spot | null {
  if (!(across >= 0 && across < 1 && down >= 0 && down < 1)) return null;
  const column = Math.floor(across * picture.width);
  // The first row of a FITS image is the lowest.
  const row = picture.height - 1 - Math.floor(down * picture.height);
  return {
    x: picture.columns[column] ?? 0,
    y: picture.rows[row] ?? 0,
    value: picture.values[row * picture.width + column] ?? Number.NaN,
  };
}
