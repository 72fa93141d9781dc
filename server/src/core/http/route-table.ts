import type { RouteOptions } from 'fastify';
import type { Permissions } from '../auth/index.ts';
import type { App, RouteConfig } from './types.ts';

export interface RouteRow {
  method: string;
  url: string;
  /** `core` or the service whose registration made it. */
  owner: string;
  permission: string;
  bodyLimitBytes: number;
  errors: string;
  family: string;
}

/** Collects every route as it is registered, with its owner, and refuses to start on one that says too little. */
export class RouteTable {
  readonly rows: RouteRow[] = [];
  #owner = 'core';
  readonly #problems: string[] = [];

  /** Everything registered while `work` runs belongs to `owner`. */
  async ownedBy(owner: string, work: () => unknown): Promise<void> {
    this.#owner = owner;
    await work();
    this.#owner = 'core';
  }

  collect(app: App, defaultBodyLimit: number): void {
    app.addHook('onRoute', (route) => this.#add(route, defaultBodyLimit));
  }

  #add(route: RouteOptions, defaultBodyLimit: number): void {
    const config = (route.config ?? {}) as Partial<RouteConfig>;
    for (const method of [route.method].flat()) {
      if (method === 'HEAD' && route.exposeHeadRoute !== false) continue;
      const { allow, errors, family } = config;
      const lacking = [allow ?? 'allow', errors ?? 'errors', family ?? 'family'].filter(
        (word) => word === 'allow' || word === 'errors' || word === 'family',
      );
      if (allow === undefined || errors === undefined || family === undefined) {
        this.#problems.push(`${method} ${route.url} does not say: ${lacking.join(', ')}`);
        continue;
      }
      this.rows.push({
        method,
        url: route.url,
        owner: this.#owner,
        permission: allow,
        bodyLimitBytes: route.bodyLimit ?? defaultBodyLimit,
        errors: errors.name,
        family,
      });
    }
  }

  /**
   * The start-up check: every route names permission, error style and family; the permission exists; no two
   * owners share an address (a first segment), except where one declares a deeper part of it.
   */
  check(permissions: Permissions, addresses: ReadonlyMap<string, string>): void {
    const problems = [...this.#problems];
    for (const row of this.rows) {
      if (row.permission !== 'public' && !permissions.names.includes(row.permission)) {
        problems.push(`${row.method} ${row.url} names the unknown permission ${row.permission}`);
      }
      const owner = ownerOf(row.url, addresses);
      if (owner !== row.owner)
        problems.push(`${row.method} ${row.url} of ${row.owner} lies in the address of ${owner ?? 'nobody'}`);
    }
    const seen = new Map<string, string>();
    for (const { method, url } of this.rows) {
      const bare = `${method} ${url.replace(/\/+$/, '')}`;
      const other = seen.get(bare);
      if (other !== undefined && other !== url)
        problems.push(`${method} ${url} differs from ${other} by a slash only`);
      seen.set(bare, url);
    }
    if (problems.length > 0) throw new Error(`the route table is wrong:\n  ${problems.join('\n  ')}`);
  }
}

/** The owner of the longest declared address that `url` lies in. */
export function ownerOf(url: string, addresses: ReadonlyMap<string, string>): string | undefined {
  let best = '';
  for (const address of addresses.keys()) {
    if ((url === address || url.startsWith(`${address}/`) || address === '/') && address.length > best.length)
      best = address;
  }
  return addresses.get(best);
}
