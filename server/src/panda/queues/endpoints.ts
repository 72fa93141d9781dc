import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Actor } from '../../core/auth/index.ts';
import type { Sql, Tx } from '../../core/db/index.ts';
import { isDeeperThan, maxDepth } from '../front/depth.ts';
import { endpointRefused } from './errors.ts';
import type { Put, QueueContext } from './queues.ts';

/** Storage of the machine of the server, which queue LOCAL writes to. */
export const localEndpoint = 'LOCAL_DATADISK';

const protocols = Type.Array(
  Type.Object(
    {
      endpoint: Type.String({ description: 'Scheme and host: file://localhost, root://host:1094.' }),
      path: Type.String({ description: 'Where files begin there; ends with a slash.' }),
      flavour: Type.Optional(Type.String()),
      id: Type.Optional(Type.Integer()),
    },
    { additionalProperties: true },
  ),
);

/** A storage endpoint as pilots download it (pilot3 3.11.5.1, info/storagedata.py); other keys are kept unread. */
const endpointDocument = Type.Object(
  {
    name: Type.String({
      description: 'Name of the endpoint.',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.+:-]{0,127}$',
    }),
    id: Type.Optional(Type.Integer()),
    state: Type.Optional(Type.String({ description: 'ACTIVE, or pilots pass it over.' })),
    site: Type.Optional(Type.String()),
    type: Type.Optional(Type.String({ description: 'DATADISK, SCRATCHDISK, OS_LOGS, …' })),
    token: Type.Optional(Type.String({ description: 'Space token.' })),
    maxBytes: Type.Optional(
      Type.Integer({
        description: 'Bytes that pilots may store there through this server, at most; no pilot reads it.',
        minimum: 0,
      }),
    ),
    is_deterministic: Type.Optional(
      Type.Boolean({ description: 'Whether the place of a file follows from its scope and name.' }),
    ),
    arprotocols: Type.Optional(
      Type.Record(Type.String(), protocols, {
        description: 'Protocols by activity (read_lan, write_lan, write_wan, …), the best first.',
      }),
    ),
  },
  { additionalProperties: true },
);
export type EndpointDocument = Static<typeof endpointDocument>;

export interface Endpoint {
  endpoint: string;
  document: EndpointDocument;
  version: number;
  changedBy: string;
  modifiedAt: Date;
}

export function listEndpoints(sql: Sql): Promise<Endpoint[]> {
  return sql<Endpoint[]>`
    select endpoint, document, version, changed_by, modified_at from panda.endpoint order by endpoint`;
}

/**
 * Makes or changes endpoints, all of them or none; the same again changes nothing. `value` is keyed by name.
 * Throws `panda.endpoint-refused`.
 */
export async function putEndpoints(
  core: QueueContext,
  actor: Actor,
  value: Readonly<Record<string, unknown>>,
): Promise<Put[]> {
  const documents = Object.entries(value).map(([name, one]) => readEndpoint(name, one));
  return await core.db.transaction(async (tx) => {
    const puts: Put[] = [];
    // In the order of the names: two who put the same ones do not wait for each other.
    for (const document of documents.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      puts.push(await putOne(core, tx, actor, document));
    }
    return puts;
  });
}

function readEndpoint(name: string, value: unknown): EndpointDocument {
  if (isDeeperThan(value, maxDepth)) throw endpointRefused(`${name}: nested deeper than ${maxDepth} levels`);
  // JSON.stringify writes them like this alone: NUL, and half of a surrogate pair.
  if (/\\u0000|\\ud[89a-f]/.test(JSON.stringify(value) ?? '')) {
    throw endpointRefused(`${name}: it holds signs that cannot be stored`);
  }
  if (!Value.Check(endpointDocument, value)) {
    const [first] = Value.Errors(endpointDocument, value);
    const place = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
    throw endpointRefused(`${[name, place].filter(Boolean).join('.')}: ${first?.message ?? 'wrong form'}`);
  }
  if (value.name !== name) throw endpointRefused(`${name}: its "name" is ${value.name}`);
  return value;
}

async function putOne(core: QueueContext, tx: Tx, actor: Actor, document: EndpointDocument): Promise<Put> {
  const { name } = document;
  const [row] = await tx<{ version: number }[]>`
    insert into panda.endpoint as e (endpoint, document, changed_by)
    values (${name}, ${JSON.stringify(document)}::text::jsonb, ${actor.name})
    on conflict (endpoint) do update set document = excluded.document, changed_by = excluded.changed_by,
      version = e.version + 1, modified_at = clock_timestamp()
    where e.document <> excluded.document
    returning version`;
  if (row === undefined) return { name, version: 0, outcome: 'unchanged' };
  const outcome = row.version === 1 ? 'made' : 'changed';
  const { name: by, ...where } = actor;
  await core.audit.record(tx, {
    actor: by,
    action: `panda.endpoint-${outcome}`,
    object: { kind: 'panda.endpoint', id: name },
    details: { version: row.version },
    ...where,
  });
  return { name, version: row.version, outcome };
}
