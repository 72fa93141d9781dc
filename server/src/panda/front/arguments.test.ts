import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, castArguments, checkArguments, needed, objectOf, optional } from './arguments.ts';

const parameters = {
  task_id: needed('int'),
  name: needed('str'),
  ratio: optional('float', 1.5),
  soft: optional('bool', false),
  ids: optional('list', []),
  more: optional('dict'),
  either: optional(['int', 'str']),
  any: optional('any'),
};

function query(text: string) {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return castArguments(parameters, values);
}

describe('arguments in JSON', () => {
  const good = { task_id: 1, name: 'x' };

  test('what is left out has its default', () => {
    expect(checkArguments(parameters, good)).toEqual({
      task_id: 1,
      name: 'x',
      ratio: 1.5,
      soft: false,
      ids: [],
      more: null,
      either: null,
      any: null,
    });
  });

  test.each<[Record<string, unknown>, string]>([
    [{ name: 'x' }, "Argument error: missing a required argument: 'task_id'"],
    [{ ...good, other: 1 }, "Argument error: got an unexpected keyword argument 'other'"],
    [{ task_id: '1', name: 'x' }, "Type error: 'task_id' must be of type int, got str."],
    [{ task_id: 1.5, name: 'x' }, "Type error: 'task_id' must be of type int, got float."],
    [{ task_id: true, name: 'x' }, "Type error: 'task_id' must be of type int, got bool."],
    [{ task_id: null, name: 'x' }, "Type error: 'task_id' must be of type int, got NoneType."],
    [{ task_id: 1, name: ['x'] }, "Type error: 'name' must be of type str, got list."],
    [{ ...good, more: [] }, "Type error: 'more' must be of type dict, got list."],
    [{ ...good, ids: {} }, "Type error: 'ids' must be of type list, got dict."],
    [{ ...good, soft: 1 }, "Type error: 'soft' must be of type bool, got int."],
    [{ ...good, soft: null }, "Type error: 'soft' must be of type bool, got NoneType."],
    [{ ...good, either: [] }, "Type error: 'either' must be of type int or str, got list."],
    [{ task_id: 1e300, name: 'x' }, "Type error: 'task_id' must be of type int, got int."],
  ])('%j is refused: %s', (given, message) => {
    expect(() => checkArguments(parameters, given)).toThrow(new ArgumentError(message));
  });

  test('null is taken where it is what an absent one means', () => {
    expect(checkArguments(parameters, { ...good, more: null, either: null })).toMatchObject({ more: null });
  });

  test('names of JavaScript are unknown arguments, not inherited ones', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const given = JSON.parse(`{"task_id":1,"name":"x","${name}":1}`) as Record<string, unknown>;
      expect(() => checkArguments(parameters, given)).toThrow(`unexpected keyword argument '${name}'`);
    }
  });

  test('a long unknown name is cut in the message', () => {
    expect(() => checkArguments(parameters, { ['x'.repeat(5000)]: 1 })).toThrow(/^.{1,160}$/);
  });
});

describe('arguments of a query', () => {
  test('texts are read as their type', () => {
    expect(
      query('task_id=5.0&name=None&ratio=2&soft=TRUE&ids=1&ids=b&more={"a":1}&either=None&any=x'),
    ).toEqual({
      task_id: 5,
      name: 'None',
      ratio: 2,
      soft: true,
      ids: ['1', 'b'],
      more: { a: 1 },
      either: null,
      any: 'x',
    });
  });

  test('a dictionary is a literal of Python', () => {
    const more = "{'a': (1, None), 'b': {'c': True}}";
    expect(query(`task_id=1&name=x&more=${encodeURIComponent(more)}`)).toMatchObject({
      more: { a: [1, null], b: { c: true } },
    });
  });

  test('one value of a list is a list of one, and of two values of a number the first counts', () => {
    expect(query('task_id=1&task_id=2&name=x&ids=7')).toMatchObject({ task_id: 1, ids: ['7'] });
  });

  test.each([
    ['name=x', "Argument error: missing a required argument: 'task_id'"],
    ['task_id=1&name=x&z=1', "Argument error: got an unexpected keyword argument 'z'"],
    ['task_id=abc&name=x', "Type error: 'task_id' must be of type int, got str."],
    ['task_id=&name=x', "Type error: 'task_id' must be of type int, got str."],
    ['task_id=99999999999999999999&name=x', "Type error: 'task_id' must be of type int, got str."],
    ["task_id=1&name=x&more=['a']", "Type error: 'more' must be of type dict, got str."],
    ['task_id=1&name=x&more=open(1)', "Type error: 'more' must be of type dict, got str."],
    ['task_id=1&name=x&more=[1]', "Type error: 'more' must be of type dict, got str."],
    ['task_id=1&name=x&more={', "Type error: 'more' must be of type dict, got str."],
    ['task_id=1&name=x&ratio=nan', "Type error: 'ratio' must be of type float, got str."],
  ])('%s is refused: %s', (text, message) => {
    expect(() => query(text)).toThrow(new ArgumentError(message));
  });

  test.each(['false', '0', 'no', ''])('the boolean %j is false', (text) => {
    expect(query(`task_id=1&name=x&soft=${text}`)).toMatchObject({ soft: false });
  });

  test('no text makes the reading fail otherwise than by a sentence', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(parameters)),
        fc.string({ unit: 'binary' }),
        (name, value) => {
          try {
            castArguments(
              parameters,
              new Map([
                ['task_id', ['1']],
                ['name', ['x']],
                [name, [value]],
              ]),
            );
          } catch (error) {
            expect(error).toBeInstanceOf(ArgumentError);
          }
        },
      ),
    );
  });
});

test.each(['', '[]', '1', 'null', '"x"', '{', 'not json'])('the body %j is no object', (body) => {
  expect(() => objectOf(body)).toThrow(/JSON/);
});

test('a body that nests too deep is refused', () => {
  expect(() => objectOf(`{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`)).toThrow('nested');
});
