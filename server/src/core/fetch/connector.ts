import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { AppError } from '../errors.ts';
import type { AddressCheck } from './address.ts';

/** Resolves a name to all its addresses. */
export type Lookup = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectorOptions {
  isAllowed: AddressCheck;
  timeoutMs: number;
  lookup?: Lookup;
}

/**
 * Connects only to addresses that are allowed. The check sits inside the resolution that the connection itself
 * uses: there is no second look-up whose answer could differ. Addresses written as numbers are never resolved,
 * so they are checked first; the address at the other end is checked again once it is known.
 */
export function guardedConnector({
  isAllowed,
  timeoutMs,
  lookup = resolveAll,
}: ConnectorOptions): buildConnector.connector {
  const guardedLookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
    lookup(hostname, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => !isAllowed(address));
      const [first] = addresses;
      // One bad address spoils the name: otherwise the order of the answers would decide.
      if (refused !== undefined || first === undefined) return callback(addressRefused(hostname), '', 0);
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, lookup: guardedLookup });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isAllowed(host)) return callback(addressRefused(host), null);
    return connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const remote = socket.remoteAddress;
      if (remote !== undefined && isAllowed(remote)) return callback(null, socket);
      socket.destroy();
      return callback(addressRefused(host), null);
    });
  };
}

const resolveAll: Lookup = (hostname, callback) => {
  systemLookup(hostname, { all: true }, callback);
};

export function addressRefused(host: string): AppError {
  return new AppError(
    'forbidden',
    'fetch.address-refused',
    `${host} is not an address of the public network.`,
    {
      next: 'Give a public address, or ask the operator to list its network under fetch.allowPrivate.',
      details: { host },
    },
  );
}
