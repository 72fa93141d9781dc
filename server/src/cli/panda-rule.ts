import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError, messageOf } from '../core/errors.ts';
import { formatColumns } from './columns.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';

/** `orrery panda rule list | add | on | off | remove`: what becomes of jobs that fail with a certain error. */
export function registerRules(panda: Command, open: OpenCore): void {
  const rule = panda.command('rule').description('Retry rules: what a certain error of a job means.');
  withInstallation(rule.command('list'))
    .description('List the rules.')
    .option('--json', 'as JSON')
    .action((flags: InstallationFlags & { json?: boolean }) => list(open, flags));
  withInstallation(rule.command('add'))
    .description('Add the rule of a JSON file and print its number.')
    .argument('<file>', '{"action": "limit_retry", "errorSource": "pilot", "errorCode": 1305, …}')
    .action((file: string, flags: InstallationFlags) => add(open, file, flags));
  for (const [name, active] of [
    ['on', true],
    ['off', false],
  ] as const) {
    withInstallation(rule.command(name))
      .description(active ? 'Switch a rule on.' : 'Switch a rule off: its effect is only written down.')
      .argument('<number>', 'its number, from the list')
      .action(async (number: string, flags: InstallationFlags) => {
        const { switchRule } = await import('../panda/retry/rules.ts');
        await withDatabase(open, flags, (context, actor) =>
          switchRule(context, actor, numberOf(number), active),
        );
      });
  }
  withInstallation(rule.command('remove'))
    .description('Remove a rule.')
    .argument('<number>', 'its number, from the list')
    .action(async (number: string, flags: InstallationFlags) => {
      const { removeRule } = await import('../panda/retry/rules.ts');
      await withDatabase(open, flags, (context, actor) => removeRule(context, actor, numberOf(number)));
    });
}

async function list(open: OpenCore, flags: InstallationFlags & { json?: boolean }): Promise<void> {
  const { listRules } = await import('../panda/retry/rules.ts');
  const rules = await withDatabase(open, flags, ({ db }) => listRules(db.sql));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(rules, null, 1)}\n`);
    return;
  }
  process.stdout.write(
    formatColumns(
      ['NUMBER', 'ERROR', 'TEXT', 'ACTION', 'STATE', 'DESCRIPTION'],
      rules.map((rule) => [
        String(rule.retryRuleId),
        `${rule.errorSource} ${rule.errorCode}`,
        rule.diagPattern,
        rule.action + (rule.parameters.maxAttempt === undefined ? '' : ` ${rule.parameters.maxAttempt}`),
        rule.active && rule.actionActive ? 'on' : 'off',
        rule.description,
      ]),
    ),
  );
}

async function add(open: OpenCore, file: string, flags: InstallationFlags): Promise<void> {
  const { addRule } = await import('../panda/retry/rules.ts');
  let wish: unknown;
  try {
    wish = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new AppError('invalid', 'panda.retry-rule-refused', `${file}: ${messageOf(error)}`, {
      next: 'Give a JSON file with one rule.',
    });
  }
  const ruleId = await withDatabase(open, flags, (context, actor) => addRule(context, actor, wish));
  process.stdout.write(`${ruleId}\n`);
}

/** Numbers that no rule has are for the operation to refuse. */
function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}
