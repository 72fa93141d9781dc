import Type, { type Static } from 'typebox';
import { scrubSettings } from './scrub/settings.ts';

export const crdsSettings = Type.Object({
  public: Type.Boolean({
    default: true,
    description:
      'Whether callers without an identity may read rules, references and recommendations; existing clients of CRDS bring none.',
  }),
  rootObservatory: Type.String({
    default: '',
    pattern: '^([a-z]{3,9})?$',
    description:
      'Observatory that is also served at the root of the server, for clients whose address has no path. Empty: none.',
  }),
  demo: Type.Boolean({
    default: true,
    description:
      'Whether a new installation gets the observatory "tobs" with a small set of rules to try things out.',
  }),
  scrub: scrubSettings,
});
export type CrdsSettings = Static<typeof crdsSettings>;
