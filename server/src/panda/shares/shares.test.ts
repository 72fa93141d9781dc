import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { fitResourceType } from './resource-type.ts';
import { seedShares } from './seed-shares.ts';
import { compileMatch } from './share-match.ts';
import { buildTree, leavesOf, orderLeaves, type Share, usageOf } from './share-tree.ts';
import { listShares } from './shares.store.ts';
import { forgetShares, recentTally, resourceTypeOf, shareOf, shareOrder } from './shares.ts';

const { core } = await testServer([panda]);

const aShare = (name: string, value: number, change: Partial<Share> = {}): Share => ({
  name,
  value,
  parent: null,
  ordinal: 0,
  matchers: {},
  throttled: false,
  ...change,
});

test('a fresh installation has a share for each kind of work and the usual resource types', async () => {
  expect(await shareOf(core, { label: 'user' })).toBe('User Analysis');
  expect(await shareOf(core, { label: 'panda' })).toBe('User Analysis');
  expect(await shareOf(core, { label: 'managed' })).toBe('Production');
  expect(await shareOf(core, { label: 'prod_test' })).toBe('Test');
  expect(await shareOf(core, { label: 'elsewhere' })).toBe('Undefined');
  expect(await resourceTypeOf(core, 1, 2000)).toBe('SCORE');
  expect(await resourceTypeOf(core, 1, 2001)).toBe('SCORE_HIMEM');
  expect(await resourceTypeOf(core, 8, 16_000)).toBe('MCORE');
  expect(await resourceTypeOf(core, 8, 32_000)).toBe('MCORE_HIMEM');
  expect(await resourceTypeOf(core, 0, 16_000)).toBe('MCORE');
});

test('what an operator changed stays through the next start', async () => {
  await core.db.sql`update panda.share set value = 77 where name = 'Production'`;
  await core.db.sql`delete from panda.share where name = 'Test'`;
  await core.db.sql`delete from panda.resource_type where name <> 'SCORE'`;
  await seedShares(core);
  forgetShares(core);
  expect(await core.db.sql`select name, value from panda.share order by name`).toMatchObject([
    { name: 'Production', value: 77 },
    { name: 'User Analysis', value: 45 },
  ]);
  expect(await resourceTypeOf(core, 8, 1000)).toBe('Undefined');
});

test('the share that has least of its target is served first, and Test before all', async () => {
  await core.db.sql`insert into panda.share (name, value, ordinal) values ('Test', 1, 99)`;
  await aJob(core.db, { share: 'Production', status: 'running' });
  forgetShares(core);
  expect(await shareOrder(core)).toEqual(['Test', 'User Analysis', 'Production']);
  await aJob(core.db, { share: 'User Analysis', status: 'sent' });
  await aJob(core.db, { share: 'Production', status: 'activated' });
  expect(await shareOrder(core)).toEqual(['Test', 'User Analysis', 'Production']);
  forgetShares(core);
  expect(await shareOrder(core)).toEqual(['Test', 'Production', 'User Analysis']);
  const usage = usageOf(buildTree(await listShares(core.db.sql)), await recentTally(core));
  expect(usage.get('Production')).toMatchObject({ executing: 10, queued: 10 });
  expect(usage.get('Production')?.target).toBeCloseTo((20 * 77) / 123);
});

test('siblings are normalised to their parent', () => {
  const roots = buildTree([
    aShare('child of a', 30, { parent: 'a' }),
    aShare('other child of a', 10, { parent: 'a', ordinal: 1 }),
    aShare('a', 20),
    aShare('b', 20, { ordinal: 1 }),
  ]);
  expect(leavesOf(roots).map(({ name, percent }) => [name, percent])).toEqual([
    ['child of a', 37.5],
    ['other child of a', 12.5],
    ['b', 50],
  ]);
  const running = (share: string, hs06: number) => ({ share, status: 'running', hs06 });
  const usage = usageOf(roots, [running('child of a', 10), running('b', 90), running('gone', 5)]);
  expect(usage.get('a')).toEqual({ executing: 10, queued: 0, target: 52.5 });
  expect(usage.get('gone')).toMatchObject({ executing: 5 });
  expect(orderLeaves(roots, usage)).toEqual(['other child of a', 'child of a', 'b']);
});

test('every leaf is offered once, whatever runs', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'Test');
  const share = fc.record({
    name,
    parent: fc.option(name),
    value: fc.nat(100),
    ordinal: fc.nat(5),
    matchers: fc.constant({}),
    throttled: fc.boolean(),
  });
  const counted = fc.record({
    share: name,
    status: fc.constantFrom('running', 'sent', 'activated', 'holding'),
    hs06: fc.nat(1000),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(share, { selector: (one) => one.name }),
      fc.array(counted),
      (shares, counts) => {
        const roots = buildTree(shares);
        const leaves = leavesOf(roots).map((leaf) => leaf.name);
        const order = orderLeaves(roots, usageOf(roots, counts));
        expect(order.toSorted()).toEqual(leaves.toSorted());
        if (leaves.includes('Test')) expect(order[0]).toBe('Test');
      },
    ),
  );
});

test('matchers are anchored at the start; what is unknown of a job asks nothing, but no working group is a blank', () => {
  const takes = (matchers: Record<string, string>) => compileMatch({ matchers });
  expect(takes({ label: 'man' })({ label: 'managed' })).toBe(true);
  expect(takes({ label: 'aged' })({ label: 'managed' })).toBe(false);
  expect(takes({ label: 'a|b' })({ label: 'xb' })).toBe(false);
  expect(takes({ campaign: 'mc' })({ label: 'managed' })).toBe(true);
  expect(takes({ campaign: 'mc' })({ label: 'managed', campaign: 'data' })).toBe(false);
  expect(takes({ workingGroup: 'GP_' })({ label: 'user' })).toBe(false);
  expect(takes({ workingGroup: ' ' })({ label: 'user', workingGroup: null })).toBe(true);
  expect(takes({ workingGroup: 'GP_' })({ label: 'user', workingGroup: 'GP_x' })).toBe(true);
  expect(takes({ label: '(' })({ label: '(' })).toBe(false);
});

test('a job that fits no resource type has none', () => {
  const type = { name: 'one', minCores: 1, maxCores: 1, minMemoryMb: null, maxMemoryMb: 100, ordinal: 0 };
  expect(fitResourceType([type], 1, 100)).toBe('one');
  expect(fitResourceType([type], 1, 101)).toBeNull();
  expect(fitResourceType([type], 2, 100)).toBeNull();
  expect(fitResourceType([], 1, 0)).toBeNull();
});
