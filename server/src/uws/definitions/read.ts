import { LineCounter, parseDocument } from 'yaml';
import { AppError, messageOf } from '../../core/errors.ts';
import { checkDefinition, definitionBroken } from './check.ts';
import type { Definition } from './definition.ts';
import { definitionFromOpus, readOpusJson } from './opus-json.ts';
import { readOpusVotable } from './opus-votable.ts';

/**
 * Reads a definition from a file's text: a VOTable or the JSON of OPUS, or our YAML (JSON in our own form is
 * YAML as well). Throws `uws.definition-broken` with the place and the reason.
 */
export function readDefinition(source: string, script?: string): Definition {
  const text = source.replace(/^\ufeff/, '');
  const definition = checkDefinition(withScript(readAny(text), script));
  if (definition.script === undefined) return definition;
  // Written on Windows: to bash a carriage return is a part of the command.
  return { ...definition, script: definition.script.replaceAll('\r\n', '\n') };
}

function readAny(text: string): unknown {
  if (text.trimStart().startsWith('<')) return definitionFromOpus(readOpusVotable(text));
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const at = lines.linePos(fault.pos[0]);
    throw definitionBroken(`line ${at.line}, column ${at.col}`, fault.message.split('\n')[0] ?? 'not YAML');
  }
  const value: unknown = parsed(() => document.toJS({ maxAliasCount: 0 }));
  return isOpusJson(value) ? definitionFromOpus(readOpusJson(value)) : value;
}

function parsed(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw error instanceof AppError ? error : definitionBroken('', messageOf(error));
  }
}

/** OPUS keeps parameters in a map and results under `generated`; ours are lists. */
function isOpusJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return (
    'generated' in value ||
    'used' in value ||
    'control_parameters' in value ||
    ('parameters' in value && !Array.isArray(value.parameters))
  );
}

/** A script in a file of its own, as OPUS keeps it beside the VOTable. */
function withScript(definition: unknown, script: string | undefined): unknown {
  if (script === undefined || typeof definition !== 'object' || definition === null) return definition;
  return { ...definition, script };
}
