/** A right ascension in degrees as `03:32:39.00`. */
export function rightAscension(degrees: number): string {
  return sexagesimal(degrees / 15, 2, 24);
}

/** A declination in degrees as `−27:47:29.0`. */
export function declination(degrees: number): string {
  return `${degrees < 0 ? '−' : '+'}${sexagesimal(Math.abs(degrees), 1)}`;
}

function sexagesimal(value: number, digits: number, turn = Number.POSITIVE_INFINITY): string {
  const unit = 10 ** digits;
  const parts = Math.round(value * 3600 * unit) % (turn * 3600 * unit);
  const whole = Math.floor(parts / unit);
  const fraction = String(parts % unit).padStart(digits, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${fraction}`;
}

const two = (n: number) => String(n).padStart(2, '0');
