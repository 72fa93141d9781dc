/** UTC without a zone, with microseconds when there are any, as Python's `str` of a datetime. */
export function plainInstant(instant: Date): string {
  const [seconds = '', fraction = ''] = instant.toISOString().slice(0, -1).replace('T', ' ').split('.');
  return fraction === '000' ? seconds : `${seconds}.${fraction}000`;
}

/** The same with microseconds in any case. */
export function exactInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, -1).replace('T', ' ')}000`;
}

/** To the second, as the catalogue writes dates. */
export function catalogueInstant(instant: Date | null): string {
  return instant === null ? '' : instant.toISOString().slice(0, 19).replace('T', ' ');
}
