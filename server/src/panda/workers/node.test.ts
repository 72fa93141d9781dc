import { describe, expect, test } from 'vitest';
import { pandaCalls } from '../../../../test/support/panda-http.ts';
import { testServer } from '../../../../test/support/server.ts';
import { panda } from '../index.ts';
import { cleanHost, normalizeCpuModel, readNode, readNodeGpu } from './node.ts';

const server = await testServer([panda]);
const { db } = server.core;
const pilot = await pandaCalls(server, 'pilot', 'panda.pilot');
const user = await pandaCalls(server, 'somebody', 'user');

test.each([
  ['AMD EPYC 7351 16-Core Processor', 'AMD EPYC 7351'],
  ['Intel(R) Xeon(R) CPU E5-2630 v4 @ 2.20GHz 25600 KB', 'INTEL XEON E5-2630 V4'],
  ['Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz', 'INTEL XEON GOLD 6130'],
  ['Intel Core Processor (Haswell, no TSX)', 'INTEL'],
])('the processor %s is called %s', (model, name) => {
  expect(normalizeCpuModel(model)).toBe(name);
});

test('a slot is not part of the name of its host', () => {
  expect(cleanHost('slot1_3@node7.example.org')).toBe('node7.example.org');
  expect(cleanHost('node7.example.org')).toBe('node7.example.org');
});

test('a description without site, host or processor is none', () => {
  const whole = { site: 'S', host_name: 'h', cpu_model: 'c' };
  expect(readNode({ ...whole, n_sockets: '2', total_memory: 'much', clock_speed: 2.5 })).toMatchObject({
    sockets: 2,
    memoryMb: null,
    clockMhz: 2.5,
  });
  for (const missing of Object.keys(whole)) expect(readNode({ ...whole, [missing]: '' })).toBeNull();
  const gpu = { site: 'S', host_name: 'h', vendor: 'NVIDIA', model: 'A100', count: 2 };
  expect(readNodeGpu(gpu)).toMatchObject({ gpus: 2, memoryMb: null });
  for (const wrong of [{ count: -1 }, { count: null }, { model: null }]) {
    expect(readNodeGpu({ ...gpu, ...wrong })).toBeNull();
  }
});

describe('a worker node', () => {
  const node = { site: 'SITE', host_name: 'slot1@node1', cpu_model: 'AMD EPYC 7351 16-Core Processor' };

  async function seen(): Promise<unknown[]> {
    const rows = await db.sql`
      select host, cpu_model_normalized, logical_cpus, clock_mhz, memory_mb, last_seen_at > first_seen_at as again
      from panda.worker_node where site = 'SITE'`;
    return [...rows];
  }

  test('is taken down once, and every time it is seen', async () => {
    const body = {
      ...node,
      panda_queue: 'Q',
      n_logical_cpus: 32,
      clock_speed: 2400.5,
      total_memory: 192_000,
    };
    expect(await pilot.post('pilot/update_worker_node', body)).toEqual({
      success: true,
      message: 'Inserted new worker node.',
      data: null,
    });
    expect(await pilot.post('pilot/update_worker_node', { ...node, n_logical_cpus: 1 })).toMatchObject({
      success: true,
      message: 'Updated existing worker node.',
    });
    expect(await seen()).toEqual([
      {
        host: 'node1',
        cpuModelNormalized: 'AMD EPYC 7351',
        logicalCpus: 32,
        clockMhz: 2400.5,
        memoryMb: 192_000,
        again: true,
      },
    ]);
    expect(await db.sql`select queue from panda.worker_node_queue where host = 'node1'`).toEqual([
      { queue: 'Q' },
    ]);
  });

  test('may have accelerators, of which the number and the software may change', async () => {
    const gpu = {
      site: 'SITE',
      host_name: 'node1',
      vendor: 'NVIDIA',
      model: 'A100 80GB',
      count: 4,
      vram: 81_920,
    };
    expect(
      await pilot.post('pilot/update_worker_node_gpu', { ...gpu, framework_version: '12.2' }),
    ).toMatchObject({
      message: 'Inserted new worker node GPU.',
    });
    expect(
      await pilot.post('pilot/update_worker_node_gpu', { ...gpu, count: 3, framework_version: '12.4' }),
    ).toMatchObject({ message: 'Updated existing worker node GPU.' });
    expect(await db.sql`select gpus, memory_mb, framework_version from panda.worker_node_gpu`).toEqual([
      { gpus: 3, memoryMb: 81_920, frameworkVersion: '12.4' },
    ]);
  });

  test('is described by pilots alone, with the right types', async () => {
    expect(await user.post('pilot/update_worker_node', node)).toMatchObject({ success: false });
    expect(await pilot.post('pilot/update_worker_node', { ...node, n_sockets: '2' })).toMatchObject({
      message: "Type error: 'n_sockets' must be of type int, got str.",
    });
    expect(await pilot.post('pilot/update_worker_node', { ...node, site: '' })).toMatchObject({
      success: false,
    });
    expect(await pilot.post('pilot/update_worker_node_gpu', { site: 'S', host_name: 'h' })).toMatchObject({
      message: "Argument error: missing a required argument: 'vendor'",
    });
  });
});
