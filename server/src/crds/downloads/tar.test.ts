import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

test('an archive is what Python reads back: names of any length, sizes, times', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._ -]{0,150}$/);
  const entries = fc.sample(fc.tuple(name, fc.uint8Array({ maxLength: 1500 }), fc.nat(2 ** 31)), {
    numRuns: 200,
    seed: 3,
  });
  const parts = entries.flatMap(([name, bytes, seconds], at) => [
    tarHeader({ name: `${at}/${name}`, sizeBytes: bytes.length, modifiedAt: new Date(seconds * 1000) }),
    Buffer.from(bytes),
    tarPadding(bytes.length),
  ]);
  const program = `import io, json, sys, tarfile
archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps([[m.name, list(archive.extractfile(m).read()), m.mtime] for m in archive]))`;
  const read = execFileSync('python3', ['-c', program], {
    input: Buffer.concat([...parts, tarEnd]),
    maxBuffer: 1e8,
  });
  expect(JSON.parse(read.toString())).toEqual(
    entries.map(([name, bytes, seconds], at) => [`${at}/${name}`, [...bytes], seconds]),
  );
});

test('a file above 8 GB has its size told', () => {
  const header = tarHeader({ name: 'x', sizeBytes: 9_000_000_000, modifiedAt: new Date(0) });
  expect(header.toString('latin1')).toContain('size=9000000000\n');
});
