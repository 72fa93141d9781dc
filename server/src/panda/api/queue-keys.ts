import type { PandaQueueKey } from '@orrery/contracts/panda';
import type { TSchema } from 'typebox';
import { queueDocument } from '../queues/queue-document.ts';

/** Headings of the editor, and the keys below each. Keys that stand nowhere come last. */
const groups: Readonly<Record<string, readonly string[]>> = {
  'The queue': [
    'nickname',
    'panda_resource',
    'state',
    'status',
    'type',
    'resource_type',
    'atlas_site',
    'gstat',
    'vo_name',
  ],
  Limits: [
    'corecount',
    'maxrss',
    'meanrss',
    'memkillgrace',
    'maxwdir',
    'maxinputsize',
    'maxtime',
    'timefloor',
    'pledgedcpu',
  ],
  Storage: [
    'copytools',
    'acopytools',
    'astorages',
    'acopytools_schemas',
    'aprotocols',
    'allow_lan',
    'allow_wan',
    'direct_access_lan',
    'direct_access_wan',
    'use_pcache',
    'zip_time_gap',
  ],
  Environment: ['container_type', 'container_options', 'cmtconfig', 'environ', 'appdir', 'is_cvmfs'],
  Pilots: ['catchall', 'params', 'workflow', 'pilotFactory'],
};

const units: Readonly<Record<string, string>> = {
  corecount: 'cores',
  maxrss: 'MB',
  meanrss: 'MB',
  memkillgrace: '%',
  maxwdir: 'MB',
  maxinputsize: 'MB',
  maxtime: 's',
  timefloor: 'min',
  pledgedcpu: 'cores',
  zip_time_gap: 's',
};

/** What the server reads a key as when it is absent. */
const defaults: Readonly<Record<string, string>> = { state: '"ACTIVE"', status: '"online"', corecount: '1' };

interface Described {
  type?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly TSchema[];
  description?: unknown;
}

function typeOf({ type, enum: words }: Described): PandaQueueKey['type'] {
  const known = ['string', 'integer', 'number', 'boolean', 'object', 'array'] as const;
  return known.find((word) => word === type) ?? (words === undefined ? 'object' : 'string');
}

/** Every key of a queue's description that pilots or this server read, by heading. */
export function queueKeys(): PandaQueueKey[] {
  const { properties, required = [] } = queueDocument;
  const place = new Map(
    Object.entries(groups).flatMap(([group, names], n) =>
      names.map((name, at) => [name, { group, order: n * 100 + at }] as const),
    ),
  );
  const last = { group: 'More', order: Number.MAX_SAFE_INTEGER };
  return Object.entries(properties)
    .map(([name, schema]) => ({ name, schema: schema as Described, ...(place.get(name) ?? last) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ name, schema, group }) => ({
      name,
      group,
      type: typeOf(schema),
      required: (required as readonly string[]).includes(name),
      help: String(schema.description ?? ''),
      unit: units[name] ?? null,
      options: schema.enum?.map(String) ?? null,
      default: defaults[name] ?? null,
    }));
}
