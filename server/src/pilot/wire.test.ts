import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Adler32 } from './checksum.ts';
import { cleanParameters, readJob } from './job.ts';
import { readOptions, WrongUse } from './options.ts';
import { readToken } from './renewal.ts';
import { deterministicPath, isPlainName, isPlainScope, readEndpoint } from './storage.ts';
import { flagOf, listOf, numberOf, readAnswer } from './wire.ts';

test('an answer is JSON, a form, or one word', () => {
  expect(readAnswer(Buffer.from('{"StatusCode": 0, "command": "NULL"}'))).toEqual({
    StatusCode: 0,
    command: 'NULL',
  });
  expect(readAnswer(Buffer.from('StatusCode=0&command=tobekilled'))).toEqual({
    StatusCode: '0',
    command: 'tobekilled',
  });
  expect(readAnswer(Buffer.from('Succeeded\n'))).toEqual({ StatusCode: 0 });
  expect(() => readAnswer(Buffer.from('{broken}'))).toThrow();
});

test('numbers, flags and lists are read as they travel', () => {
  expect([numberOf('12'), numberOf(7), numberOf('NULL', 3), numberOf('x', 4), numberOf(null)]).toEqual([
    12, 7, 3, 4, 0,
  ]);
  expect([flagOf('True'), flagOf(true), flagOf('False'), flagOf('NULL', true), flagOf(false, true)]).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
  expect(listOf('a,,NULL,b')).toEqual(['a', '', '', 'b']);
  expect(listOf('NULL')).toEqual([]);
});

test('the checksum is that of zlib, in whatever pieces the bytes come', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 4 }), (parts) => {
      const sum = new Adler32();
      for (const part of parts) sum.add(part);
      const expected = deflateSync(Buffer.concat(parts)).subarray(-4).toString('hex');
      expect(sum.hex).toBe(expected);
    }),
  );
  expect(crc32('')).toBe(0);
});

test('outputs and log are told apart, position by position', () => {
  const job = readJob({
    PandaID: 5,
    transformation: 'http://h/trf/x',
    outFiles: 'a,log,b',
    logFile: 'log',
    scopeOut: 's1,s2',
    scopeLog: 'sl',
    ddmEndPointOut: 'E1,E2,E3',
    allowNoOutput: 'b',
    logGUID: 'G',
  });
  expect(job.log).toMatchObject({ lfn: 'log', scope: 'sl', endpoint: 'E2', guid: 'G' });
  expect(job.outputs).toMatchObject([
    { lfn: 'a', scope: 's1', endpoint: 'E1', mayBeMissing: false },
    { lfn: 'b', scope: 's2', endpoint: 'E3', mayBeMissing: true },
  ]);
  expect(
    readJob({ PandaID: '6', transformation: 'x', inFiles: 'i', fsize: '9', checksum: 'ad:1' }).inputs,
  ).toEqual([{ lfn: 'i', scope: '', endpoint: '', sizeBytes: 9, checksum: 'ad:1' }]);
});

test('a dictionary that is no job is refused with a sentence, whatever else it holds', () => {
  expect(() => readJob({ transformation: 'x' })).toThrow('PandaID');
  expect(() => readJob({ PandaID: 3 })).toThrow('transformation');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (more) => {
      const job = readJob({ ...more, PandaID: 4, transformation: 'x' });
      expect(job.jobId).toBe('4');
      expect(Number.isFinite(job.memoryMb)).toBe(true);
    }),
  );
});

test('what is meant for the pilot is taken out of the parameters', () => {
  const text = `out.txt --overwriteQueueData {"a": {"b": 1}} -x <ZIP_MAP>a:b</ZIP_MAP> 'kept {1}'`;
  expect(cleanParameters(text).replace(/ +/g, ' ')).toBe("out.txt -x 'kept {1}'");
});

test('places follow from scope and name alone, and no name leads out of them', () => {
  expect(deterministicPath('user.tester', 'L')).toMatch(/^user\/tester\/[0-9a-f]{2}\/[0-9a-f]{2}\/L$/);
  expect(['', '.', '..', 'a/b', 'a\0'].filter(isPlainName)).toEqual([]);
  expect(['', 'a..b', '.a', 'a/b'].filter(isPlainScope)).toEqual([]);
  expect([isPlainName('a b.txt'), isPlainScope('user.tester')]).toEqual([true, true]);
});

test('local protocols of an endpoint come first, and anything may stand there', () => {
  const one = { endpoint: 'file://localhost', path: '/storage/' };
  const endpoint = readEndpoint('E', {
    arprotocols: { write_wan: [{ endpoint: 'http://h:1/', path: '/x' }], write_lan: [one] },
  });
  expect(endpoint.write).toEqual([
    { origin: 'file://localhost', folder: '/storage/' },
    { origin: 'http://h:1', folder: '/x/' },
  ]);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      readEndpoint('E', value);
    }),
  );
});

test('wrong use of the command line is named', () => {
  expect(() => readOptions({ queue: 'Q' })).toThrow(new WrongUse('Say --server <url>.'));
  expect(() => readOptions({ queue: 'Q', server: 'ftp://h' })).toThrow(WrongUse);
  expect(() => readOptions({ queue: 'Q', server: 'http://h', jobs: 'many' })).toThrow('--jobs');
  const options = readOptions({ queue: 'Q', server: 'http://a:1/,http://b:2', alias: 'https://c' });
  expect(options.servers).toEqual(['http://a:1', 'http://b:2']);
  expect(options.bases).toEqual(['http://a:1/trf', 'http://b:2/trf', 'https://c/trf']);
});

test('the new token is found in the literal of Python', () => {
  expect(readToken(`{"StatusCode": 0, "userProxy": "abc.def"}`)).toBe('abc.def');
  expect(readToken(`{'StatusCode': 0, 'userProxy': 'abc.def'}`)).toBe('abc.def');
  expect(() => readToken('StatusCode=70')).toThrow('70');
});
