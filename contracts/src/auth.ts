/**
 * Identity in our own JSON API, below `/api/core`.
 *
 * | call | body or query | answer | who |
 * |---|---|---|---|
 * | `POST session` | `SignIn` | `Session`, sets the cookie | anybody |
 * | `GET session` | – | `Session` | anybody |
 * | `DELETE session` | – | 204, takes the cookie away | anybody |
 * | `GET me` | – | `Me` | anybody |
 * | `POST password` | `PasswordChange` | `Session`, sets a new cookie | oneself |
 * | `GET sessions` · `DELETE sessions/:id` | – | `SessionList` · 204 | oneself |
 * | `GET tokens` · `DELETE tokens/:id` | – | `TokenList` · 204 | oneself |
 * | `POST tokens` | `TokenCreate` | 201 `TokenCreated` | oneself |
 * | `GET accounts` | `AccountQuery` | `AccountPage` | administrators |
 * | `POST accounts` | `AccountCreate` | 201 `AccountCreated` | administrators |
 * | `GET accounts/:name` | – | `AccountRow` | administrators |
 * | `POST accounts/:name/grants` | `GrantChange` | `AccountRow` | administrators |
 * | `DELETE accounts/:name/grants/:grant` | – | `AccountRow` | administrators |
 * | `POST accounts/:name/disable` · `POST accounts/:name/enable` | – | `AccountRow` | administrators |
 * | `POST accounts/:name/password` | – | `PasswordReset` | administrators |
 * | `GET accounts/:name/tokens` · `DELETE accounts/:name/tokens/:id` | – | `TokenList` · 204 | administrators |
 */
import Type, { type Static } from 'typebox';
import { Instant } from './core.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

const Name = Type.String({ minLength: 1, maxLength: 64 });
const Password = Type.String({ minLength: 1, maxLength: 1000 });
/** `role` or `role:scope`. */
const GrantText = Type.String({ minLength: 1, maxLength: 260 });
const Grant = Type.Object({ role: Type.String(), scope: nullable(Type.String()) });

export const SignIn = Type.Object({ name: Name, password: Password });
export type SignIn = Static<typeof SignIn>;

/** Who the caller is, as far as identity alone can say; `Me` adds what the page needs of the server. */
export const Session = Type.Object({
  name: Type.String(),
  displayName: Type.String(),
  anonymous: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  grants: Type.Array(Grant),
  permissions: Type.Array(Type.String()),
});
export type Session = Static<typeof Session>;

export const PasswordChange = Type.Object({ currentPassword: Password, newPassword: Password });
export type PasswordChange = Static<typeof PasswordChange>;

export const SessionRow = Type.Object({
  id: Type.String(),
  /** True for the session that asks. */
  current: Type.Boolean(),
  createdAt: Instant,
  seenAt: Instant,
  expiresAt: Instant,
  address: Type.String(),
  userAgent: Type.String(),
});
export type SessionRow = Static<typeof SessionRow>;
export const SessionList = Type.Object({ rows: Type.Array(SessionRow) });
export type SessionList = Static<typeof SessionList>;

export const TokenCreate = Type.Object({
  /** Absent or empty: everything the account holds. */
  roles: Type.Optional(Type.Array(GrantText, { maxItems: 50 })),
  /** `12h`, `30d`, `1y`; 30 days unless told. */
  expires: Type.Optional(Type.String({ maxLength: 20 })),
  vo: Type.Optional(Type.String({ maxLength: 64 })),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
});
export type TokenCreate = Static<typeof TokenCreate>;

export const TokenCreated = Type.Object({
  /** Shown this once and stored nowhere. */
  token: Type.String(),
  id: Type.String(),
  expiresAt: Instant,
});
export type TokenCreated = Static<typeof TokenCreated>;

export const TokenRow = Type.Object({
  id: Type.String(),
  account: Type.String(),
  label: Type.String(),
  /** Null: everything the account holds. */
  grants: nullable(Type.Array(Type.String())),
  vo: nullable(Type.String()),
  createdAt: Instant,
  createdBy: Type.String(),
  expiresAt: nullable(Instant),
  revokedAt: nullable(Instant),
  lastUsedAt: nullable(Instant),
  state: Type.Union([Type.Literal('good'), Type.Literal('expired'), Type.Literal('revoked')]),
});
export type TokenRow = Static<typeof TokenRow>;
export const TokenList = Type.Object({ rows: Type.Array(TokenRow) });
export type TokenList = Static<typeof TokenList>;

export const AccountRow = Type.Object({
  name: Type.String(),
  displayName: Type.String(),
  grants: Type.Array(Grant),
  /** `none`: API tokens only. `given`, `first`: must be changed at the next sign-in. */
  password: Type.Union([
    Type.Literal('none'),
    Type.Literal('chosen'),
    Type.Literal('given'),
    Type.Literal('first'),
  ]),
  createdAt: Instant,
  disabledAt: nullable(Instant),
});
export type AccountRow = Static<typeof AccountRow>;

export const AccountQuery = Type.Object({
  /** `next` of the page before. */
  after: Type.Optional(Type.String({ maxLength: 64 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});
export type AccountQuery = Static<typeof AccountQuery>;

/** By name; `next` is null on the last page. */
export const AccountPage = Type.Object({ rows: Type.Array(AccountRow), next: nullable(Type.String()) });
export type AccountPage = Static<typeof AccountPage>;

export const AccountCreate = Type.Object({
  name: Name,
  displayName: Type.Optional(Type.String({ maxLength: 100 })),
  roles: Type.Optional(Type.Array(GrantText, { maxItems: 50 })),
  /** False: an account for programs, used by API tokens only. */
  signsIn: Type.Optional(Type.Boolean()),
});
export type AccountCreate = Static<typeof AccountCreate>;

/** The password is shown this once; its owner changes it at the first sign-in. Null without one. */
export const AccountCreated = Type.Object({ account: AccountRow, password: nullable(Type.String()) });
export type AccountCreated = Static<typeof AccountCreated>;

export const GrantChange = Type.Object({ grant: GrantText });
export type GrantChange = Static<typeof GrantChange>;

export const PasswordReset = Type.Object({ password: Type.String() });
export type PasswordReset = Static<typeof PasswordReset>;
