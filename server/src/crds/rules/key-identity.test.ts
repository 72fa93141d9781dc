import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literals } from '../../../../test/support/crds-mappings.ts';
import { isSameLiteral, keyIdentity } from './key-identity.ts';
import { Dict, type Literal, NumberLiteral, Tuple } from './literal.ts';

const one = new NumberLiteral('1', 1);

describe('keys are the same', () => {
  it.each<[Literal, Literal]>([
    [one, new NumberLiteral('1.0', 1)],
    [one, true],
    [new NumberLiteral('0', 0), false],
    [new NumberLiteral('10000000000000000000', 1e19), new NumberLiteral('1e+19', 1e19)],
    [new Tuple(['a', one]), new Tuple(['a', true])],
  ])('%j and %j', (a, b) => {
    expect(keyIdentity(a)).toBe(keyIdentity(b));
  });

  it.each<[Literal, Literal]>([
    ['1', one],
    ['a', new Tuple(['a'])],
    [null, 'None'],
    ['\0n', null],
    [new Tuple(['a', 'b']), new Tuple(['a"1:b'])],
    [new Tuple(['a', 'b']), new Tuple([new Tuple(['a', 'b'])])],
    [
      new NumberLiteral('9007199254740993', 9007199254740992),
      new NumberLiteral('9007199254740992', 9007199254740992),
    ],
  ])('but not %j and %j', (a, b) => {
    expect(keyIdentity(a)).not.toBe(keyIdentity(b));
  });

  it('when they can be keys at all', () => {
    expect(keyIdentity([])).toBeUndefined();
    expect(keyIdentity(new Dict([]))).toBeUndefined();
    expect(keyIdentity(new Tuple(['a', new Dict([])]))).toBeUndefined();
  });
});

describe('literals are the same', () => {
  it('as themselves, whatever the order of dictionaries', () => {
    fc.assert(
      fc.property(literals, literals, (a, b) => {
        expect(isSameLiteral(a, a)).toBe(true);
        expect(
          isSameLiteral(
            new Dict([
              ['x', a],
              ['y', b],
            ]),
            new Dict([
              ['y', b],
              ['x', a],
            ]),
          ),
        ).toBe(true);
        expect(isSameLiteral(new Tuple([a]), [a])).toBe(false);
        expect(isSameLiteral(new Tuple([a, b]), new Tuple([a]))).toBe(false);
      }),
    );
  });
});
