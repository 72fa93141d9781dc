import type { Definition } from '../../../server/src/uws/definitions/definition.ts';

/** A definition with a parameter of every kind, several files, small limits and results by pattern. */
export const lab: Definition = {
  name: 'lab',
  executionDuration: 30,
  maxExecutionDuration: 100,
  expectedSeconds: 7,
  maxUploadBytes: 100_000,
  parameters: [
    { name: 'text', type: 'string', default: '' },
    { name: 'count', type: 'integer', min: 0, max: 10 },
    { name: 'ratio', type: 'number', min: 0, max: 1 },
    { name: 'flag', type: 'boolean' },
    { name: 'mode', type: 'string', options: ['fast', 'slow'], default: 'fast' },
    { name: 'link', type: 'url' },
    { name: 'image', type: 'file' },
    { name: 'images', type: 'file', multiple: true },
    { name: 'needed', type: 'string', required: true },
  ],
  results: [
    { name: 'first', file: 'first.txt', mediaType: 'text/plain' },
    { name: 'parts', file: '*.part', multiple: true },
  ],
  script: [
    'printf %s "$text" > "$first"',
    'for file in $images; do cat "$file" >> all.part; done',
    'if [ -n "$image" ]; then cat "$image" > image.part; fi',
    'if [ "$needed" = wait ]; then echo ready; sleep 600; fi',
    'if [ "$needed" = fail ]; then echo "no luck" >&2; exit 3; fi',
    '',
  ].join('\n'),
};
