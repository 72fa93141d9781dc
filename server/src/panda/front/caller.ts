import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Identity } from '../../core/auth/index.ts';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { voRefused } from '../errors.ts';
import { pandaSettings } from '../settings.ts';

/** Who calls a PanDA method, and for which VO. */
export interface Caller {
  readonly identity: Identity;
  /** True when the caller has shown who it is; TLS is not asked for (panda-client 2.0.2 uses plain http on loopback). */
  readonly isSecure: boolean;
  /** As jobs and tasks name their owner (`prodUserName`). */
  readonly name: string;
  readonly vo: string | null;
  /** Role that the header `Origin` names. */
  readonly role: string | null;
  /** Attributes in the form of VOMS: `/<vo>/Role=<role>`. */
  readonly fqans: readonly string[];
  /**
   * Holds the production role of the VO it names, or of some VO when it names none: what lets a request through the
   * door. What a method changes has a VO of its own, for which `producesFor` is asked.
   */
  readonly isProduction: boolean;
  /** May speak for pilots; a production role may too. */
  readonly isPilot: boolean;
  readonly address: string;
  /** Scheme, host and prefix of this server as the caller sees it. */
  readonly publicBase: string;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  /** Whether the production role covers what belongs to this VO; null = to none, for which it must cover all. */
  producesFor(vo: string | null): boolean;
  /** Tells the figures how long the request only waited, milliseconds. */
  waited(ms: number): void;
}

/** Made once: the usual reason is made anew, with its stack, for every connection. */
const connectionClosed = new Error('the connection was closed');
const ends = new WeakMap<Socket, AbortSignal>();

/** Aborts when the connection has ended. `request.signal` of Fastify will not do: it aborts when the body has been read. */
function connectionEnd(socket: Socket): AbortSignal {
  const known = ends.get(socket);
  if (known !== undefined) return known;
  const gone = new AbortController();
  if (socket.destroyed) gone.abort(connectionClosed);
  else socket.once('close', () => gone.abort(connectionClosed));
  ends.set(socket, gone.signal);
  return gone.signal;
}

/**
 * `Origin` of a PanDA client is no address of a page: it is the VO, or VO and role as `vo.role` or `vo:role`. Names
 * that begin with `vo.` have dots of their own, so that only the colon parts them (panda-server 1.0.3, token decoding).
 */
export function readOrigin(origin: string): { vo: string; role: string | null } {
  const colon = origin.lastIndexOf(':');
  if (colon > 0) return { vo: origin.slice(0, colon), role: origin.slice(colon + 1) || null };
  const dot = origin.startsWith('vo.') ? -1 : origin.lastIndexOf('.');
  if (dot > 0) return { vo: origin.slice(0, dot), role: origin.slice(dot + 1) || null };
  return { vo: origin, role: null };
}

/** Throws `panda.vo-refused` (403) when the caller names a VO or a role that is not its own. */
export function callerOf(core: Core, request: FastifyRequest): Caller {
  const { identity, clientAddress: address, publicBase } = request;
  const isSecure = identity.kind === 'account';
  const { origin } = request.headers;
  const named = isSecure && origin !== undefined && origin !== '' ? readOrigin(origin) : null;
  const vo = named?.vo ?? identity.vo ?? null;
  const role = named?.role ?? null;
  if (named !== null) checkVo(core, identity, named.vo);
  const isProduction = isSecure && holds(identity, 'panda.production', vo);
  const isPilot = isProduction || (isSecure && holds(identity, 'panda.pilot', vo));
  if (role !== null) checkRole(identity, vo ?? '', role);
  return {
    identity,
    isSecure,
    name: identity.displayName,
    vo,
    role,
    fqans: role === null ? [] : [`/${vo}/Role=${role}`],
    isProduction,
    isPilot,
    address,
    publicBase,
    get signal() {
      return connectionEnd(request.raw.socket);
    },
    producesFor(concerned) {
      if (concerned === null) return identity.scopesOf('panda.production') === 'all';
      return (identity.vo ?? concerned) === concerned && identity.may('panda.production', concerned);
    },
    waited(ms) {
      request.waitedMs += ms;
    },
  };
}

function holds(identity: Identity, permission: string, vo: string | null): boolean {
  return vo === null ? identity.may(permission) : identity.may(permission, vo);
}

function checkVo(core: Core, identity: Identity, vo: string): void {
  const { vos } = settingsOf(core.config, 'panda', pandaSettings);
  const own = identity.vo;
  if (own !== undefined) {
    if (own !== vo) throw voRefused(`Unknown vo : ${vo.slice(0, 100)}`);
    return;
  }
  const scopes = identity.grants.flatMap(({ scope }) => scope?.split(',') ?? []);
  const known = new Set([...vos, ...scopes.map((scope) => scope.split('/')[0])]);
  if (!known.has(vo)) throw voRefused(`Unknown vo : ${vo.slice(0, 100)}`);
}

/** Roles of the field are `pilot` and `production`; `user` is everybody's. */
function checkRole(identity: Identity, vo: string, role: string): void {
  const allowed =
    (role === 'pilot' && identity.may('panda.pilot', vo)) ||
    (role === 'production' && identity.may('panda.production', vo)) ||
    (role === 'user' && identity.may('panda.submit', vo));
  if (!allowed) throw voRefused(`Not a member of the ${vo.slice(0, 100)}/${role.slice(0, 100)} group`);
}
