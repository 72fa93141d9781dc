import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../core/errors.ts';
import { mirrorSettings } from '../mirror/settings.ts';
import { publishSettings } from '../publish/settings.ts';

/**
 * What the operator sets for one observatory. Each feature has an object of its own in it; every setting has a
 * default, so that `{}` is complete.
 */
export const observatorySettings = Type.Object(
  {
    contexts: Type.Object(
      {
        filesMustBe: Type.Enum(['submitted', 'delivered', 'archived'], {
          default: 'delivered',
          description:
            'How far every file of a context must have come before the context may become latest, build or versions: confirmed (submitted), handed to the archive (delivered), or kept by it (archived).',
        }),
        unknownReferences: Type.Boolean({
          default: true,
          description:
            'Whether contexts may lead to references that the catalogue does not have; installations that only recommend have none of them.',
        }),
        remotePipelines: Type.Integer({
          default: 200,
          minimum: 0,
          maximum: 10_000,
          description: 'How many pipelines may tell which context they use; 0 = none.',
        }),
      },
      { default: {}, additionalProperties: false },
    ),
    mirror: mirrorSettings,
    publish: publishSettings,
  },
  { additionalProperties: false },
);
export type ObservatorySettings = Static<typeof observatorySettings>;

/**
 * Stored settings with what is not set filled in. What this version does not know is left out; a feature whose part
 * does not fit (another version wrote it) has its defaults, the others keep theirs.
 */
export function settingsFrom(stored: unknown): ObservatorySettings {
  const parts = new Map(Object.entries(typeof stored === 'object' && stored !== null ? stored : {}));
  const fitting = [...Object.entries(observatorySettings.properties)].filter(([name, schema]) => {
    const part = Value.Clean(schema, Value.Default(schema, Value.Clone(parts.get(name) ?? {})));
    parts.set(name, part);
    return Value.Check(schema, part);
  });
  const chosen = Object.fromEntries(fitting.map(([name]) => [name, parts.get(name)]));
  return Value.Parse(observatorySettings, Value.Default(observatorySettings, chosen));
}

/** Settings as somebody wrote them. Throws `crds.observatory-invalid` with the place and what was expected. */
export function readObservatorySettings(value: unknown): ObservatorySettings {
  const complete = Value.Default(observatorySettings, Value.Clone(value));
  if (Value.Check(observatorySettings, complete)) return complete as ObservatorySettings;
  const [first] = Value.Errors(observatorySettings, complete);
  throw observatoryInvalid(
    `The settings${first?.instancePath ? ` at ${first.instancePath.slice(1).replaceAll('/', '.')}` : ''}: ${first?.message ?? 'not as described'}.`,
  );
}

export function observatoryInvalid(sentence: string): AppError {
  return new AppError('invalid', 'crds.observatory-invalid', sentence, {
    next: 'The settings of an observatory are described in docs/reference/crds-observatory.md.',
  });
}
