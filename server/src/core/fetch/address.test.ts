import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAddressCheck } from './address.ts';

const isAllowed = createAddressCheck();

/** The 16 or 4 bytes as one number: the rule again, written another way. */
const number4 = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const inside4 = (address: string, net: string, prefix: number) =>
  Math.floor(number4(address) / 2 ** (32 - prefix)) === Math.floor(number4(net) / 2 ** (32 - prefix));

const privateNets: Array<[string, number]> = [
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
  ['224.0.0.0', 3],
];

const hextet = (value: number) => value.toString(16);
const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
const ipv4InNet = fc.constantFrom(...privateNets).chain(([net, prefix]) =>
  fc.nat(2 ** (32 - prefix) - 1).map((offset) => {
    const value = number4(net) + offset;
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  }),
);

test('an IPv4 address is allowed exactly when it is in none of the special networks', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), ipv4InNet), (address) => {
      const special = privateNets.some(([net, prefix]) => inside4(address, net, prefix));
      expect(isAllowed(address)).toBe(!special);
    }),
    { numRuns: 2000 },
  );
});

test('no IPv4 address is reached through an IPv6 form that carries it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), ipv4InNet), (address) => {
      const value = number4(address);
      const [high, low] = [hextet(Math.floor(value / 65_536)), hextet(value % 65_536)];
      for (const form of [
        `::ffff:${address}`,
        `::ffff:${high}:${low}`,
        `0:0:0:0:0:FFFF:${high}:${low}`,
        `::${high}:${low}`,
        `64:ff9b::${address}`,
        `64:ff9b:1::${high}:${low}`,
        `2002:${high}:${low}::1`,
        `2001:0:${high}:${low}::`,
      ]) {
        expect([form, isAllowed(form)]).toEqual([form, false]);
      }
    }),
  );
});

test('outside 2000::/3 no IPv6 address is allowed: loopback, link-local, unique local, multicast', () => {
  fc.assert(
    fc.property(groups, (parts) => {
      const first = parts[0] as number;
      const address = parts.map(hextet).join(':');
      if (first >> 13 !== 1) expect(isAllowed(address)).toBe(false);
    }),
    { numRuns: 2000 },
  );
  for (const address of [
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    'fec0::1',
  ]) {
    expect([address, isAllowed(address)]).toEqual([address, false]);
  }
});

test('public addresses are allowed', () => {
  for (const address of ['8.8.8.8', '93.184.216.34', '2606:2800:220:1::1', '2a00:1450:4001:81b::200e']) {
    expect([address, isAllowed(address)]).toEqual([address, true]);
  }
});

test('what is not an address is refused', () => {
  const noAddress = fc.string().filter((text) => !/^[\d.]+$|:/.test(text));
  fc.assert(
    fc.property(noAddress, (text) => {
      expect(isAllowed(text)).toBe(false);
    }),
  );
  for (const text of ['', 'localhost', '127.1', '0x7f000001', '2130706433', '[::1]'])
    expect(isAllowed(text)).toBe(false);
});

test('the operator opens a network, and nothing beside it', () => {
  const open = createAddressCheck(['192.168.7.0/24', 'fd00:7::/64', '10.1.2.3']);
  expect(['192.168.7.9', 'fd00:7::5', '10.1.2.3', '8.8.8.8'].map(open)).toEqual([true, true, true, true]);
  expect(['192.168.8.9', 'fd00:8::5', '10.1.2.4', '127.0.0.1'].map(open)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('a network that is none is refused with its text', () => {
  for (const network of ['10.0.0.0/33', 'office', '10.0.0.0/x', '']) {
    expect(() => createAddressCheck([network])).toThrow(`"${network}" is not a network`);
  }
});
