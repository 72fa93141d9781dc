import Type from 'typebox';

/** Where and how an observatory is published for clients that read a shared disk. */
export const publishSettings = Type.Object(
  {
    folder: Type.String({
      default: '',
      maxLength: 1000,
      pattern: '^(/[^\\0]*)?$',
      description:
        'Folder in the layout of the crds client (its CRDS_PATH) that is kept up to date for clients that only read it; an absolute path. Empty: none.',
    }),
    layout: Type.Enum(['instrument', 'flat'], {
      default: 'instrument',
      description: 'Whether references lie in a folder for each instrument, or all in one.',
    }),
    references: Type.Enum(['contexts', 'all', 'none'], {
      default: 'contexts',
      description:
        'Which references are published: those of the latest, edit, build and versions contexts, all whose bytes are here, or none.',
    }),
  },
  { default: {}, additionalProperties: false },
);
