import Type, { type Static } from 'typebox';
import { adderSettings } from './adder/settings.ts';
import { cacheSettings } from './cache/settings.ts';
import { credsSettings } from './creds/settings.ts';
import { dispatchSettings } from './dispatch/settings.ts';
import { factorySettings } from './factory/settings.ts';
import { harvesterSettings } from './harvester/settings.ts';
import { setupSettings } from './setup/settings.ts';
import { watchSettings } from './watch/settings.ts';

export const pandaSettings = Type.Object({
  vos: Type.Array(Type.String({ pattern: '^[\\w.+-]{1,64}$' }), {
    default: ['local'],
    description:
      'Virtual organisations that callers may name in the header Origin. A VO that a token was made for, or that a grant names, is known without standing here.',
  }),
  cache: cacheSettings,
  creds: credsSettings,
  dispatch: dispatchSettings,
  setup: setupSettings,
  adder: adderSettings,
  watch: watchSettings,
  factory: factorySettings,
  harvester: harvesterSettings,
});
export type PandaSettings = Static<typeof pandaSettings>;
