import Type from 'typebox';

export const factorySettings = Type.Object({
  server: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s/?#]+[^\\s?#]*$',
      expects: 'an address such as http://127.0.0.1:8080',
      description:
        'Address of this server for the pilots it starts itself; default: where it listens on this machine.',
    }),
  ),
  idleSeconds: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 3600,
    description: 'A pilot that the server has started ends after so long without a job.',
  }),
  lifetimeSeconds: Type.Integer({
    default: 600,
    minimum: 10,
    maximum: 604_800,
    description: 'After so long it takes no further job, so that others get their turn on the machine.',
  }),
  heartbeatSeconds: Type.Integer({
    default: 15,
    minimum: 1,
    maximum: 1800,
    description: 'Pause between two of its reports on a running job; a job is killed within that time.',
  }),
  pilot3: Type.Object({
    folder: Type.Optional(
      Type.String({
        pattern: '^/',
        expects: 'the full path of a folder',
        description:
          'Where PanDA\'s pilot3 is on the machines that run pilots: a folder with pilot.py, unmodified, for queues whose factory names "pilot3".',
      }),
    ),
    python: Type.String({
      default: 'python3',
      description: 'The Python that runs it, with psutil and requests.',
    }),
  }),
});
