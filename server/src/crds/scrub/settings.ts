import Type from 'typebox';

/** How fast the continuous check of all files goes. */
export const scrubSettings = Type.Object({
  megabytesPerSecond: Type.Number({
    default: 20,
    minimum: 0.001,
    maximum: 100_000,
    description:
      'How fast files are read to prove that they are sound, MB/s. At 20 MB/s a terabyte takes 14 hours.',
  }),
  filesPerMinute: Type.Integer({
    default: 2000,
    minimum: 0,
    maximum: 1_000_000,
    description: 'How many files are checked in a minute at most; 0 = the check stands still.',
  }),
  roundHours: Type.Number({
    default: 6,
    minimum: 0,
    description:
      'A round through all files begins no sooner than this after the one before began, hours. New files are checked meanwhile.',
  }),
  orphanHours: Type.Number({
    default: 24,
    exclusiveMinimum: 0,
    description:
      'How often linked and published folders are looked through for files that the catalogue does not know, hours.',
  }),
});
