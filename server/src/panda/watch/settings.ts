import Type from 'typebox';

const hours = (fallback: number, description: string) =>
  Type.Number({ default: fallback, exclusiveMinimum: 0, description: `${description}, hours.` });

export const watchSettings = Type.Object({
  sentHours: hours(0.5, 'A job whose pilot never says anything has failed after so long'),
  heartbeatHours: hours(2, 'A job that a pilot holds has failed when nothing was heard for so long'),
  heartbeatHoursByWorkflow: Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 }), {
    default: {},
    description: 'The same for queues whose description names this workflow, hours.',
  }),
  definedHours: hours(4, 'A job that is not set up for so long is set up again, or its task makes a new one'),
  activatedHours: hours(48, 'A job of a task that no pilot takes for so long is made anew elsewhere'),
  startingHours: hours(48, 'A job of a task that does not begin for so long is made anew elsewhere'),
  holdingUserHours: hours(3, "A user's or urgent job whose end is not told for so long has failed"),
  holdingHours: hours(48, 'Any other job whose end is not told for so long has failed'),
  transferUserHours: hours(2, "A user's job whose outputs are on their way for so long has failed"),
  transferUrgentHours: hours(48, 'An urgent job whose outputs are on their way for so long has failed'),
  transferHours: hours(144, 'Any other job whose outputs are on their way for so long has failed'),
});
