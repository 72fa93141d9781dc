import { describe, expect, it } from 'vitest';
import { type SampleRules, sampleText } from '../../../../test/support/crds-sample-rules.ts';
import { faultText, findingFault } from './fault.ts';
import { readMapping } from './read.ts';
import { inTurns } from './steps.ts';

const rules: SampleRules = { parkey: "(('A', 'B'),)", selector: "Match({('X', 'Y') : 'x.fits'})" };

async function faultOf(text: string): Promise<string> {
  const fault = await inTurns(findingFault(readMapping(text, { ignoreSum: true })));
  return fault === null ? '' : faultText(fault);
}

describe('the fault of rules that can be read', () => {
  it.each([
    ['none', {}, ''],
    ['a call', { header: "'rmap_omit' : '(f(A))'," }, '5:22: expected an operator in the expression (f(A))'],
    [
      'an open end',
      { header: "'rmap_relevance' : '(A == \"X\"'," },
      '5:34: expected ) in the expression (a == "x"',
    ],
    [
      'an expression in a dictionary',
      { header: "'parkey_relevance' : {\n  'a' : '(A != )',\n}," },
      '6:16: expected a value in the expression (A != )',
    ],
    [
      'a text in two pieces, told where it begins',
      { header: "'rmap_omit' : '(A == '\n '1 2)'," },
      '5:19: expected ) in the expression (A == 1 2)',
    ],
    [
      'a value of the wrong kind',
      { header: "'rmap_omit' : 1," },
      "5:19: expected text for 'rmap_omit' in the header",
    ],
    [
      'a key of another length',
      { selector: "Match({\n  ('X', 'Y') : 'x.fits',\n  ('Z',) : 'z.fits'})" },
      '9:1: expected 2 values in the key',
    ],
  ] as const)('is found and told by its place: %s', async (_what, changed, expected) => {
    expect(await faultOf(sampleText({ ...rules, ...changed }))).toBe(expected);
  });

  it('is told of imaps as well', async () => {
    const text = `header = {
    'mapping' : 'INSTRUMENT', 'observatory' : 'DEMO', 'instrument' : 'CAM', 'name' : 'demo_cam_0001.imap',
    'derived_from' : 'none', 'parkey' : {'A' : 1},
}
selector = {
}
`;
    expect(await faultOf(text)).toMatch(/^3:41: expected a tuple for 'parkey'/);
  });
});
