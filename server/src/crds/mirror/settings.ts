import Type from 'typebox';

/** What an observatory that mirrors another server is told by its operator. */
export const mirrorSettings = Type.Object(
  {
    upstream: Type.String({
      default: '',
      maxLength: 500,
      pattern: '^(https?://[^\\s@]+)?$',
      description:
        'Base address of the CRDS server whose rules and references are shown here too, for example https://crds.example.org/hst. Empty: this is no mirror.',
    }),
    everySeconds: Type.Integer({
      default: 300,
      minimum: 10,
      maximum: 86_400,
      description: 'How often the upstream server is asked for what is new, seconds.',
    }),
    references: Type.Enum(['asked', 'latest', 'all'], {
      default: 'asked',
      description:
        'Which references are fetched: those that somebody asks for, also all that the latest context recommends, or all there are. Mappings are always fetched.',
    }),
  },
  { default: {}, additionalProperties: false },
);
