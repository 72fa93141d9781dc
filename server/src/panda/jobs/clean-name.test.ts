import { expect, test } from 'vitest';
import { cleanName } from './clean-name.ts';

test.each([
  ['/DC=ch/DC=cern/OU=Organic Units/OU=Users/CN=ann/CN=4711/CN=Ann Miller', 'Ann Miller'],
  ['/DC=org/DC=terena/C=DE/O=A University/CN=Ann Miller 815', 'Ann Miller'],
  ['/DC=org/CN=Ann Miller/CN=proxy/CN=limited proxy', 'Ann Miller'],
  ['/DC=org/CN=Robot: builds/CN=Ann Miller/CN=nickname:ann', 'Ann Miller'],
  ["/C=IE/CN=Ann O'Neill (student)/Email=ann@example.org", 'Ann ONeill student'],
  ['Ann Miller 2', 'Ann Miller 2'],
  ["O'Neill", "O'Neill"],
  ['ann', 'ann'],
  ['/some/path', '/some/path'],
  ['/CN=proxy', '/CN=proxy'],
  ['', ''],
])('%j is the name %j', (text, name) => {
  expect(cleanName(text)).toBe(name);
});

test('a text that is longer than any name stays as it is', () => {
  const text = `/CN=${'/CN=x'.repeat(1000)}`;
  expect(cleanName(text)).toBe(text);
});
