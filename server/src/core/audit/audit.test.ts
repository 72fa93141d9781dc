import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import type { Sql } from '../db/index.ts';
import { chainAudit, createAudit, listAudit, verifyAudit } from './index.ts';

const db = await testDatabase();
const audit = createAudit();

beforeEach(async () => {
  await db.sql`truncate core.audit, core.audit_pending, core.audit_chain restart identity`;
});

async function write(sql: Sql, id: string, actor = 'alice'): Promise<void> {
  await audit.record(sql, {
    actor,
    action: 'queue.queue-paused',
    object: { kind: 'queue', id },
    details: { why: 'broken disk', count: 3, names: ['a', 'b'] },
    requestId: 'r1',
    address: '192.0.2.7',
  });
}

async function writeMany(count: number): Promise<void> {
  for (let index = 1; index <= count; index += 1) await write(db.sql, `q${index}`);
}

describe('recording', () => {
  test('an entry is written with its transaction and forgotten with it', async () => {
    await expect(
      db.transaction(async (tx) => {
        await write(tx, 'lost');
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await db.transaction((tx) => write(tx, 'kept'));
    const { rows } = await listAudit(db.sql, { limit: 10 });
    expect(rows).toMatchObject([
      {
        actor: 'alice',
        action: 'queue.queue-paused',
        objectKind: 'queue',
        objectId: 'kept',
        details: { why: 'broken disk', count: 3, names: ['a', 'b'] },
        requestId: 'r1',
        address: '192.0.2.7',
      },
    ]);
    expect(await chainAudit(db)).toBe(1);
    expect(await verifyAudit(db.sql)).toMatchObject({ proven: 1, pending: 0, broken: null });
  });

  test('are found by what their details contain', async () => {
    await writeMany(3);
    await audit.record(db.sql, {
      actor: 'alice',
      action: 'queue.queue-paused',
      object: { kind: 'queue', id: 'q1' },
      details: { names: ['c', "d'"], count: 1 },
    });
    const of = async (...details: Array<Record<string, unknown>>) =>
      (await listAudit(db.sql, { objectKind: 'queue', details, limit: 10 })).rows.map(
        ({ auditId }) => auditId,
      );
    expect(await of({ names: ["d'"] })).toEqual([4]);
    expect(await of({ names: ['c'] }, { count: 3 })).toEqual([4, 3, 2, 1]);
    expect(await of({ names: ['x'] })).toEqual([]);
  });

  test('the keys inside details keep their spelling', async () => {
    await audit.record(db.sql, {
      actor: 'system',
      action: 'x.y-done',
      object: { kind: 'x', id: '1' },
      details: { snake_case: 'a', camelCase: 'b' },
    });
    const { rows } = await listAudit(db.sql, { limit: 1 });
    expect(rows[0]?.details).toEqual({ snake_case: 'a', camelCase: 'b' });
  });
});

describe('the chain', () => {
  test('an empty trail is proven', async () => {
    expect(await verifyAudit(db.sql)).toMatchObject({
      proven: 0,
      lastProven: null,
      pending: 0,
      broken: null,
    });
  });

  test('says up to where it is proven while later entries still wait', async () => {
    await writeMany(3);
    await chainAudit(db);
    await write(db.sql, 'q4');
    const proof = await verifyAudit(db.sql);
    expect(proof).toMatchObject({ proven: 3, lastProven: { auditId: 3 }, pending: 1, broken: null });
  });

  test('loses no entry whose number is lower but which commits later', async () => {
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let wrote: () => void = () => {};
    const slowHasWritten = new Promise<void>((resolve) => {
      wrote = resolve;
    });
    const slow = db.transaction(async (tx) => {
      await write(tx, 'slow');
      wrote();
      await released;
    });
    await slowHasWritten;
    await write(db.sql, 'fast');
    expect(await chainAudit(db)).toBe(1);
    release();
    await slow;
    expect(await chainAudit(db)).toBe(1);
    const order = await db.sql<{ objectId: string }[]>`
      select a.object_id from core.audit_chain c join core.audit a using (audit_id) order by c.chain_id`;
    expect(order.map((row) => row.objectId)).toEqual(['fast', 'slow']);
    expect(await verifyAudit(db.sql)).toMatchObject({ proven: 2, broken: null });
  });

  test('processes that chain at once make one chain', async () => {
    await writeMany(40);
    const counts = await Promise.all(Array.from({ length: 6 }, () => chainAudit(db)));
    const rest = await chainAudit(db);
    expect(counts.reduce((sum, count) => sum + count, rest)).toBe(40);
    expect(await verifyAudit(db.sql)).toMatchObject({ proven: 40, pending: 0, broken: null });
  });

  test('takes more than one batch', async () => {
    await db.sql`
      with written as (
        insert into core.audit (actor, action, object_kind, object_id, details)
        select 'alice', 'a.b-done', 'x', n::text, '{}' from generate_series(1, 2300) n returning audit_id)
      insert into core.audit_pending select audit_id from written`;
    expect(await chainAudit(db)).toBe(2300);
    expect(await verifyAudit(db.sql)).toMatchObject({ proven: 2300, broken: null });
  });
});

describe('tampering is found', () => {
  const cases: Array<{
    what: string;
    tamper: () => Promise<unknown>;
    auditId: number;
    why: string;
    proven: number;
  }> = [
    {
      what: 'a changed detail',
      tamper: () => db.sql`update core.audit set details = '{"why": "nothing"}' where audit_id = 3`,
      auditId: 3,
      why: 'the entry was changed',
      proven: 2,
    },
    {
      what: 'a changed time',
      tamper: () => db.sql`update core.audit set at = at - interval '1 hour' where audit_id = 1`,
      auditId: 1,
      why: 'the entry was changed',
      proven: 0,
    },
    {
      what: 'an address taken out',
      tamper: () => db.sql`update core.audit set address = null where audit_id = 5`,
      auditId: 5,
      why: 'the entry was changed',
      proven: 4,
    },
    {
      what: 'a removed entry',
      tamper: () => db.sql`delete from core.audit where audit_id = 2`,
      auditId: 2,
      why: 'the entry was removed',
      proven: 1,
    },
    {
      what: 'an entry removed together with its link',
      tamper: async () => {
        await db.sql`delete from core.audit where audit_id = 4`;
        await db.sql`delete from core.audit_chain where audit_id = 4`;
      },
      auditId: 5,
      why: 'the link before it was removed',
      proven: 3,
    },
    {
      what: 'two entries exchanged',
      tamper: async () => {
        await db.sql`update core.audit_chain set audit_id = 90 where audit_id = 2`;
        await db.sql`update core.audit_chain set audit_id = 2 where audit_id = 3`;
        await db.sql`update core.audit_chain set audit_id = 3 where audit_id = 90`;
      },
      auditId: 3,
      why: 'the entry was changed',
      proven: 1,
    },
    {
      what: 'an entry put in beside the trail',
      tamper: () => db.sql`
        insert into core.audit (actor, action, object_kind, object_id, details) values ('bob', 'a.b-done', 'x', '1', '{}')`,
      auditId: 6,
      why: 'the entry was put in beside the trail',
      proven: 5,
    },
    {
      what: 'an entry removed before it was chained',
      tamper: async () => {
        await write(db.sql, 'q6');
        await db.sql`delete from core.audit where audit_id = 6`;
        await chainAudit(db);
      },
      auditId: 6,
      why: 'the entry was removed before it was chained',
      proven: 5,
    },
  ];

  test.each(cases)('$what', async ({ tamper, auditId, why, proven }) => {
    await writeMany(5);
    await chainAudit(db);
    await tamper();
    expect(await verifyAudit(db.sql)).toMatchObject({ proven, broken: { auditId, why } });
  });

  test('an end that was cut off shows in the head', async () => {
    await writeMany(5);
    await chainAudit(db);
    const { head } = await verifyAudit(db.sql);
    await db.sql`delete from core.audit where audit_id = 5`;
    await db.sql`delete from core.audit_chain where audit_id = 5`;
    const proof = await verifyAudit(db.sql);
    expect(proof).toMatchObject({ proven: 4, broken: null });
    expect(proof.head).not.toBe(head);
  });
});

describe('the list', () => {
  test('pages back and forth without gaps or doubles while entries come in', async () => {
    await writeMany(10);
    const ids = (page: { rows: { objectId: string }[] }) => page.rows.map((row) => row.objectId);
    const first = await listAudit(db.sql, { limit: 4 });
    expect([ids(first), first.newer]).toEqual([['q10', 'q9', 'q8', 'q7'], null]);
    await write(db.sql, 'q11');
    const second = await listAudit(db.sql, { limit: 4, cursor: first.older as string });
    expect(ids(second)).toEqual(['q6', 'q5', 'q4', 'q3']);
    const third = await listAudit(db.sql, { limit: 4, cursor: second.older as string });
    expect([ids(third), third.older]).toEqual([['q2', 'q1'], null]);
    const back = await listAudit(db.sql, { limit: 4, cursor: third.newer as string });
    expect(ids(back)).toEqual(['q6', 'q5', 'q4', 'q3']);
    const newest = await listAudit(db.sql, { limit: 8, cursor: back.newer as string });
    expect([ids(newest), newest.newer]).toEqual([['q11', 'q10', 'q9', 'q8', 'q7'], null]);
  });

  test('is narrowed by who, what and which object', async () => {
    await write(db.sql, 'q1', 'alice');
    await write(db.sql, 'q2', 'bob');
    const count = async (filter: object) => (await listAudit(db.sql, { limit: 10, ...filter })).rows.length;
    expect(await count({ actor: 'bob' })).toBe(1);
    expect(await count({ objectKind: 'queue', objectId: 'q1' })).toBe(1);
    expect(await count({ action: 'queue.' })).toBe(2);
    expect(await count({ action: 'auth.' })).toBe(0);
  });

  test('a made-up cursor is refused', async () => {
    for (const cursor of ['', '7', 'older-', 'older-1x', "older-1'--"]) {
      await expect(listAudit(db.sql, { limit: 5, cursor })).rejects.toMatchObject({
        code: 'audit.cursor-invalid',
      });
    }
  });
});
