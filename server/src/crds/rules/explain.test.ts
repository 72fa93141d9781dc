import { describe, expect, it } from 'vitest';
import { type SampleRules, sampleContext } from '../../../../test/support/crds-sample-rules.ts';
import { bestReferences } from './context.ts';
import { answersWithWarnings, explain } from './explain.ts';
import type { Explanation, ExplanationStep } from './explanation.ts';

const bias: SampleRules = {
  parkey: "(('DETECTOR', 'GAIN'), ('DATE-OBS',))",
  header: `'rmap_relevance' : '(BIASCORR != "OMIT")', 'extra_keys' : ('BIASCORR',),
    'parkey_relevance' : {'gain' : '(DETECTOR == "A")'},`,
  selector: `Match({
    ('A', 1) : UseAfter({'2010-01-01 00:00:00' : 'a1.fits', '2012-01-01 00:00:00' : 'a2.fits'}),
    ('A', 'N/A') : UseAfter({'2000-01-01 00:00:00' : 'old.fits'}),
    ('B', 2) : UseAfter({'2000-01-01 00:00:00' : 'b.fits'}),
  })`,
};
const tied: SampleRules = {
  parkey: "(('DETECTOR', 'GAIN'), ('DATE-OBS',))",
  selector: `Match({
    ('A', 'N/A') : UseAfter({'2000-01-01 00:00:00' : 'a.fits'}),
    ('N/A', 1) : UseAfter({'2005-01-01 00:00:00' : 'b.fits'}),
  })`,
};
const types = { bias, tied, dark: 'N/A', spare: 'OMIT' };
const header = { INSTRUME: 'CAM', DETECTOR: 'A', GAIN: '1', 'DATE-OBS': '2011-02-03', BIASCORR: 'PERFORM' };

async function explained(changed: Record<string, unknown> = {}, type = 'bias'): Promise<Explanation> {
  return explain(await sampleContext(types), { ...header, ...changed }, type);
}

function only<K extends ExplanationStep['kind']>(
  steps: readonly ExplanationStep[],
  kind: K,
): Extract<ExplanationStep, { kind: K }> {
  const found = steps.flatMap((step) =>
    step.kind === kind ? [step as Extract<ExplanationStep, { kind: K }>] : [],
  );
  expect(found).toHaveLength(1);
  return found[0] as Extract<ExplanationStep, { kind: K }>;
}

describe('an explanation', () => {
  it('names the rules, the values that they ask for and the answer', async () => {
    expect(await explained()).toMatchObject({
      context: 'demo_0001.pmap',
      instrument: 'cam',
      type: 'bias',
      mapping: 'demo_cam_bias_0001.rmap',
      answer: 'a1.fits',
      values: [
        { parameter: 'DETECTOR', value: 'A' },
        { parameter: 'GAIN', value: '1.0' },
        { parameter: 'DATE-OBS', value: '2011-02-03' },
        { parameter: 'BIASCORR', value: 'PERFORM' },
      ],
    });
  });

  it('shows expressions with the values that decided them', async () => {
    const { steps } = await explained();
    expect(steps[0]).toEqual({
      kind: 'expression',
      decides: 'relevance',
      parameter: null,
      expression: '(BIASCORR != "OMIT")',
      values: [{ parameter: 'BIASCORR', value: 'PERFORM' }],
      isTrue: true,
      problem: null,
    });
    const omitted = await explained({ BIASCORR: 'OMIT' });
    expect([omitted.answer, omitted.steps.length]).toEqual(['NOT FOUND n/a', 1]);
  });

  it('shows the clauses that matched, heaviest first, and the entry with its neighbours', async () => {
    const match = only(only((await explained()).steps, 'lookup').steps, 'match');
    expect(match.groups.map(({ weight, outcome }) => [weight, outcome])).toEqual([
      [2, 'chosen'],
      [1, 'not-tried'],
    ]);
    expect(only(match.groups[0]?.steps ?? [], 'entry')).toEqual({
      kind: 'entry',
      selector: 'UseAfter',
      parameters: ['DATE-OBS'],
      value: '2011-02-03 00:00:00',
      chosen: [{ key: '2010-01-01 00:00:00', line: 9, answer: 'a1.fits', leadsTo: null }],
      previous: null,
      next: { key: '2012-01-01 00:00:00', line: 9, answer: 'a2.fits', leadsTo: null },
      problem: null,
      steps: [],
    });
  });

  it('shows a group that failed before the one that was chosen', async () => {
    const { answer, steps } = await explained({ 'DATE-OBS': '2009-01-01' });
    const match = only(only(steps, 'lookup').steps, 'match');
    expect(answer).toBe('old.fits');
    expect(match.groups.map(({ outcome, problem }) => [outcome, problem])).toEqual([
      ['failed', "No selection <= '2009-01-01 00:00:00'"],
      ['chosen', null],
    ]);
    expect(only(match.groups[0]?.steps ?? [], 'entry')).toMatchObject({
      chosen: [],
      next: { answer: 'a1.fits' },
    });
  });

  it('shows which clauses nearly matched and on which value they failed', async () => {
    const { steps } = await explained();
    const [near] = only(only(steps, 'lookup').steps, 'match').near;
    expect(near).toEqual({
      line: 11,
      weight: 0,
      elements: [
        { parameter: 'DETECTOR', key: 'B', value: 'A', verdict: 'no-match' },
        { parameter: 'GAIN', key: '2.0', value: '1.0', verdict: 'no-match' },
      ],
    });
  });

  it('shows a value that the rules do not know, and what that came to', async () => {
    const { answer, steps } = await explained({ DETECTOR: 'Q' });
    const text = " parameter='DETECTOR' value='Q' is not in ['A', 'B']";
    expect(answer).toBe(`NOT FOUND ${text}`);
    expect(only(only(steps, 'lookup').steps, 'match').refused).toBe(text);
    expect(steps.at(-1)).toEqual({ kind: 'verdict', because: 'failed', text });
  });

  it('shows parameters that did not count', async () => {
    const { steps, answer } = await explained({ DETECTOR: 'B', GAIN: '7' });
    expect(answer).toBe('b.fits');
    expect(steps[1]).toMatchObject({ decides: 'parameter', parameter: 'GAIN', isTrue: false });
  });

  it('says when the instrument has no rules for the type', async () => {
    const says = async (type: string): Promise<unknown> => {
      const { answer, steps } = await explained({}, type);
      return [answer, steps];
    };
    expect(await says('dark')).toEqual(['NOT FOUND n/a', [{ kind: 'special', says: 'not-applicable' }]]);
    expect(await says('SPARE')).toEqual([null, [{ kind: 'special', says: 'omitted' }]]);
    expect(await says('odd')).toEqual([
      "NOT FOUND Unknown reference type 'odd'",
      [{ kind: 'special', says: 'unknown' }],
    ]);
  });

  it('is plain data', async () => {
    const explanation = await explained();
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });
});

it('hooks are shown with what they changed', async () => {
  const flat: SampleRules = {
    parkey: "(('FILTER1', 'FILTER2'),)",
    selector: "Match({('F1', 'F2') : 'a.fits'})",
    instrument: 'wfpc2',
    header: "'hooks' : {'fallback_header' : 'fallback_header_wfpc2_flatfile_v1'},",
  };
  const context = await sampleContext({ flat }, 'hst');
  const { answer, steps } = explain(context, { INSTRUME: 'CAM', FILTER1: 'F2', FILTER2: 'F1' }, 'flat');
  expect(answer).toBe('a.fits');
  expect(only(steps, 'hook')).toEqual({
    kind: 'hook',
    when: 'after-failure',
    name: 'fallback_header_wfpc2_flatfile_v1',
    changes: [
      { parameter: 'FILTER1', from: 'F2', to: 'F1' },
      { parameter: 'FILTER2', from: 'F1', to: 'F2' },
    ],
    problem: null,
  });
  expect(steps.filter(({ kind }) => kind === 'lookup')).toHaveLength(2);
});

it('selectors of every kind are explained with what they chose between', async () => {
  const selectors: Record<string, [string, string, unknown]> = {
    version: ["VersionAfter({'1.0' : 'a', '2.0' : 'b'})", '1.5.1', ['a']],
    select: ["SelectVersion({'<2' : 'a', 'default' : 'b'})", '1.5', ['a']],
    time: ["ClosestTime({'2010-01-01' : 'a', '2012-01-01' : 'b'})", '2010-02-01', ['a']],
    nearest: ["GeometricallyNearest({1 : 'a', 2 : 'b'})", '1.6', ['b']],
    bracket: ["Bracket({1 : 'a', 2 : 'b'})", '1.6', ['a', 'b']],
  };
  for (const [type, [selector, value, chosen]] of Object.entries(selectors)) {
    const context = await sampleContext({ [type]: { parkey: "(('V',),)", selector } });
    const raw = { INSTRUME: 'CAM', V: value };
    const { answer, steps } = explain(context, raw, type);
    expect(answer).toEqual(bestReferences(context, raw, null)[type]);
    const step = only(only(steps, 'lookup').steps, 'entry');
    expect([type, step.chosen.map((entry) => entry.answer)]).toEqual([type, chosen]);
    const bad = explain(context, { INSTRUME: 'CAM', V: 'NEVER' }, type);
    expect(only(only(bad.steps, 'lookup').steps, 'entry')).toMatchObject({ value: null, chosen: [] });
  }
});

it('clauses that tied are reported beside the answers', async () => {
  const { answers, warnings } = answersWithWarnings(await sampleContext(types), header, null);
  expect({ ...answers }).toEqual({ bias: 'a1.fits', tied: 'b.fits', dark: 'NOT FOUND n/a' });
  expect(warnings).toMatchObject([
    {
      type: 'tied',
      mapping: 'demo_cam_tied_0001.rmap',
      answer: 'b.fits',
      clauses: [{ line: 8 }, { line: 9 }],
    },
  ]);
});
