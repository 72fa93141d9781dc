import { parseArgs } from 'node:util';
import { describeMachine, formatLine, isMet, type Line } from '../bench/report.ts';
import { atlasDay } from './atlas-day.ts';

/**
 * `npm run simulate -- atlas-day [--minutes 10] [--snapshot | --idle] [--quick] [--enforce]`: a load as a whole
 * installation makes it, for a while. Errors fail the run always, figures that are short of their goal with --enforce.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    snapshot: { type: 'boolean', default: false },
    idle: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    enforce: { type: 'boolean', default: false },
  },
});
const [scenario = 'atlas-day'] = positionals;
const minutes = Number(values.minutes);
if (scenario !== 'atlas-day' || !(minutes > 0)) {
  console.error('There is one scenario, "atlas-day"; --minutes is a number above 0.');
  process.exit(2);
}
console.log(Object.entries(describeMachine()).flat().join(' '));
const lines: Line[] = [];
await atlasDay(
  (line) => {
    lines.push(line);
    console.log(formatLine(line));
  },
  { ...values, minutes },
);
const short = lines.filter((line) => isMet(line) === false);
console.log(`\n${short.length === 0 ? 'every goal is met' : `short of the goal: ${short.length}`}`);
const hasErrors = short.some(({ name }) => name === 'errors');
process.exit(hasErrors || (values.enforce && short.length > 0) ? 1 : 0);
