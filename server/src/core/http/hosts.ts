import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/index.ts';
import { AppError } from '../errors.ts';

export interface HostRules {
  /** Sets `publicBase` and `clientAddress`; throws `http.host-unknown` (421) for a foreign Host header. */
  apply(request: FastifyRequest): void;
  /** Origins that count as our own for the same-origin check, besides the request's. */
  readonly ownOrigins: readonly string[];
}

const forwardedHeaders = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-real-ip',
  'x-ssl-client-verify',
  'x-ssl-client-s-dn',
  'x-ssl-client-s-dn-legacy',
  'x-ssl-client-cert',
];

/**
 * One place for "under which address was I called". The request's own scheme and host are used, so that old
 * clients which compare addresses textually are content; a host that is not ours is refused, and what proxies
 * say is believed only from trusted ones and removed otherwise.
 */
export function createHostRules(config: Config): HostRules {
  const publicUrl = config.publicUrl === undefined ? undefined : new URL(config.publicUrl);
  const prefix = publicUrl?.pathname.replace(/\/+$/, '') ?? '';
  const trusted = addressList(config.http.trustedProxies);
  const names = new Set(
    ['localhost', '127.0.0.1', '::1', config.http.host, ...config.http.allowedHosts].map((name) =>
      name.toLowerCase(),
    ),
  );
  if (publicUrl !== undefined) names.add(bareHost(publicUrl.host));
  const listensEverywhere = [config.http.host, ...config.http.listeners].some((host) =>
    /^(0\.0\.0\.0|\[?::\]?)(:\d+)?$/.test(host),
  );

  function isOurs(host: string): boolean {
    const bare = bareHost(host);
    // A name can be made to point here by somebody else's DNS; an address cannot.
    return names.has(bare) || (listensEverywhere && isIP(bare) !== 0);
  }

  /** The same host comes with nearly every request. */
  const known = new Set<string>();
  function isKnown(host: string): boolean {
    if (known.has(host)) return true;
    if (!/^[A-Za-z0-9.\-_[\]:]+$/.test(host) || !isOurs(host)) return false;
    if (known.size < 1000) known.add(host);
    return true;
  }

  return {
    ownOrigins: publicUrl === undefined ? [] : [publicUrl.origin],
    apply(request) {
      const { headers } = request.raw;
      const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
      request.clientAddress = peer;
      let scheme = 'encrypted' in request.socket ? 'https' : 'http';
      let host = headers.host ?? `${config.http.host}:${config.http.port}`;
      if (trusted.has(peer)) {
        request.clientAddress = lastUntrusted(headers['x-forwarded-for'], trusted.has) ?? peer;
        const proto = first(headers['x-forwarded-proto']);
        if (proto === 'https' || proto === 'http') scheme = proto;
        host = first(headers['x-forwarded-host']) ?? host;
      } else {
        for (const name of forwardedHeaders) if (name in headers) delete headers[name];
      }
      if (!isKnown(host)) {
        throw new AppError(
          'misdirected',
          'http.host-unknown',
          'This server does not answer under that host name.',
          {
            next: 'Use its own address, or add the name to http.allowedHosts (ORRERY_HTTP_ALLOWED_HOSTS).',
          },
        );
      }
      request.publicBase = `${scheme}://${host}${prefix}`;
    },
  };
}

function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

function first(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text?.split(',')[0]?.trim();
}

/** The nearest address that no trusted proxy owns, read from the right: the left part can be forged. */
function lastUntrusted(
  value: string | string[] | undefined,
  isTrusted: (address: string) => boolean,
): string | undefined {
  const chain = (Array.isArray(value) ? value.join(',') : (value ?? ''))
    .split(',')
    .map((part) => part.trim());
  return chain.reverse().find((address) => isIP(address) !== 0 && !isTrusted(address));
}

function addressList(entries: readonly string[]): { has(address: string): boolean } {
  if (entries.length === 0) return { has: () => false };
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const type = family === 6 ? 'ipv6' : 'ipv4';
    const isLength =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
    if (family === 0 || !isLength) {
      throw new AppError(
        'invalid',
        'config.value-refused',
        `http.trustedProxies: "${entry}" is not an address or a network.`,
      );
    }
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return {
    has: (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
  };
}
