import Type from 'typebox';

export const harvesterSettings = Type.Object({
  overdueMinutes: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 30,
    description:
      'A Harvester that serves a queue and has sent no heartbeat for so many minutes is overdue. Harvester sends one every ten minutes.',
  }),
});
