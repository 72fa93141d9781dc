import { BlockList, isIP } from 'node:net';
import { AppError } from '../errors.ts';

/** Whether an address of the network may be reached on behalf of a stranger. */
export type AddressCheck = (address: string) => boolean;

/** IPv4 that is not a host of the public Internet (IANA special-purpose registry, multicast, reserved). */
const special4: ReadonlyArray<readonly [string, number]> = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * IPv6 inside the global unicast range 2000::/3 that carries another address (6to4, Teredo) or is special.
 * Everything outside 2000::/3 is refused as a whole: loopback, link-local, unique local, multicast, mapped
 * and compatible IPv4, NAT64.
 */
const special6: ReadonlyArray<readonly [string, number]> = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Makes the check; `allowPrivate` are networks (CIDR) or addresses that may be reached all the same. */
export function createAddressCheck(allowPrivate: readonly string[] = []): AddressCheck {
  const allowed = new BlockList();
  for (const network of allowPrivate) addNetwork(allowed, network);
  const special = new BlockList();
  for (const [net, prefix] of special4) special.addSubnet(net, prefix, 'ipv4');
  for (const [net, prefix] of special6) special.addSubnet(net, prefix, 'ipv6');
  const global = new BlockList();
  global.addSubnet('2000::', 3, 'ipv6');
  return (address) => {
    const family = isIP(address);
    // A zone ("fe80::1%eth0") only exists for link-local addresses.
    if (family === 0 || address.includes('%')) return false;
    const name = family === 4 ? 'ipv4' : 'ipv6';
    if (allowed.check(address, name)) return true;
    if (family === 6 && !global.check(address, 'ipv6')) return false;
    return !special.check(address, name);
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', length] = network.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (family === 0 || !/^\d+$/.test(length ?? '0') || prefix > bits) {
    throw new AppError('invalid', 'fetch.network-malformed', `"${network}" is not a network.`, {
      next: 'Write it as 192.168.7.0/24 or fd00:7::/64 under fetch.allowPrivate.',
    });
  }
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
}
