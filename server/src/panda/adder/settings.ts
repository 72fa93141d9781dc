import Type from 'typebox';

export const adderSettings = Type.Object({
  plugins: Type.Record(Type.String(), Type.String(), {
    default: {},
    description:
      'Which adder plugin registers the outputs of the jobs of which VO: names by VO, by VO_group or by the word any. There are catalogue (the default) and none.',
  }),
  giveUpHours: Type.Number({
    default: 24,
    exclusiveMinimum: 0,
    description:
      'How long the outputs of a job are tried again to be registered while the plugin says that it may pass, hours.',
  }),
});
