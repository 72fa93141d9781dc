import { excessOf } from '../../core/json-depth.ts';

/** Arrays and objects may stand in one another this deep; no message of PanDA needs more than ten. */
export const maxDepth = 100;
export const tooDeep = `Arrays and objects may be nested ${maxDepth} deep.`;

/** Values in one message: five thousand workers, or as many event ranges as are looked at, have fewer. */
export const maxValues = 500_000;
export const tooMany = `A message may hold ${maxValues} values.`;

/** Whether a value nests deeper than that; what does would end the stack of whoever writes it again. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

/** Shorter texts are read in no time, however deep. */
const quickCharacters = 65_536;

/** Why JSON text is not to be read, in a sentence; null = nothing speaks against it. Short texts are not looked at. */
export function whyNotRead(text: string): string | null {
  const excess = text.length > quickCharacters ? excessOf(text, maxDepth, maxValues) : null;
  return excess === null ? null : excess === 'levels' ? tooDeep : tooMany;
}

/** Whether a value that was read from this text nests too deep; a long text has been looked at before. */
export function isReadTooDeep(value: unknown, text: string): boolean {
  return text.length <= quickCharacters && isDeeperThan(value, maxDepth);
}
