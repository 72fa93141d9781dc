export type { Definition } from './definition.ts';
export { installDefinition } from './definitions.ts';
export { readDefinition } from './read.ts';
