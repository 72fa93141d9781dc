import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../server/src/', import.meta.url));

export interface Import {
  /** Path below server/src, with slashes. */
  from: string;
  /** What is imported, as a path below server/src; packages keep their name. */
  to: string;
  isTypeOnly: boolean;
}

/** Core parts in the order in which they may build on each other: a part imports from those before it only. */
const layers: readonly (readonly string[])[] = [
  ['errors', 'clock', 'ids', 'log'],
  ['config'],
  ['db'],
  ['audit', 'batch', 'events', 'locks', 'queue', 'regex', 'threads', 'fetch', 'files'],
  ['auth', 'compute', 'backup'],
  ['schedule', 'metrics', 'retention', 'views'],
  ['http'],
  ['operations'],
  ['own-module', 'build'],
];

const services = ['panda', 'uws', 'scan', 'crds'];

/** Every import statement of the server's sources (tests left out). */
export function readImports(root = source): Import[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((from) => importsOf(from, readFileSync(path.join(root, from), 'utf8')));
}

export function importsOf(from: string, text: string): Import[] {
  const found: Import[] = [];
  const statement = /^\s*(import|export)\s+(type\s+)?([^'";]*?from\s+)?'([^']+)'|import\('([^']+)'\)/gm;
  for (const match of text.matchAll(statement)) {
    const [, , type, , fixed, lazy] = match;
    const name = fixed ?? lazy ?? '';
    const to = name.startsWith('.')
      ? path.posix.join(path.posix.dirname(from), name)
      : name.replace(/^#core\//, 'core/');
    found.push({ from, to, isTypeOnly: type !== undefined });
  }
  return found;
}

/** The rule an import breaks, or nothing. */
export function brokenRule({ from, to, isTypeOnly }: Import): string | undefined {
  const [fromArea = '', fromPart = ''] = from.split('/');
  const [toArea = '', toPart = ''] = to.split('/');
  const isOurs = ['core', 'cli', ...services].includes(toArea) || /^[a-z-]+\.ts$/.test(to);
  if (fromArea === 'pilot') {
    if (toArea === 'pilot' || to.startsWith('node:')) return undefined;
    return 'the pilot runs on other machines, with nothing but its folder and Node';
  }
  if (!isOurs) return undefined;
  if (services.includes(fromArea)) {
    if (services.includes(toArea) && toArea !== fromArea) return 'a service never imports another one';
    if (toArea === 'cli' || /^[a-z-]+\.ts$/.test(to)) return 'a service does not know who composes it';
    if (toArea === 'core' && to.split('/').length > 2 && !to.endsWith('/index.ts'))
      return 'a service imports a core part through its index.ts only';
    return undefined;
  }
  if (fromArea === 'core') {
    if (toArea !== 'core') return 'core knows nothing of services, commands and composition';
    // Routes stand beside their rules, but belong to the layer that knows HTTP.
    const fromName = from.endsWith('.routes.ts') ? 'operations' : fromPart.replace(/\.ts$/, '');
    const toName = toPart.replace(/\.ts$/, '');
    if (fromPart === toPart || isTypeOnly) return undefined;
    if (!to.endsWith('/index.ts') && to.split('/').length > 2)
      return 'one core part imports another through its index.ts only';
    const fromLayer = layers.findIndex((layer) => layer.includes(fromName));
    const toLayer = layers.findIndex((layer) => layer.includes(toName));
    if (fromLayer < 0 || toLayer < 0) return undefined;
    if (toLayer > fromLayer) return `${fromName} lies below ${toName} and may not import it`;
  }
  return undefined;
}
