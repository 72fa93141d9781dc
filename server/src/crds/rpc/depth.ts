import { isNestedDeeper } from '../../core/json-depth.ts';

/** Arrays and objects may stand in one another this deep; no call needs more than four. */
export const mostLevels = 50;

/** Whether JSON text nests deeper than that; looked at before the text is read. */
export function isTooDeep(text: string): boolean {
  return isNestedDeeper(text, mostLevels);
}
