import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  PickleError,
  plainOf,
  readPickle,
  renderPickle,
  renderPickleInTurns,
  SpecObject,
  Tuple,
} from './index.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: pickles compared with Python, because python3 is not installed');

function python<T>(program: string, input: unknown): T {
  const run = spawnSync('python3', ['-c', `import sys, json, pickle, base64, datetime\n${program}`], {
    input: JSON.stringify(input),
    maxBuffer: 1e9,
  });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return JSON.parse(run.stdout.toString()) as T;
}

const read = (text: string): unknown => plainOf(readPickle(Buffer.from(text, 'latin1')));
const refusal = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof PickleError) return error.message;
    throw error;
  }
  throw new Error('it was read');
};

/** As Python 3.11 and, where there are two, Python 2.7 wrote them. */
const recorded: ReadonlyArray<[string, unknown]> = [
  ['(lp0\nI4711\naI4712\na.', [4711, 4712]],
  ["(lp0\nL4711L\naS'4712'\np1\nag1\na.", [4711, '4712', '4712']],
  ['\x80\x02]q\x00(Mg\x12M\x68\x12e.', [4711, 4712]],
  ['\x80\x05\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94(Mg\x12Mh\x12e.', [4711, 4712]],
  ["S'it\\'s \\x41\\n'\n.", "it's A\n"],
  ['V\xe9 \\u20ac \\U0001f600 \\u005cn\n.', 'é € 😀 \\n'],
  ["S'\\x4 \\7\\101\\1234 \\q\\\\'\n.", '\\x4 \x07AS4 \\q\\'],
  ['V\\u12 \\\\u0041 \\U0000\\\n.', '\\u12 \\\\u0041 \\U0000\\'],
  ['c_codecs\nencode\np0\n(V\xff\x01\np1\nVlatin1\np2\ntp3\nRp4\n.', 'ÿ\x01'],
  [
    'cdatetime\ndatetime\np0\n(c_codecs\nencode\np1\n(V\x07\xea\x0b\x16\x0c\x1e\x05\\u0000\\u0000\\u0001\np2\nVlatin1\np3\ntp4\nRp5\ntp6\nRp7\n.',
    { _datetime_object: '2026-11-22 12:30:05.000000' },
  ],
  ['c__builtin__\nset\np0\n((lp1\nI1\natp2\nRp3\n.', [1]],
  ['\x80\x04\x8f\x94(K\x01\x90.', [1]],
  [
    '(lp0\nccopy_reg\n_reconstructor\np1\n(cpandaserver.taskbuffer.JobSpec\nJobSpec\np2\nc__builtin__\nobject\np3\n' +
      'Ntp4\nRp5\n(lp6\nVNULL\np7\na(lp8\ng1\n(cpandaserver.taskbuffer.FileSpec\nFileSpec\np9\ng3\nNtp10\nRp11\n' +
      '(lp12\nVx.log\np13\nag5\nabaaba.',
    [['NULL', [['x.log', null]]]],
  ],
];

test.each(recorded)('%j is read', (text, value) => {
  expect(read(text)).toEqual(value);
});

const hostile: ReadonlyArray<[string, string, string]> = [
  ['a call of the system', 'cos\nsystem\n(Vtouch x\ntR.', 'The pickle names os.system'],
  ['a call by the stack', '\x80\x04\x8c\x05posix\x8c\x06system\x93.', 'The pickle names posix.system'],
  ['eval of the builtins', 'c__builtin__\neval\n(V1\ntR.', 'The pickle names __builtin__.eval'],
  ['a class with its module', 'i__main__\nX\n.', 'opcode 0x69'],
  ['an object of a class on the stack', '(cpandaserver.taskbuffer.JobSpec\nJobSpec\no.', 'opcode 0x6f'],
  ['a persistent name', 'Pfile\n.', 'opcode 0x50'],
  ['an extension', '\x80\x02\x82\x01.', 'opcode 0x82'],
  ['a buffer of its own', '\x80\x05\x97.', 'opcode 0x97'],
  ['a job that is called', 'cpandaserver.taskbuffer.JobSpec\nJobSpec\n(tR.', 'makes an object by a call'],
  ['a new object of no class', 'c__builtin__\nset\n)\x81.', 'neither a job nor a file'],
  ['values for a list', '(l(lb.', 'neither a job nor a file'],
  ['a class as a value', 'c__builtin__\nset\n.', 'holds a class'],
  ['a job without values', 'cpandaclient.JobSpec\nJobSpec\n)\x81.', 'has no values'],
  ['a codec', 'c_codecs\nencode\n(Vx\nVzip\ntR.', 'makes an encoded text'],
  ['a month that there is not', 'cdatetime\ndatetime\n(I2026\nI13\nI1\ntR.', 'an instant that there is not'],
  ['an instant with a zone', 'cdatetime\ndatetime\n(C\x01aNtR.', 'an instant'],
  ['a protocol of the future', '\x80\x09N.', 'protocol 9'],
  ['nothing', '', 'ends before its end'],
  ['no end', 'N', 'ends before its end'],
  ['a line without an end', 'I1', 'has no end'],
  ['a text that is not there', 'X\xff\xff\xff\x7fabc.', 'ends before its end'],
  ['bytes of all the memory', '\x8e\xff\xff\xff\xff\xff\xff\xff\xff.', 'ends before its end'],
  ['nothing to end with', '.', 'where there is none'],
  ['nothing below a mark', 'N(0.', 'where there is none'],
  ['a tuple without a mark', 'Nt.', 'where there is none'],
  ['a memo that is empty', 'g0\n.', 'was not kept'],
  ['a memo without a number', 'Npx\n.', 'no number'],
  ['a key without a value', '(Vx\nd.', 'no dictionary'],
  ['a list as a key', '((lNd.', 'neither a text nor a number'],
  ['an entry of a list', '(lNNs.', 'no dictionary'],
  ['an item of a dictionary', '}Na.', 'no list'],
  ['an item of no set', ']N(N\x90.', 'no set'],
  ['a number of a million digits', `I${'9'.repeat(1e6)}\n.`, 'longer than 100 digits'],
  ['a number of a million bytes', `\x8b\x40\x42\x0f\x00${'9'.repeat(1e6)}.`, 'longer than 40 bytes'],
  ['a number that is none', 'I0x10\n.', 'whole number'],
  ['a float that is none', 'F1__0\n.', 'A number of the pickle is none'],
  ['a text without quotes', 'Sx\n.', 'no quotes'],
  ['a character beyond all', 'V\\U00110000\n.', 'a character that there is not'],
  ['a nest of a million lists', `${'('.repeat(1e6)}${'l'.repeat(1e6)}.`, 'nested 50 deep'],
  ['a list that holds itself', '(lp0\ng0\na.', 'nested 50 deep'],
  ['a laugh', `(lp0\n${doubled(45)}.`, 'unfolds to more'],
  ['one long text many times', `V${'x'.repeat(1e6)}\np0\n0(l${'g0\na'.repeat(100)}.`, 'unfolds to more'],
  ['steps without end', 'N0'.repeat(2_000_001), 'steps'],
];

/** A list that holds the list before twice, so many times. */
function doubled(times: number): string {
  return Array.from({ length: times }, (_, n) => `p${n}\n0(lg${n}\nag${n}\na`).join('');
}

test.each(hostile)('%s is refused with a sentence', (_, text, sentence) => {
  expect(refusal(text)).toContain(sentence);
});

test('whatever bytes come, they are read or refused with a sentence', () => {
  const sign = fc.constantFrom(
    ...'(0.12NIJKSVlatdsuc])}RbpgqhNX\x80\x85\x86\x8f\x90\x93\x94',
    'I1\n',
    'Vx\n',
    'p0\n',
    'g0\n',
  );
  const text = fc.array(fc.oneof({ weight: 9, arbitrary: sign }, fc.string({ maxLength: 3 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, (parts) => {
      try {
        JSON.stringify(plainOf(readPickle(Buffer.from(`${parts.join('')}.`, 'latin1'))));
      } catch (error) {
        expect(error).toBeInstanceOf(PickleError);
      }
    }),
    { numRuns: 2000 },
  );
});

/** Values of JSON; there a whole number has no sign of zero, and those beyond 2^53 are texts once they are read. */
function aValue(): fc.Arbitrary<unknown> {
  const kept = (_key: string, one: unknown) =>
    typeof one === 'number' && !(Math.abs(one) < 2 ** 53) ? 0.5 : one;
  return fc.json({ maxDepth: 3 }).map((text): unknown => JSON.parse(text.replace(/-0(?![.\d])/g, '0'), kept));
}

function asRead(value: unknown): unknown {
  return plainOf(readPickle(Buffer.from(renderPickle(value), 'latin1')));
}

test('what is written is read again', () => {
  fc.assert(
    fc.property(aValue(), (value) => {
      expect(asRead(value)).toEqual(value);
    }),
  );
  const job = new SpecObject('JobSpec');
  const file = new SpecObject('FileSpec', ['x.log', job]);
  job.state = [1, new Date('2026-11-22T00:38:36.934Z'), new Tuple(1, 'x'), new Set([7]), [file]];
  expect(asRead([job, null])).toEqual([
    [1, { _datetime_object: '2026-11-22 00:38:36.934000' }, [1, 'x'], [7], [['x.log', null]]],
    null,
  ]);
});

describe.skipIf(!hasPython)('as Python reads and writes it', () => {
  const specs = `
class JobSpec(object):
  def __getstate__(self): return self.state
  def __setstate__(self, state): self.state = state
class FileSpec(JobSpec): pass
import types
for name, kind in (('pandaserver', None), ('pandaserver.taskbuffer', None), ('pandaserver.taskbuffer.JobSpec', JobSpec),
    ('pandaserver.taskbuffer.FileSpec', FileSpec)):
  sys.modules[name] = types.ModuleType(name)
  if kind:
    kind.__module__ = name
    setattr(sys.modules[name], kind.__name__, kind)
`;

  test('pickles of every protocol are read as what they are', () => {
    const samples = fc.sample(aValue(), 200);
    const pickles = python<string[][]>(
      `json.dump([[base64.b64encode(pickle.dumps(v, p)).decode() for p in range(6)] for v in json.load(sys.stdin)], sys.stdout)`,
      samples,
    );
    for (const [n, sample] of samples.entries()) {
      for (const pickle of pickles[n] ?? []) {
        expect(plainOf(readPickle(Buffer.from(pickle, 'base64')))).toEqual(sample);
      }
    }
  });

  test('so are tuples, sets, bytes, instants, great numbers and jobs that know their files', () => {
    const pickles = python<string[]>(
      `${specs}
job, file = JobSpec(), FileSpec()
file.state = ['x.log', job]
job.state = ['NULL', 7, [file]]
value = [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {1}, frozenset([2]), b'', b'\\xff\\x00a', True, None, -5, 2**31, -2**63, 2**200,
  0.1, float('inf'), datetime.datetime(2026, 11, 22, 0, 38, 36, 934430), {'a': {1: 2}}, 'é€😀\\n\\\\u', [job, job]]
json.dump([base64.b64encode(pickle.dumps(value, p)).decode() for p in range(6)], sys.stdout)`,
      null,
    );
    expect(pickles).toHaveLength(6);
    const job = ['NULL', 7, [['x.log', null]]];
    for (const pickle of pickles) {
      expect(plainOf(readPickle(Buffer.from(pickle, 'base64')))).toEqual([
        ...[[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1], [2], '', 'ÿ\x00a', true, null, -5, 2 ** 31],
        ...[String(-(2n ** 63n)), String(2n ** 200n), 0.1, Infinity],
        ...[{ _datetime_object: '2026-11-22 00:38:36.934000' }, { a: { 1: 2 } }, 'é€😀\n\\u', [job, job]],
      ]);
    }
  });

  test('what is written here is read by Python', () => {
    const samples = fc.sample(aValue(), 200);
    const back = python<unknown[]>(
      `json.dump([pickle.loads(p.encode(), encoding='latin1') for p in json.load(sys.stdin)], sys.stdout)`,
      samples.map(renderPickle),
    );
    expect(back).toEqual(samples);
    const job = new SpecObject('JobSpec');
    job.state = ['NULL', [new SpecObject('FileSpec', ['x.log', job])]];
    const value = [
      job,
      new Tuple(1, 'é'),
      new Set([2]),
      new Date('2026-11-22T00:38:36.934Z'),
      new Map([[1, 2n ** 70n]]),
    ];
    const [seen] = python<[string]>(
      `${specs}
[job, pair, few, at, big] = pickle.loads(json.load(sys.stdin).encode(), encoding='latin1')
json.dump([repr([type(job).__name__, job.state[0], job.state[1][0].state[0], job.state[1][0].state[1] is job, pair, few, at, big])], sys.stdout)`,
      renderPickle(value),
    );
    expect(seen).toBe(
      "['JobSpec', 'NULL', 'x.log', True, (1, 'é'), {2}, datetime.datetime(2026, 11, 22, 0, 38, 36, 934000), {1: 1180591620717411303424}]",
    );
  });
});

test('a list that is written in turns is the same text', async () => {
  const job = new SpecObject('JobSpec');
  job.state = ['a', null];
  const lists = [[], [1, 'x\\é😀', [true], { a: 1 }], [job, null, job]];
  for (const list of lists) expect(await renderPickleInTurns(list)).toBe(renderPickle(list));
  expect(await renderPickleInTurns({ a: [] })).toBe(renderPickle({ a: [] }));
});
