import { describe, expect, test } from 'vitest';
import { aJob } from '../../../../test/support/panda.ts';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { flatten, jobOfRange, statusesOf } from './events.ts';

const server = await testServer([panda]);
const { db } = server.core;
const pilot = await pandaCalls(server, 'pilot', 'panda.pilot');
const user = await pandaCalls(server, 'somebody', 'user');

test.each([
  ['10000001-42-7-1-3', 42],
  ['1-2-3-4', null],
  ['1-2-3-4-5-6', null],
  ['1--3-4-5', null],
  ['1-0-3-4-5', null],
  ['1-9999999999999999-3-4-5', null],
  ['a-b-c-d-e', null],
  [7, null],
  [null, null],
])('the range %j belongs to the job %j', (rangeId, jobId) => {
  expect(jobOfRange(rangeId)).toBe(jobId);
});

test('ranges stand in a list, or in chunks with a zip file', () => {
  const range = { eventRangeID: '1-2-3-4-5', eventStatus: 'finished' };
  expect(flatten([range], 0)).toEqual([range]);
  expect(flatten([{ zipFile: { lfn: 'z' }, eventRanges: [range] }, { eventRanges: [range] }], 1)).toEqual([
    range,
    range,
  ]);
  expect(flatten([range], 1)).toBeNull();
  expect(flatten({}, 0)).toBeNull();
  expect(flatten('x', 2)).toBeNull();
});

test('a question for states is a list of pairs', () => {
  expect(statusesOf([{ task_id: 1, job_id: '2' }])).toEqual({});
  expect(statusesOf([])).toEqual({});
  for (const wrong of [{}, [1], [{ task_id: 1 }], null, undefined]) expect(statusesOf(wrong)).toBeNull();
});

describe('a job without event ranges', () => {
  test('is given none', async () => {
    const { jobId } = await aJob(db, { status: 'running' });
    expect(await pilot.legacy('getEventRanges', { pandaID: jobId, jobsetID: 1, nRanges: 10 })).toEqual({
      StatusCode: 0,
      eventRanges: [],
    });
    expect(await pilot.legacy('checkEventsAvailability', { pandaID: jobId, jobsetID: 1, taskID: 1 })).toEqual(
      {
        StatusCode: 0,
        nEventRanges: 0,
      },
    );
    expect(await pilot.post('event/acquire_event_ranges', { job_id: jobId, jobset_id: 1 })).toEqual({
      success: true,
      message: '',
      data: { StatusCode: 0, eventRanges: [] },
    });
    const query = { job_id: String(jobId), jobset_id: '1', task_id: '1' };
    expect(await pilot.get('event/get_available_event_range_count', query)).toMatchObject({
      success: true,
      data: 0,
    });
  });

  test('has nothing updated, and its pilot is told what to do', async () => {
    const { jobId } = await aJob(db, { status: 'running', command: 'tobekilled' });
    const { jobId: quiet } = await aJob(db, { status: 'running' });
    const ranges = [
      { eventRangeID: `1-${jobId}-1-1-1`, eventStatus: 'finished' },
      { eventRangeID: `1-${quiet}-1-1-1`, eventStatus: 'failed' },
      { eventRangeID: `1-${quiet}-1-1-2`, eventStatus: 'running' },
      { eventRangeID: `1-${quiet}-1-1-2`, eventStatus: 'sleeping' },
      { eventRangeID: '1-999999999-1-1-1', eventStatus: 'fatal' },
      { eventRangeID: 'nonsense', eventStatus: 'finished' },
      { eventStatus: 'finished' },
      'text',
    ];
    const returns = [false, false, null, false, false, false, false, false];
    const commands = { [jobId]: 'tobekilled', [quiet]: null, 999999999: 'tobekilled' };
    expect(await pilot.legacy('updateEventRanges', { eventRanges: ranges, version: 0 })).toEqual({
      StatusCode: 0,
      Returns: returns,
      Command: commands,
    });
    const body = { event_ranges: JSON.stringify([{ eventRanges: ranges }]), version: 1 };
    expect(await pilot.post('event/update_event_ranges', body)).toMatchObject({
      success: true,
      data: { StatusCode: 0, Returns: returns, Commands: commands },
    });
    const one = { event_range_id: `1-${jobId}-1-1-1`, event_range_status: 'finished' };
    expect(await pilot.post('event/update_single_event_range', one)).toMatchObject({ success: false });
    expect(
      await pilot.legacy('updateEventRange', { eventRangeID: 'x', eventStatus: 'finished' }),
    ).toMatchObject({
      StatusCode: 30,
    });
  });

  test('has no states', async () => {
    const ids = [{ task_id: 1, job_id: 2 }];
    expect(await user.legacy('get_events_status', { ids })).toEqual({});
    expect(await user.get('event/get_event_range_statuses', { job_task_ids: JSON.stringify(ids) })).toEqual({
      success: true,
      message: '',
      data: {},
    });
    const python = "{'task_id': 1, 'panda_id': 2}";
    for (const job_task_ids of [python, `[${python}, ${python}]`]) {
      expect(await user.get('event/get_event_range_statuses', { job_task_ids })).toMatchObject({ data: {} });
    }
    for (const job_task_ids of ['{', "{'task_id': 1}", 'open(1)']) {
      const answer = await user.get('event/get_event_range_statuses', { job_task_ids });
      expect(answer).toMatchObject({ success: false });
    }
  });
});

test.each(['getEventRanges', 'updateEventRange', 'updateEventRanges', 'checkEventsAvailability'])(
  '%s is for pilots, and refuses arguments it cannot read',
  async (method) => {
    expect(await user.legacy(method, {})).toMatchObject({ StatusCode: 60 });
    expect(await pilot.legacy(method, { pandaID: 'x', eventRanges: '{' })).toMatchObject({
      StatusCode: 30,
      errorDialog: expect.stringMatching(/\S/),
    });
  },
);

test('a message of many ranges is looked at only so far', async () => {
  const many = Array.from({ length: 100_050 }, () => ({ eventStatus: 'x' }));
  const answer = await pilot.post('event/update_event_ranges', { event_ranges: JSON.stringify(many) });
  const { Returns } = answer.data as { Returns: unknown[] };
  expect(Returns).toHaveLength(100_050);
  expect(Returns.slice(99_999, 100_001)).toEqual([false, null]);
});
