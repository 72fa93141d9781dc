import Type from 'typebox';

export const cacheSettings = Type.Object({
  keepDays: Type.Number({
    default: 7,
    exclusiveMinimum: 0,
    description: 'Days after which a file of the file cache goes when it was neither put, touched nor read.',
  }),
});
