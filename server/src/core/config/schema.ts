import Type, { type Static, type TObject, type TSchema } from 'typebox';

/** Marks a setting that is hidden when printed and may come from a file named by `…_FILE`. */
const secret = { secret: true } as const;

const postgresAddress = {
  pattern: '^postgres(ql)?://[^\\s]+$',
  expects: 'an address such as postgres://user:password@host:5432/orrery',
} as const;

/** The settings of the core. Every service adds its own section under its name. */
export const coreSettings = Type.Object({
  data: Type.String({
    default: './data',
    minLength: 1,
    description: 'Folder for the embedded database, files and keys.',
  }),
  publicUrl: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s/?#]+[^\\s?#]*$',
      expects: 'an address such as https://orrery.example.org',
      description: 'Address under which people reach the server, when a proxy stands in front.',
    }),
  ),
  with: Type.Array(Type.String(), { default: [], description: 'Services to run; empty = all of them.' }),
  role: Type.Union([Type.Literal('all'), Type.Literal('web'), Type.Literal('worker')], {
    default: 'all',
    description: 'What this process does: answer requests (web), background work (worker), or both.',
  }),
  webProcesses: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Processes that share the port.',
  }),
  secretKey: Type.Optional(
    Type.String({
      ...secret,
      description: 'Key for secrets at rest, 64 hex digits; default: a file in the data folder.',
    }),
  ),
  log: Type.Object({
    level: Type.Union(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
      { default: 'info', description: 'How much is logged on standard error.' },
    ),
  }),
  http: Type.Object({
    host: Type.String({ default: '127.0.0.1', description: 'Address to listen on.' }),
    port: Type.Integer({
      default: 8080,
      minimum: 0,
      maximum: 65535,
      description: 'Port to listen on; 0 = any free one.',
    }),
    listeners: Type.Array(Type.String({ pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[^\\s:]+):\\d{1,5}$' }), {
      expects: 'a list of host:port',
      default: [],
      description: 'More addresses to listen on, each host:port.',
    }),
    allowedHosts: Type.Array(Type.String(), {
      default: [],
      description:
        'Host names requests may be addressed to, besides loopback, the listening address and the public URL.',
    }),
    trustedProxies: Type.Array(Type.String(), {
      default: [],
      description: 'Addresses or networks (CIDR) whose X-Forwarded-* headers are believed.',
    }),
    bodyLimitBytes: Type.Integer({
      default: 1_048_576,
      minimum: 1024,
      description: 'Largest body of an ordinary request, bytes.',
    }),
    uploadMinBytesPerSecond: Type.Integer({
      default: 1024,
      minimum: 0,
      description: 'An upload slower than this for a minute is ended; 0 = never.',
    }),
    drainSeconds: Type.Integer({
      default: 20,
      minimum: 0,
      description: 'How long a stopping process lets requests finish.',
    }),
  }),
  admin: Type.Object({
    password: Type.Optional(Type.String({ ...secret, description: 'First password of the account admin.' })),
    token: Type.Optional(
      Type.String({ ...secret, minLength: 16, description: 'A preset API token of the account admin.' }),
    ),
  }),
  database: Type.Object({
    url: Type.Optional(
      Type.String({
        ...secret,
        ...postgresAddress,
        description: 'An external PostgreSQL (15 or newer); default: the embedded one.',
      }),
    ),
    directUrl: Type.Optional(
      Type.String({
        ...secret,
        ...postgresAddress,
        description: 'The same database without a pooler, for LISTEN and migrations.',
      }),
    ),
    poolSize: Type.Integer({
      default: 10,
      minimum: 2,
      maximum: 64,
      description: 'Connections of one process.',
    }),
    prepare: Type.Boolean({
      default: true,
      description: 'Prepared statements; false behind PgBouncer in transaction mode.',
    }),
  }),
  events: Type.Object({
    waitsPerProcess: Type.Integer({
      default: 20_000,
      minimum: 1,
      description: 'Open waits one process holds at most.',
    }),
    waitsPerCaller: Type.Integer({
      default: 2_000,
      minimum: 1,
      description: 'Open waits of one caller in a process.',
    }),
  }),
  files: Type.Object({
    store: Type.Union([Type.Literal('disk'), Type.Literal('s3')], {
      default: 'disk',
      description: 'Where file contents are kept.',
    }),
    minFreeMb: Type.Integer({
      default: 2048,
      minimum: 0,
      description: 'Free disk below which new files are refused, MB.',
    }),
    minFreePercent: Type.Number({
      default: 5,
      minimum: 0,
      maximum: 50,
      description: 'The same as a share of the disk, percent.',
    }),
    s3: Type.Object({
      endpoint: Type.Optional(
        Type.String({ description: 'Address of the bucket, for example https://s3.example.org/bucket.' }),
      ),
      region: Type.String({ default: 'auto', description: 'Region for signing.' }),
      accessKeyId: Type.Optional(Type.String({ description: 'Access key.' })),
      secretAccessKey: Type.Optional(Type.String({ ...secret, description: 'Secret key.' })),
    }),
  }),
  compute: Type.Object({
    local: Type.Object({
      slots: Type.Integer({
        default: 0,
        minimum: 0,
        description: 'Jobs that run at a time on this host; 0 = one per core.',
      }),
      allowUnisolated: Type.Boolean({
        default: false,
        description: 'Let everybody run jobs where they cannot be isolated.',
      }),
      network: Type.Union([Type.Literal('open'), Type.Literal('none')], {
        default: 'open',
        description: 'Whether jobs reach the network.',
      }),
      firstUid: Type.Integer({
        default: 61_000,
        minimum: 1000,
        description: 'As root: user id of the first slot.',
      }),
    }),
  }),
  fetch: Type.Object({
    allowPrivate: Type.Array(Type.String(), {
      default: [],
      description: 'Private networks (CIDR) that addresses given by users may point to.',
    }),
  }),
  metrics: Type.Object({
    open: Type.Boolean({
      default: false,
      description: 'Answer /metrics to everybody, not to loopback and operators alone.',
    }),
  }),
  retention: Type.Record(Type.String(), Type.Integer({ minimum: 1 }), {
    default: {},
    description: 'Days rows are kept, by table, where the default does not fit.',
  }),
});

export type CoreSettings = Static<typeof coreSettings>;

/** The settings in force. A service reads its own section with `settingsOf`. */
export interface Config extends CoreSettings {
  readonly services: Readonly<Record<string, unknown>>;
  /** Where each setting came from, by its dotted name. */
  readonly sources: ReadonlyMap<string, string>;
  /** The settings file that was read, absolute; it may hold secrets. */
  readonly file: string | undefined;
  /** The whole schema, services included. */
  readonly schema: TObject;
}

export interface Setting {
  /** Dotted name as in the file, for example `http.port`. */
  name: string;
  path: readonly string[];
  environment: string;
  schema: TSchema & { default?: unknown; description?: string; secret?: boolean; type?: string };
}

/** Walks the schema: every setting with its dotted name and its environment variable. */
export function listSettings(schema: TObject, path: readonly string[] = []): Setting[] {
  return Object.entries(
    schema.properties as Record<string, TSchema & { type?: string; properties?: unknown }>,
  ).flatMap(([key, child]) => {
    const here = [...path, key];
    if (child.type === 'object' && child.properties !== undefined)
      return listSettings(child as TObject, here);
    return [{ name: here.join('.'), path: here, environment: environmentName(here), schema: child }];
  });
}

/** `http.allowedHosts` → `ORRERY_HTTP_ALLOWED_HOSTS`. */
export function environmentName(path: readonly string[]): string {
  return ['orrery', ...path]
    .map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase())
    .join('_');
}
