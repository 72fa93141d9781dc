import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { allClauses, conformancePage, extensions, notOffered } from '../../../tools/uws-conformance.ts';

const [name, text] = conformancePage();

test('the page says what the clauses say (node tools/uws-conformance.ts writes it anew)', () => {
  expect(readFileSync(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), 'utf8')).toBe(text);
});

test('every clause has an id of its own, a sentence and a source', () => {
  const ids = allClauses().map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  for (const { id, sentence, source } of allClauses()) {
    expect([id, sentence.length > 15, source !== '']).toEqual([id, true, true]);
  }
});

test('what is said about extensions is shown by clauses that exist', () => {
  const ids = new Set(allClauses().map(({ id }) => id));
  const named = [...extensions, ...notOffered].flatMap(({ shown }) => shown);
  expect(named.filter((id) => !ids.has(id))).toEqual([]);
});
