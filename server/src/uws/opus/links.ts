import type { SignedLinks } from '../../core/http/index.ts';
import type { Entity } from './entities.ts';

/**
 * The address of an entity that ends in its file's name, so that desktop tools (SAMP) see what it is. Only the
 * entity is signed: what follows it is for people and tools, which encode names in their own ways.
 */
export function storePath(entity: Pick<Entity, 'entity' | 'fileName'>): string {
  const name = entity.fileName.split('/').at(-1) ?? entity.fileName;
  return `${signedPart(entity.entity)}/${encodeURIComponent(name)}`;
}

/** The same, open to whoever has the link until it expires. */
export function signedStorePath(
  links: SignedLinks,
  entity: Pick<Entity, 'entity' | 'fileName'>,
  now: Date,
  lifetimeSeconds: number,
): string {
  const signed = links.sign(signedPart(entity.entity), now, lifetimeSeconds);
  return storePath(entity) + signed.slice(signed.indexOf('?'));
}

/** What the signature of a link to an entity stands for. */
export function signedPart(entity: string): string {
  return `/store/${entity}`;
}

/** The address of a job's read-only document, and what its signature stands for. */
export function sharedJobPath(jobId: string): string {
  return `/api/uws/shared/${jobId}`;
}
