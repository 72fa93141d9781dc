import type { CrdsWhy, CrdsWhyLevel } from '@orrery/contracts/crds';
import { formatColumns } from './columns.ts';
import { printable } from './job-address.ts';

/** Why rules lead to a file, for people. */
export function formatWhy({ why, levels, parameters, changes }: CrdsWhy): string {
  const steps = why.evidence.map(({ text, value }) => {
    const more = value === null || value === '' || text.includes(value) ? '' : ` (${printable(value)})`;
    return `  - ${printable(text, 400)}${more}\n`;
  });
  const blocks = [
    `${printable(why.question)}\n${printable(why.answer, 600)}\n${steps.join('')}`,
    ...levels.map(formatLevel),
    formatColumns(
      ['PARAMETER', 'IN THE HEADER', 'AS RULES SEE IT', 'DID'],
      parameters.map(({ name, written, value, role }) => [
        printable(name),
        written === null ? null : printable(written, 60),
        printable(value, 60),
        role,
      ]),
    ),
  ];
  if (changes.length > 0)
    blocks.push(changes.map(({ text }) => `Otherwise: ${printable(text, 300)}.\n`).join(''));
  return blocks.join('\n');
}

function formatLevel({ selector, parameters, rules, total }: CrdsWhyLevel): string {
  const hasColumns = rules.every(({ values }) => values.length === parameters.length);
  const names = hasColumns ? parameters : [parameters.join(' ')];
  const table = formatColumns(
    ['', 'LINE', ...names, 'LEADS TO'],
    rules.map(({ line, values, chosen, leadsTo, entries }) => [
      chosen ? '*' : ' ',
      String(line),
      ...values.map(
        ({ text, verdict }) => `${printable(text, 60)}${verdict === 'fails' && hasColumns ? ' (no)' : ''}`,
      ),
      leadsTo === null ? `${entries} entries` : printable(leadsTo, 128),
    ]),
  );
  const more = total > rules.length ? `${total - rules.length} more are not shown.\n` : '';
  return `${selector} by ${printable(parameters.join(', '))}\n${table}${more}`;
}
