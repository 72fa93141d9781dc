import Type, { type Static } from 'typebox';

export const pandaSettings = Type.Object({
  vos: Type.Array(Type.String({ pattern: '^[\\w.+-]{1,64}$' }), {
    default: ['local'],
    description:
      'Virtual organisations that callers may name in the header Origin. A VO that a token was made for, or that a grant names, is known without standing here.',
  }),
});
export type PandaSettings = Static<typeof pandaSettings>;
