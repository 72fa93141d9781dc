import Type from 'typebox';

export const dispatchSettings = Type.Object({
  sloppyPercent: Type.Integer({
    default: 10,
    minimum: -1,
    maximum: 99,
    description:
      'How often a pilot gets the oldest job of its queue, whatever shares and priorities say, so that no job waits for ever: a roll of 0 to 99 that is not above this. -1 = never.',
  }),
  waitSeconds: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 600,
    description:
      'How long a pilot that finds no job is kept waiting for one before it is told so. 0 = it is told at once, as PanDA does. A pilot that sends `wait` decides for itself.',
  }),
  ignoreMeanMemory: Type.Boolean({
    default: false,
    description:
      'Whether push queues get jobs of much memory even while those that run there are above the meanrss of the queue: when nothing else waits, such jobs are better than none.',
  }),
  maxWaitSeconds: Type.Integer({
    default: 60,
    minimum: 0,
    maximum: 600,
    description: 'The longest a pilot may wait, whatever it asks for.',
  }),
});
