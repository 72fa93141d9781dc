import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { legacyMethods, v1Methods } from '../methods.ts';
import type { Parameter, ParameterType } from './arguments.ts';

/** Every method of both tables, asked by somebody who may do everything, with arguments nobody would think of. */
const server = await testServer([panda], { 'panda.dispatch.maxWaitSeconds': '0' });
for (let n = 0; n < 3; n++) await aJob(server.core.db, { status: 'running' });

const texts = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    'None',
    'NULL',
    '1',
    '-1',
    '99999999999999999999',
    '1e308',
    "'; drop table panda.job; --",
    '../../etc/passwd',
    '[',
    '{"a":{"__proto__":1}}',
    '[[[[1]]]]',
    '[{"job_id":1,"job_status":"running","task_id":1}]',
    '{"\\u0000":"\\ud800"}',
    '2026-02-30 99:99:99',
    'x'.repeat(100_000),
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
);
const numbers = fc.constantFrom(0, -1, 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1, 1e15);
const anything = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
const lists = fc.oneof(
  fc.array(fc.oneof(anything, texts, numbers), { maxLength: 5 }),
  fc.constantFrom(Array(6000).fill(1), Array(6000).fill({}), [null, [], {}], ['\0', -1, 1e300]),
);
const objects = fc.dictionary(texts, anything, { maxKeys: 5, noNullPrototype: true });

const ofType: Record<ParameterType, fc.Arbitrary<unknown>> = {
  int: numbers,
  float: fc.oneof(numbers, fc.double({ noNaN: true, noDefaultInfinity: true })),
  str: texts,
  bool: fc.boolean(),
  list: lists,
  dict: objects,
  any: fc.oneof(texts, numbers, lists, objects, anything),
};

function valuesOf({ type }: Parameter): fc.Arbitrary<unknown> {
  const types = typeof type === 'string' ? [type] : type;
  return fc.oneof(...types.map((one) => ofType[one]));
}

async function statusOf(path: string, init: RequestInit): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.address}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${server.adminToken}`, accept: 'application/json', ...init.headers },
  });
  return { status: answer.status, text: await answer.text() };
}

const runs = { numRuns: 6, endOnFailure: true } as const;

test.each(v1Methods.map((method) => [`${method.module}/${method.name}`, method] as const))(
  '%s never fails on hostile arguments',
  async (path, { verb, parameters }) => {
    const given = fc.record(
      Object.fromEntries(Object.entries(parameters).map(([name, one]) => [name, valuesOf(one)])),
      {
        requiredKeys: Object.keys(parameters).filter(
          (name) => !Object.hasOwn(parameters[name] ?? {}, 'fallback'),
        ),
      },
    );
    await fc.assert(
      fc.asyncProperty(given, async (values) => {
        const texts = Object.entries(values).map(([name, value]): [string, string] => [
          name,
          (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 5000),
        ]);
        const query = new URLSearchParams(texts).toString();
        const { status, text } =
          verb === 'GET'
            ? await statusOf(`/api/v1/${path}?${query.slice(0, 10_000)}`, {})
            : await statusOf(`/api/v1/${path}`, {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify(values),
              });
        expect(status, text.slice(0, 300)).toBeLessThan(500);
      }),
      runs,
    );
  },
);

/** Names of the fields of legacy methods; what a method does not know it does not see. */
const names = [
  ...[
    'jobId',
    'state',
    'ids',
    'pandaID',
    'jobsetID',
    'taskID',
    'attemptNr',
    'siteName',
    'site',
    'nJobs',
    'mem',
    'diskSpace',
  ],
  ...[
    'harvesterID',
    'harvester_id',
    'workerID',
    'worker_id',
    'workers',
    'data',
    'dialogs',
    'metrics',
    'paramsList',
  ],
  ...[
    'n_commands',
    'command_ids',
    'panda_queue',
    'status_list',
    'ce_list',
    'submission_host_list',
    'pandaQueueName',
  ],
  ...[
    'numSlots',
    'gshare',
    'resourceType',
    'validPeriod',
    'status',
    'node_id',
    'eventRanges',
    'version',
    'jobList',
  ],
  ...[
    'xml',
    'metaData',
    'stdout',
    'pilotLog',
    'pilotErrorCode',
    'pilotErrorDiag',
    'jobMetrics',
    'startTime',
    'batchID',
  ],
  ...[
    'prodSourceLabel',
    'prodUserID',
    'remaining_time',
    'schedulerID',
    'node',
    'computingElement',
    'time_window',
  ],
  ...[
    'fileSize',
    'checkSum',
    'fileName',
    'filename',
    'userName',
    'logName',
    'offset',
    'task_id',
    'sub_id',
    'panda_id',
  ],
  ...[
    'com',
    'modeOn',
    'key',
    'value',
    'keys',
    'client_name',
    'token_key',
    'role',
    'dn',
    'publicKeyName',
    'cpuConsumptionTime',
  ],
] as const;

test.each(legacyMethods.map(({ name }) => name))('%s never fails on hostile fields', async (name) => {
  const given = fc.dictionary(fc.constantFrom(...names), fc.oneof(texts, numbers, lists, anything), {
    maxKeys: names.length,
    size: 'max',
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(given, fc.boolean(), async (values, asJson) => {
      const fields = Object.entries(values).map(([field, value]): [string, string] => [
        field,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      const { status, text } = await statusOf(`/server/panda/${name}`, {
        method: 'POST',
        ...(asJson
          ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(values) }
          : { body: new URLSearchParams(fields) }),
      });
      expect(status, text.slice(0, 300)).toBeLessThan(500);
    }),
    runs,
  );
});
