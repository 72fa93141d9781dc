import type { Mapping } from './mapping.ts';
import { MappingError } from './mapping-error.ts';
import { compilingRmap } from './rmap.ts';
import { RmapHeader } from './rmap-header.ts';
import type { Steps } from './steps.ts';

/**
 * Why the rules of a mapping that can be read cannot be used: an expression that is none, keys that contradict each
 * other. Null when they can be. In steps, for `inTurns`.
 */
export function* findingFault(mapping: Mapping): Steps<MappingError | null> {
  try {
    if (mapping.kind === 'rmap') yield* compilingRmap(mapping);
    else checkHeader(new RmapHeader(mapping));
    return null;
  } catch (error) {
    if (error instanceof MappingError) return error;
    throw error;
  }
}

/** What lookups take from the header of a pmap or an imap. */
function checkHeader(header: RmapHeader): void {
  header.names('parkey');
  header.names('extra_keys');
}

/** A fault as it follows the name of its file: `7:23: expected …`. */
export function faultText({ line, column, expected }: MappingError): string {
  return `${line}:${column}: expected ${expected}`;
}
