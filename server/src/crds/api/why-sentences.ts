import type { CrdsRecommendation, CrdsWhyLevel } from '@orrery/contracts/crds';
import type { Why, WhyEvidence } from '@orrery/contracts/explain';
import type { Explanation, ExplanationStep } from '../rules/index.ts';
import type { Asked } from './asked-header.ts';

interface Told {
  asked: Asked;
  explanation: Explanation;
  recommendation: CrdsRecommendation;
  levels: readonly CrdsWhyLevel[];
  imap: string | null;
}

/** Question, answer and steps as sentences. */
export function whyOf(told: Told): Why {
  const { asked, explanation, recommendation } = told;
  const { type, files } = recommendation;
  const [first] = files;
  const question =
    first === undefined
      ? `Why is there no ${type}?`
      : files.length === 1
        ? `Why ${first.name}?`
        : `Why these ${files.length} files?`;
  const file = first === undefined ? [] : [actOf(asked.observatory, first.name)];
  const rules = explanation.mapping === null ? [] : [actOf(asked.observatory, explanation.mapping)];
  return {
    question,
    answer: answerOf(told),
    evidence: [pathEvidence(told), ...explanation.steps.flatMap((step) => evidenceOf(step, told))],
    acts: [...file, ...rules],
  };
}

function actOf(observatory: string, name: string): Why['acts'][number] {
  return {
    label: `Show ${name}`,
    method: 'GET',
    href: `/ui/calibration/${observatory}/files/${encodeURIComponent(name)}`,
  };
}

function answerOf({ recommendation, levels, explanation }: Told): string {
  const { outcome, message, type } = recommendation;
  if (outcome === 'omitted') return `The rules leave ${type} out for this dataset.`;
  if (outcome === 'not-applicable') return `${capital(type)} does not apply to this dataset.`;
  if (outcome === 'not-found')
    return `The rules have no answer: ${message.replace(/^NOT FOUND\s*/, '').trim()}.`;
  const match = levels.find(({ selector }) => selector === 'Match');
  const date = levels.find(({ selector }) => selector === 'UseAfter');
  const isSecond = explanation.steps.some((step) => step.kind === 'lookup' && step.attempt === 2);
  return [
    date === undefined
      ? 'The rules lead to it by the values of the dataset.'
      : 'It is the newest of its kind that was valid when the exposure began.',
    ...(match !== undefined && match.joined > 1
      ? [`${match.joined} rules fit equally well, so that their lists were joined.`]
      : []),
    ...(isSecond ? ['The first look found nothing; it was found with values that a hook changed.'] : []),
  ].join(' ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function pathEvidence({ asked, explanation, imap }: Told): WhyEvidence {
  const { context, instrument } = asked;
  const name = instrument.name.toUpperCase();
  const to = explanation.mapping === null ? '' : `, and ${explanation.type} to ${explanation.mapping}`;
  return {
    face: explanation.mapping === null ? 'stopped' : 'good',
    text: imap === null ? `${context} has the rules${to}.` : `${context} sends ${name} to ${imap}${to}.`,
    value: explanation.mapping,
  };
}

function evidenceOf(step: ExplanationStep, { levels, explanation }: Told): WhyEvidence[] {
  switch (step.kind) {
    case 'special':
      return [{ face: 'stopped', text: specialText(step.says, explanation.type), value: null }];
    case 'expression':
      return [expressionEvidence(step)];
    case 'hook':
      return [hookEvidence(step)];
    case 'lookup': {
      const isLast = explanation.steps.filter(({ kind }) => kind === 'lookup').at(-1) === step;
      if (!isLast)
        return [
          { face: 'partial', text: `The first look found nothing: ${step.problem?.trim()}.`, value: null },
        ];
      return levels.map((level) => ({ face: level.face, text: level.text, value: level.asked.join(' ') }));
    }
    case 'verdict':
      return [
        { face: step.because === 'failed' ? 'bad' : 'stopped', text: verdictText(step), value: step.text },
      ];
    default:
      return [];
  }
}

function specialText(says: 'unknown' | 'not-applicable' | 'omitted', type: string): string {
  if (says === 'unknown') return `The instrument has no rules for "${type}".`;
  return says === 'omitted' ? `The instrument leaves ${type} out.` : `The instrument has no use for ${type}.`;
}

function expressionEvidence(step: Extract<ExplanationStep, { kind: 'expression' }>): WhyEvidence {
  const { decides, parameter, expression, values, isTrue, problem } = step;
  const because = values.map(({ parameter: name, value }) => `${name} is ${value}`).join(', ');
  if (expression === null)
    return { face: 'stopped', text: `${parameter} is only a comment and not compared.`, value: null };
  if (isTrue === null)
    return {
      face: 'partial',
      text: `${expression} cannot be evaluated: ${problem?.trim()}.`,
      value: because,
    };
  const meaning = {
    omit: isTrue ? 'the type is left out' : 'the type is not left out',
    relevance: isTrue ? 'the rules apply' : 'the type does not apply',
    parameter: isTrue ? `${parameter} counts` : `${parameter} does not count`,
  }[decides];
  const isGood = decides === 'omit' ? !isTrue : isTrue;
  return {
    face: isGood || decides === 'parameter' ? 'good' : 'stopped',
    text: `${capital(meaning)}: ${expression} ${isTrue ? 'holds' : 'does not hold'}.`,
    value: because === '' ? null : because,
  };
}

function hookEvidence({
  name,
  when,
  changes,
  problem,
}: Extract<ExplanationStep, { kind: 'hook' }>): WhyEvidence {
  if (problem !== null)
    return { face: 'bad', text: `The hook ${name} failed: ${problem.trim()}.`, value: null };
  const changed = changes
    .map(({ parameter, from, to }) => `${parameter} ${from ?? 'missing'} → ${to}`)
    .join(', ');
  const moment = when === 'before' ? 'before the rules were asked' : 'after the rules found nothing';
  return {
    face: 'good',
    text: changed === '' ? `The hook ${name} changed nothing.` : `The hook ${name} changed values ${moment}.`,
    value: changed === '' ? null : changed,
  };
}

function verdictText({ because, text }: Extract<ExplanationStep, { kind: 'verdict' }>): string {
  switch (because) {
    case 'unprocessed-gain':
      return 'Data with this gain are not calibrated, so the type does not apply.';
    case 'not-required':
      return 'Nothing fits, and the rules say that the file is not required.';
    case 'says-not-applicable':
      return `The rule says ${text ?? 'N/A'}: the type does not apply.`;
    case 'says-omitted':
      return `The rule says ${text ?? 'OMIT'}: the type is left out.`;
    default:
      return `The look failed: ${text?.trim() ?? ''}`.trimEnd();
  }
}
