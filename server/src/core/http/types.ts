import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CredentialPlaces, Identity } from '../auth/index.ts';
import type { AppError } from '../errors.ts';

export type App = FastifyInstance;

/** Writes an error the way the clients of one protocol expect it. Rules never know which. */
export interface ErrorStyle {
  readonly name: string;
  render(error: AppError, request: FastifyRequest, reply: FastifyReply): unknown;
}

/** What every route says about itself; a route that leaves out `allow` or `errors` stops the start. */
export interface RouteConfig {
  /** A permission, or `public` for what anybody may ask. */
  allow: string;
  errors: ErrorStyle;
  /** Under which name the route is counted on the capacity page. */
  family: string;
  /** Where credentials may stand besides the Authorization header; default: the page's session cookie. */
  credentials?: CredentialPlaces;
  /** Old clients send gzip without saying so: look at the first two bytes. */
  sniffGzip?: boolean;
  /** `Origin` means something else here (PanDA's VO): no same-origin check. */
  originIsData?: boolean;
  /**
   * How long a caller waits for a database that is gone, before it is answered busy: for clients that lose what they
   * have to say after a few failures. Here for the question who asks; the handler does the same for its own work.
   */
  outlastsMs?: number;
  /** Left out of the capacity figures and of the request log. */
  quiet?: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig extends Partial<RouteConfig> {}
  interface FastifyRequest {
    /** Who is asking; set before any handler runs. */
    identity: Identity;
    /** Scheme, host and path prefix as the caller sees them, without a slash at the end. */
    publicBase: string;
    /** The caller's address; the proxy's word for it only if the proxy is trusted. */
    clientAddress: string;
    /** Milliseconds this request spent waiting for something to happen; not counted as work. */
    waitedMs: number;
    startedAtMs: number;
  }
}

/** An absolute URL of this server as the caller knows it. `path` begins with a slash. */
export function absoluteUrl(request: FastifyRequest, path: string): string {
  return request.publicBase + path;
}
