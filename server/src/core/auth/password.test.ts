import { describe, expect, test } from 'vitest';
import { checkNewPassword, hashPassword, verifyPassword } from './password.ts';
import { createTurns } from './turns.ts';

describe('passwords', () => {
  test('are stored as PHC strings of argon2id with 19 MiB, two passes and one lane', async () => {
    const phc = await hashPassword('correct horse battery');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await hashPassword('correct horse battery')).not.toBe(phc);
    expect(await verifyPassword('correct horse battery', phc)).toBe(true);
    expect(await verifyPassword('Correct horse battery', phc)).toBe(false);
    expect(await verifyPassword('', phc)).toBe(false);
  });

  test('agree with the reference implementation of argon2', async () => {
    // `echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32` gives this, as listed in the reference's tests.
    const phc = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await verifyPassword('password', phc)).toBe(true);
    expect(await verifyPassword('passwore', phc)).toBe(false);
  });

  test('of an account that does not exist cost the same work and are never right', async () => {
    expect(await verifyPassword('anything at all', null)).toBe(false);
  });

  test('typed with another composition of the same letters are the same', async () => {
    const phc = await hashPassword('Ångström-cafe\u0301');
    expect(await verifyPassword('A\u030Angstro\u0308m-café', phc)).toBe(true);
  });

  test('that are broken in the database are a bug, not a wrong password', async () => {
    await expect(verifyPassword('x', 'plain')).rejects.toThrow('PHC');
  });

  test.each([
    '',
    'short',
    '123456789',
    'aaaaaaaaaaaaaaaa',
    'ababababababab',
    'Administrator',
    'x'.repeat(201),
  ])('such as "%s" cannot be chosen', (password) => {
    expect(() => checkNewPassword(password, 'administrator')).toThrow(
      expect.objectContaining({ code: 'auth.password-weak' }),
    );
  });

  test('of ten signs can be chosen', () => {
    expect(() => checkNewPassword('0123456789', 'alice')).not.toThrow();
    expect(() => checkNewPassword('été à Nançay', 'alice')).not.toThrow();
  });
});

describe('turns', () => {
  test('two work, some wait in order, the next is refused', async () => {
    const turns = createTurns({ atOnce: 2, waiting: 3, refuse: () => new Error('busy') });
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const started: number[] = [];
    const works = gates.map((gate, index) =>
      turns(async () => {
        started.push(index);
        await gate.promise;
        return index;
      }),
    );
    await expect(turns(async () => 9)).rejects.toThrow('busy');
    expect(started).toEqual([0, 1]);
    gates[1]?.resolve();
    await works[1];
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    expect(await Promise.all(works)).toEqual([0, 1, 2, 3, 4]);
    expect(await turns(async () => 10)).toBe(10);
  });

  test('a work that fails gives its turn on', async () => {
    const turns = createTurns({ atOnce: 1, waiting: 5, refuse: () => new Error('busy') });
    const results = await Promise.allSettled([
      turns(async () => {
        throw new Error('first');
      }),
      turns(async () => 'second'),
    ]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled']);
  });
});
