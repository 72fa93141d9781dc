/**
 * Saved views of lists, below `/api/core`. A view is a name for the query string of a page. Views belong to an
 * account; shared ones are read by everybody who is signed in, and changed by their owner alone.
 *
 * | call | body or query | answer |
 * |---|---|---|
 * | `GET views` | `SavedViewQuery` | `SavedViewList`: one's own in their order, then those of others by name |
 * | `POST views` | `SavedViewCreate` | 201 `SavedView` |
 * | `PATCH views/:id` | `SavedViewChange` | `SavedView` |
 * | `DELETE views/:id` | – | 204 |
 */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';

/** Names a list over all services, for example `uws.jobs`. */
const ListName = Type.String({ pattern: '^[a-z][a-z0-9]*(\\.[a-z0-9-]+)+$', maxLength: 60 });
const ViewName = Type.String({ minLength: 1, maxLength: 60 });
/** The query string of the page, without a question mark. */
const ViewQuery = Type.String({ maxLength: 2000 });

export const SavedViewQuery = Type.Object({ list: ListName });
export type SavedViewQuery = Static<typeof SavedViewQuery>;

export const SavedView = Type.Object({
  id: Type.String(),
  list: Type.String(),
  name: Type.String(),
  query: Type.String(),
  shared: Type.Boolean(),
  /** True when it is the caller's own. The first of these is the view a list opens with. */
  mine: Type.Boolean(),
  /** Name of the account it belongs to. */
  owner: Type.String(),
  changedAt: Instant,
});
export type SavedView = Static<typeof SavedView>;

export const SavedViewList = Type.Object({ rows: Type.Array(SavedView) });
export type SavedViewList = Static<typeof SavedViewList>;

export const SavedViewCreate = Type.Object(
  { list: ListName, name: ViewName, query: ViewQuery, shared: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
export type SavedViewCreate = Static<typeof SavedViewCreate>;

export const SavedViewChange = Type.Object(
  {
    name: Type.Optional(ViewName),
    query: Type.Optional(ViewQuery),
    shared: Type.Optional(Type.Boolean()),
    /** True puts it before all others: it becomes the default. */
    first: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
export type SavedViewChange = Static<typeof SavedViewChange>;
