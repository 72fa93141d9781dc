/** Switches of a task that retry rules read or write, by the two letters they have in its split rule. */
const switchTags = {
  nEventsPerJob: 'NE',
  nFilesPerJob: 'NF',
  nGBPerJob: 'NG',
  nMaxFilesPerJob: 'MF',
  /** What the sizes were before the first reduction: `NG:10|MF:8`. */
  retryModuleRules: 'RM',
  retryRamOffset: 'RX',
  retryRamStep: 'RY',
  retryRamMax: 'RZ',
} as const;
export type SwitchName = keyof typeof switchTags;

interface Marks {
  between: ',' | '|';
  is: '=' | ':';
}

const outer: Marks = { between: ',', is: '=' };
/** Inside the value of another switch. */
const inner: Marks = { between: '|', is: ':' };

/** The value of a switch in a split rule (`NG=10,MF=8`), as text; null = not set. */
export function readSwitch(splitRule: string, name: SwitchName, isInner = false): string | null {
  const { between, is } = isInner ? inner : outer;
  const start = `${switchTags[name]}${is}`;
  const found = splitRule.split(between).find((each) => each.startsWith(start));
  return found === undefined ? null : found.slice(start.length);
}

/** A switch that is a number; null = not set, or no number. */
export function readNumber(splitRule: string, name: SwitchName, isInner = false): number | null {
  const text = readSwitch(splitRule, name, isInner);
  const value = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

/** The split rule with a switch set, after the others; an earlier value of it goes. */
export function writeSwitch(
  splitRule: string,
  name: SwitchName,
  value: string | number,
  isInner = false,
): string {
  const { between, is } = isInner ? inner : outer;
  const start = `${switchTags[name]}${is}`;
  const others = splitRule.split(between).filter((each) => each !== '' && !each.startsWith(start));
  return [...others, `${start}${value}`].join(between);
}
