/** How a preview is looked at (HDU, stretch, cuts …), as it stands in the query string: `hdu:1,stretch:log`. */
export type ViewState = Readonly<Record<string, string>>;

export interface ViewProps {
  view: ViewState;
  /** Changes entries; an empty text takes one away. */
  onView: (change: Record<string, string>) => void;
}

/** Reads the text of the query string; what is no entry is left out. */
export function readView(text: string | undefined): ViewState {
  const entries: Array<[string, string]> = [];
  for (const part of (text ?? '').slice(0, 500).split(',')) {
    const match = /^([a-z]{1,20}):([^,]{1,60})$/.exec(part);
    if (match !== null) entries.push([match[1] ?? '', match[2] ?? '']);
  }
  return Object.fromEntries(entries);
}

/** The text for the query string; undefined when nothing was chosen. */
export function writeView(view: ViewState, change: Record<string, string>): string | undefined {
  const entries = Object.entries({ ...view, ...change }).filter(([, value]) => value !== '');
  return entries.length === 0 ? undefined : entries.map(([key, value]) => `${key}:${value}`).join(',');
}

/** One of the allowed values; the first when the address says something else. */
export function chosenOf<T extends string>(value: string | undefined, allowed: readonly [T, ...T[]]): T {
  return allowed.find((each) => each === value) ?? allowed[0];
}
