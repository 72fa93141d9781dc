import { isNestedDeeper } from '../../core/json-depth.ts';

/** Arrays and objects may stand in one another this deep; no message of PanDA needs more than ten. */
export const maxDepth = 100;
export const tooDeep = `Arrays and objects may be nested ${maxDepth} deep.`;

/** Whether a value nests deeper than that; what does would end the stack of whoever writes it again. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

/** Shorter texts are read in no time, however deep. */
const quickCharacters = 65_536;

/** The same of JSON text, before it is read. Short texts are not looked at. */
export function isTextDeeperThan(text: string, levels: number): boolean {
  return text.length > quickCharacters && isNestedDeeper(text, levels);
}
