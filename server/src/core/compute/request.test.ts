import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRequest } from '../../../../test/conformance/compute.suite.ts';
import { type ComputeRequest, checkRequest, isPlainPath, maxCarriedBytes } from './request.ts';

const limits = { memoryMb: 1, processes: 1, wallSeconds: 1, outputMb: 1 };
const input = (path: string, content: Buffer | { file: string } = Buffer.from('')) => ({ path, content });

const wrong: Array<[string, Partial<ComputeRequest>, string]> = [
  ['no command', { command: [] }, 'compute.command-wrong'],
  ['an assignment as a command', { command: ['A=1'] }, 'compute.command-wrong'],
  ['a NUL byte', { command: ['echo', 'a\0b'] }, 'compute.command-wrong'],
  ['a NUL byte in the environment', { environment: { A: '\0' } }, 'compute.command-wrong'],
  ['a variable that is shell', { environment: { 'A=1; rm': '' } }, 'compute.environment-wrong'],
  ['no time', { limits: { ...limits, wallSeconds: 0 } }, 'compute.limit-wrong'],
  ['half a process', { limits: { ...limits, processes: 0.5 } }, 'compute.limit-wrong'],
  [
    'memory without end',
    { limits: { ...limits, memoryMb: Number.POSITIVE_INFINITY } },
    'compute.limit-wrong',
  ],
  ['a way out of the folder', { inputs: [input('../x')] }, 'compute.path-wrong'],
  ['an absolute input', { inputs: [input('/etc/passwd')] }, 'compute.path-wrong'],
  ['the same input twice', { inputs: [input('a'), input('a')] }, 'compute.path-wrong'],
  ['a relative file', { inputs: [input('a', { file: 'b' })] }, 'compute.path-wrong'],
  ['the whole root', { readable: ['/usr/..'] }, 'compute.path-wrong'],
  ['a place that every run has itself', { readable: ['/tmp/'] }, 'compute.path-wrong'],
  ['a relative readable path', { readable: ['usr'] }, 'compute.path-wrong'],
  ['large inputs', { inputs: [input('a', Buffer.alloc(maxCarriedBytes + 1))] }, 'compute.inputs-too-large'],
];

test.each(wrong)('%s is refused', (_name, more, code) => {
  expect(() => checkRequest(aRequest('local', 'true', more))).toThrow(expect.objectContaining({ code }));
});

test('an ordinary request passes', () => {
  expect(() =>
    checkRequest(aRequest('local', 'true', { inputs: [input('a/b c'), input('a/d')] })),
  ).not.toThrow();
});

test('a path passes only if it stays where it is', () => {
  const part = fc.constantFrom('a', '..', '.', '', 'b c', '...', '-');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const inside = parts.every((one) => !['', '.', '..'].includes(one));
      expect(isPlainPath(parts.join('/'))).toBe(inside);
    }),
  );
});
