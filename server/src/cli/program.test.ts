import { expect, test } from 'vitest';
import { orrery } from '../../../test/support/orrery.ts';

test.each(['constructor', '__proto__', 'toString', 'sevre'])('the command %s is unknown', async (name) => {
  const { code, stderr } = await orrery([name]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`unknown command '${name}'`)]);
});
