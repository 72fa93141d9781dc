import Type from 'typebox';

export const setupSettings = Type.Object({
  plugins: Type.Record(Type.String(), Type.String(), {
    default: {},
    description:
      'Which setup plugin prepares the jobs of which VO: names by VO, by VO_group or by the word any. Without an entry the built-in one, generic.',
  }),
});
