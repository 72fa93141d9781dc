/** How an object explains itself: what it does now and next, and why. The same shape for every service. */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const faces = [
  'idle',
  'waiting',
  'active',
  'finishing',
  'good',
  'partial',
  'bad',
  'stopped',
  'unknown',
] as const;

/** A face as the pages draw it: shape and colour of a state. */
export const Face = Type.Enum(faces);
export type Face = Static<typeof Face>;

/** What happens now, what comes next, when, and what the system does otherwise. */
export const ObjectPromise = Type.Object({
  now: Type.String(),
  next: Type.String(),
  /** Null when there is neither a deadline nor an estimate. */
  expected: nullable(Type.Object({ at: Instant, source: Type.String() })),
  otherwise: Type.String(),
});
export type ObjectPromise = Static<typeof ObjectPromise>;

export const WhyEvidence = Type.Object({
  face: Face,
  text: Type.String(),
  /** The value that decided; null when the text says all. */
  value: nullable(Type.String()),
});
export type WhyEvidence = Static<typeof WhyEvidence>;

export const Why = Type.Object({
  question: Type.String(),
  answer: Type.String(),
  evidence: Type.Array(WhyEvidence),
  /** `method` and `href` are a call of this API (`body` its JSON), or a GET of a page below `/ui`. */
  acts: Type.Array(
    Type.Object({
      label: Type.String(),
      method: Type.Union([Type.Literal('GET'), Type.Literal('POST'), Type.Literal('DELETE')]),
      href: Type.String(),
      body: Type.Optional(Type.Unknown()),
    }),
  ),
});
export type Why = Static<typeof Why>;
