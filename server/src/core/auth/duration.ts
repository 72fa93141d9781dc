import { AppError } from '../errors.ts';

const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 } as const;

/** Reads `90s`, `30m`, `12h`, `30d`, `8w`, `1y` as milliseconds, at most ten years. Throws `auth.duration-invalid`. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})\s*([smhdwy])$/.exec(text.trim());
  const seconds = match === null ? 0 : Number(match[1]) * secondsOf[match[2] as keyof typeof secondsOf];
  if (seconds > 0 && seconds <= 10 * secondsOf.y) return seconds * 1000;
  throw new AppError('invalid', 'auth.duration-invalid', `"${text.slice(0, 40)}" is no duration.`, {
    next: 'Write a number and a unit, for example 12h, 30d or 1y; ten years at most.',
  });
}
