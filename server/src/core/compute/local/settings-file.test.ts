import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote, type RunSettings, writeSettings } from './settings-file.ts';

const settings: RunSettings = {
  mode: 'none',
  uid: 1,
  gid: 1,
  network: 'open',
  graceSeconds: 10,
  runId: 'run',
  work: "/data/it's here/work",
  tmp: '/tmp',
  root: '/root',
  readable: [],
  hidden: [],
  request: {
    command: ['true'],
    environment: {},
    readable: [],
    limits: { memoryMb: 1, processes: 2, wallSeconds: 3, outputMb: 4 },
  },
};

test('the shell reads any word back as it was', () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', ';', '*', '#', '-', '!') }),
  );
  fc.assert(
    fc.property(
      fc.array(
        word.filter((text) => !text.includes('\0')),
        { minLength: 1, maxLength: 8 },
      ),
      (words) => {
        const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`]);
        expect(String(stdout).split('\0').slice(0, -1)).toEqual(words);
      },
    ),
    { numRuns: 60 },
  );
});

test('the shell finds every setting, and starts the command with its environment alone', () => {
  const request = {
    ...settings.request,
    command: ['sh', '-c', 'echo "$A|$HOME|$SECRET"'],
    environment: { A: "it's" },
  };
  const script = `${writeSettings({ ...settings, request })}\necho "$mode $wall $output_bytes $work"; start_command`;
  const { stdout } = spawnSync('sh', ['-c', script], {
    env: { PATH: process.env.PATH ?? '', SECRET: 'x' },
  });
  expect(String(stdout)).toBe("none 3 4194304 /data/it's here/work\nit's|/data/it's here/work|\n");
});

test('the network is taken away only where namespaces are to be had', () => {
  const value = (mode: RunSettings['mode']) =>
    /unshare_network='(.*)'/.exec(writeSettings({ ...settings, mode, network: 'none' }))?.[1];
  expect([value('namespaces'), value('user-namespaces'), value('uid')]).toEqual(['--net', '--net', '']);
});
