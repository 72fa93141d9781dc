/** Global shares: a tree of percentages, and what each leaf takes now. */
import Type, { type Static } from 'typebox';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

/** What a leaf's jobs look like; regular expressions, anchored at the start. */
export const pandaMatchers = [
  'label',
  'workingGroup',
  'campaign',
  'processingType',
  'transformation',
  'vo',
  'resourceType',
] as const;

const pattern = Type.Optional(Type.String({ maxLength: 500 }));
export const PandaShareMatchers = Type.Object(
  Object.fromEntries(pandaMatchers.map((name) => [name, pattern])) as Record<
    (typeof pandaMatchers)[number],
    typeof pattern
  >,
  { additionalProperties: false },
);
export type PandaShareMatchers = Partial<Record<(typeof pandaMatchers)[number], string>>;

export const PandaShareRow = Type.Object({
  name: Type.String(),
  parent: nullable(Type.String()),
  /** 0 = at the root. */
  depth: Type.Integer(),
  leaf: Type.Boolean(),
  /** Percentage within the parent, before the children are brought to a sum of 100. */
  value: Type.Number(),
  /** Percentage of everything that it should have. */
  target: Type.Number(),
  /** Percentage of everything running that it has; null = nothing runs at all. */
  actual: nullable(Type.Number()),
  /** Computing power (HS06) of what pilots have, and of what waits for one. */
  executing: Type.Number(),
  queued: Type.Number(),
  /** Jobs that pilots have, and that wait for one. */
  executingJobs: Type.Integer(),
  queuedJobs: Type.Integer(),
  throttled: Type.Boolean(),
  matchers: PandaShareMatchers,
  /** Place among the leaves when the next pilot asks, from 1; null = no leaf, or nothing waits. */
  turn: nullable(Type.Integer()),
});
export type PandaShareRow = Static<typeof PandaShareRow>;

/** Parents before their children, siblings in their order. */
export const PandaShareTree = Type.Object({
  rows: Type.Array(PandaShareRow),
  /** Live jobs of shares that are not in the tree. */
  outside: Type.Array(
    Type.Object({ share: Type.String(), executingJobs: Type.Integer(), queuedJobs: Type.Integer() }),
  ),
  mayChange: Type.Boolean(),
  tookMs: Type.Number(),
});
export type PandaShareTree = Static<typeof PandaShareTree>;

export const PandaShareChange = Type.Object(
  {
    value: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000 })),
    matchers: Type.Optional(PandaShareMatchers),
    throttled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type PandaShareChange = Static<typeof PandaShareChange>;

export const PandaResourceTypeRow = Type.Object({
  name: Type.String(),
  minCores: nullable(Type.Integer()),
  maxCores: nullable(Type.Integer()),
  /** MB per core. */
  minMemoryMb: nullable(Type.Integer()),
  maxMemoryMb: nullable(Type.Integer()),
  /** Live jobs that pilots have, and that wait for one. */
  executingJobs: Type.Integer(),
  queuedJobs: Type.Integer(),
});
export type PandaResourceTypeRow = Static<typeof PandaResourceTypeRow>;

export const PandaResourceTypeList = Type.Object({ rows: Type.Array(PandaResourceTypeRow) });
export type PandaResourceTypeList = Static<typeof PandaResourceTypeList>;
