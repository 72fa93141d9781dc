/** Pilots that the server has started itself, as operators end them. */
import Type, { type Static } from 'typebox';

export const PandaPilotEnd = Type.Object(
  {
    /** Without the ten seconds in which a pilot ends its job and reports it. */
    now: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type PandaPilotEnd = Static<typeof PandaPilotEnd>;

export const PandaPilotEnded = Type.Object({
  /** Numbers of the pilots that were asked to end. */
  pilots: Type.Array(Type.Integer()),
});
export type PandaPilotEnded = Static<typeof PandaPilotEnded>;
