/** The only formatters of numbers, bytes, durations, times and ids. All times are shown in UTC. */

const groupSpace = '\u202f';
const unitSpace = '\u00a0';
const second = 1000;
const day = 86_400 * second;

type Instant = string | number | Date;
const toDate = (at: Instant) => (at instanceof Date ? at : new Date(at));

/** An integer in full, in thin groups of three: `1 412 108`. */
export function exact(n: number): string {
  const [whole = '0', fraction] = Math.abs(n).toString().split('.');
  const grouped = whole.length < 4 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, groupSpace);
  return `${n < 0 ? '−' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** A count: exact up to 99 999, then three figures with k or M (`938 k`, `1.0 M`). */
export function count(n: number): string {
  const size = Math.abs(n);
  if (size < 100_000) return exact(Math.round(n));
  if (size < 999_500) return `${exact(Math.round(n / 1000))}${unitSpace}k`;
  const millions = n / 1e6;
  if (Math.abs(millions) < 999.5)
    return `${millions < 99.5 ? millions.toFixed(1) : Math.round(millions)}${unitSpace}M`;
  return `${exact(Math.round(millions / 1000))}${unitSpace}G`;
}

/** Says "about" before an estimate that was rounded. */
export function aboutCount(n: number): string {
  return Math.abs(n) < 100_000 ? count(n) : `about ${count(n)}`;
}

/** A measure with at most three significant digits. */
export function measure(n: number, unit?: string): string {
  let text: string;
  if (n === 0) text = '0';
  else if (Math.abs(n) >= 100) text = exact(Math.round(n));
  else text = String(Number(n.toPrecision(Math.abs(n) >= 10 ? 3 : 2)));
  return unit === undefined ? text : `${text}${unitSpace}${unit}`;
}

/** A value that was measured, with so many significant digits: `412.7`, `-1.5e-12`. */
export function significant(n: number, digits = 6): string {
  return String(Number(n.toPrecision(digits))).replaceAll('-', '−');
}

/** Decimal bytes: `33.6 MB`. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = n;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = unit === 0 || value >= 100 ? exact(Math.round(value)) : String(Number(value.toPrecision(3)));
  return `${text}${unitSpace}${units[unit]}`;
}

/** Milliseconds of work: `0.6 ms`, `37 ms`, `1.8 s`, then like `duration`. */
export function milliseconds(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))}${unitSpace}ms`;
  if (ms < 1000) return `${Math.round(ms)}${unitSpace}ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}${unitSpace}s`;
  return duration(ms / 1000);
}

/** A length of time in at most two parts: `3 h 22 min`, `38 s`, `0.4 s`, `12 d`. */
export function duration(seconds: number): string {
  const total = Math.abs(seconds);
  if (total === 0) return `0${unitSpace}s`;
  if (total < 9.95) return `${Number(total.toFixed(1))}${unitSpace}s`;
  if (total < 59.5) return `${Math.round(total)}${unitSpace}s`;
  const minutes = Math.floor(Math.round(total) / 60);
  if (minutes < 10) return parts(minutes, 'min', Math.round(total) % 60, 's');
  const wholeMinutes = Math.round(total / 60);
  if (wholeMinutes < 60) return `${wholeMinutes}${unitSpace}min`;
  const hours = Math.floor(wholeMinutes / 60);
  if (hours < 48) return parts(hours, 'h', wholeMinutes % 60, 'min');
  const wholeHours = Math.round(total / 3600);
  const days = Math.floor(wholeHours / 24);
  return days < 10
    ? parts(days, 'd', wholeHours % 24, 'h')
    : `${exact(Math.round(total / 86_400))}${unitSpace}d`;
}

function parts(big: number, bigUnit: string, small: number, smallUnit: string): string {
  const first = `${exact(big)}${unitSpace}${bigUnit}`;
  return small === 0 ? first : `${first} ${small}${unitSpace}${smallUnit}`;
}

/** A share between 0 and 1 as percent with at most one decimal; tiny shares say so. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return `<${groupSpace}0.1${unitSpace}%`;
  const text =
    value >= 10 ? (Number.isInteger(value) ? value : Number(value.toFixed(1))) : Number(value.toFixed(1));
  return `${text}${unitSpace}%`;
}

const two = (n: number) => String(n).padStart(2, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The clock of an instant: `02:18:40`. */
export function clock(at: Instant, withSeconds = true): string {
  const date = toDate(at);
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return withSeconds ? `${minutes}:${two(date.getUTCSeconds())}` : minutes;
}

/** The whole instant: `2026-11-22 02:18:40`. */
export function stamp(at: Instant): string {
  const date = toDate(at);
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ${clock(date)}`;
}

/** As short as the day allows: today the clock, this year `18 Nov 02:18`, else with the year and no clock. */
export function when(at: Instant, now: Instant, withSeconds = true): string {
  const date = toDate(at);
  const today = toDate(now);
  const days = Math.floor(date.getTime() / day) - Math.floor(today.getTime() / day);
  if (days === 0) return clock(date, withSeconds);
  const name = `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
  return date.getUTCFullYear() === today.getUTCFullYear()
    ? `${name} ${clock(date, false)}`
    : `${name} ${date.getUTCFullYear()}`;
}

/** Age or distance: `15 min ago`, `in 3 h 22 min`, `now`. */
export function relative(at: Instant, now: Instant): string {
  const seconds = (toDate(at).getTime() - toDate(now).getTime()) / second;
  if (Math.abs(seconds) < 1) return 'now';
  const length = coarse(Math.abs(seconds));
  return seconds < 0 ? `${length} ago` : `in ${length}`;
}

/** One part only below an hour: the age of something is a glance. */
function coarse(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)}${unitSpace}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${unitSpace}min`;
  return duration(Math.floor(seconds / 60) * 60);
}

/** A deadline as both: `05:40, in 3 h 22 min`. */
export function deadline(at: Instant, now: Instant): string {
  return `${when(at, now, false)}, ${relative(at, now)}`;
}

/** Hashes as the first 12 and the last 6; shorter ids whole. */
export function shortHash(hash: string): string {
  return hash.length > 24 ? `${hash.slice(0, 12)}…${hash.slice(-6)}` : hash;
}

/** Cuts a file or dataset name in its middle, because both ends tell it apart. */
export function middle(name: string, most = 40): string {
  if (name.length <= most) return name;
  const head = Math.ceil((most - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (most - 1 - head))}`;
}

/** `1 job`, `1 204 jobs`; the plural may be given where adding an s is wrong. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** The rhythm of a schedule: long seconds become hours and days, cron expressions stay. */
export function rhythm(period: string): string {
  return period.replace(/\b(\d+) s\b/, (_, seconds: string) => duration(Number(seconds)));
}

/** What an action of the audit trail says in words: `auth.session-opened` is "session opened". */
export function actionWords(action: string): string {
  const [first = '', ...rest] = action.split('.');
  const words = rest.length === 0 ? first : rest.join(' ');
  return words.replaceAll('-', ' ');
}

/** Text of the server with its ISO instants as clocks of the page. */
export function withClocks(text: string, now: Instant): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (instant) => when(instant, now));
}
