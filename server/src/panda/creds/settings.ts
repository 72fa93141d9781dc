import Type from 'typebox';

export const credsSettings = Type.Object({
  clients: Type.Array(Type.String({ pattern: '^[\\w.+-]{1,64}$' }), {
    default: ['pilot_server'],
    description:
      'Names (client_name) under which tokens are renewed and keys are made; pilots say pilot_server.',
  }),
  tokenHours: Type.Integer({
    default: 24,
    minimum: 2,
    description: 'How long a renewed token lives, hours. Pilots renew theirs every hour.',
  }),
  keyHours: Type.Integer({
    default: 96,
    minimum: 1,
    description: 'How long a key lives with which pilots have their token renewed, hours.',
  }),
  givePilotSecrets: Type.Boolean({
    default: true,
    description:
      'Whether pilots of jobs in debug mode are given the secrets that operators keep for pilots (orrery panda secret), as for a log service that is written to while a job runs.',
  }),
  requireKey: Type.Boolean({
    default: true,
    description: 'Whether a token is renewed only for a valid key.',
  }),
});
