import type { Command } from 'commander';
import type { Actor } from '../core/auth/index.ts';
import { retryActions } from '../panda/retry/actions.ts';
import type { RulesContext } from '../panda/retry/rules.ts';
import { readJsonFile } from './json-file.ts';
import { type OpenCore, withInstallation } from './open.ts';
import type { InstallationFlags } from './open-auth.ts';
import { withDatabase } from './open-panda.ts';
import {
  formatActions,
  formatRules,
  formatTrial,
  type ListFlags,
  ruleFilter,
  wishOf,
} from './panda-rule-text.ts';

type ChangeFlags = InstallationFlags & { from?: string };
type TestFlags = InstallationFlags & { last: string };

const numbered = 'its number, from the list';

/** `orrery panda rule …`: what becomes of jobs that fail with a certain error. */
export function registerRules(panda: Command, open: OpenCore): void {
  const rule = panda.command('rule').description('Retry rules: what a certain error of a job means.');
  registerReading(rule, open);
  registerChanges(rule, open);
  registerActions(rule, open);
}

function registerReading(rule: Command, open: OpenCore): void {
  withInstallation(rule.command('list'))
    .description('List the rules, the last written first.')
    .option('--action <action>', 'only those of one action')
    .option(
      '--source <source>',
      'only those about errors of pilot, exe, ddm, trans, jobDispatcher, taskBuffer',
    )
    .option('--code <code>', 'only those about one code')
    .option('--on', 'only those that act')
    .option('--off', 'only those whose effect is only written down')
    .option('--deleted', 'those that were deleted')
    .option('--json', 'as JSON')
    .action((flags: ListFlags) => list(open, flags));
  withInstallation(rule.command('show'))
    .description('Print a rule as "add" and "change" take it.')
    .argument('<number>', numbered)
    .action(async (number: string, flags: InstallationFlags) => {
      const { getRule } = await import('../panda/retry/rules.ts');
      const found = await withDatabase(open, flags, (context) => getRule(context, numberOf(number)));
      process.stdout.write(`${JSON.stringify(wishOf(found), null, 1)}\n`);
    });
  withInstallation(rule.command('test'))
    .description('Say which of the last failed jobs a rule would have met. Changes nothing.')
    .argument('<rule>', 'its number, or a file like that of "add"')
    .option('--last <jobs>', 'how many jobs that failed with its error are looked at', '500')
    .action((given: string, flags: TestFlags) => testRule(open, given, flags));
}

function registerChanges(rule: Command, open: OpenCore): void {
  withInstallation(rule.command('add'))
    .description('Add the rule of a JSON file and print its number.')
    .argument('<file>', '{"action": "limit_retry", "errorSource": "pilot", "errorCode": 1305, …}')
    .action(async (file: string, flags: InstallationFlags) => {
      const { addRule } = await import('../panda/retry/rules.ts');
      const wish = await readJsonFile(file);
      const added = await withDatabase(open, flags, (context, actor) => addRule(context, actor, wish));
      process.stdout.write(`${added.retryRuleId}\n`);
    });
  withInstallation(rule.command('change'))
    .description('Give a rule the content of a JSON file.')
    .argument('<number>', numbered)
    .argument('<file>', 'the whole rule, as "show" prints it')
    .option('--from <version>', 'the version it was made from: another one is not overwritten')
    .action(async (number: string, file: string, flags: ChangeFlags) => {
      const { changeRule } = await import('../panda/retry/rules.ts');
      const wish = await readJsonFile(file);
      const from = flags.from === undefined ? null : numberOf(flags.from);
      await change(open, number, flags, (context, actor, ruleId) =>
        changeRule(context, actor, ruleId, wish, from),
      );
    });
  registerSwitches(rule, open);
  withInstallation(rule.command('delete').alias('remove'))
    .description('Delete a rule; "restore" brings it back.')
    .argument('<number>', numbered)
    .action(async (number: string, flags: InstallationFlags) => {
      const { removeRule } = await import('../panda/retry/rules.ts');
      await change(open, number, flags, removeRule);
    });
  withInstallation(rule.command('restore'))
    .description('Bring a deleted rule back as it was.')
    .argument('<number>', numbered)
    .action(async (number: string, flags: InstallationFlags) => {
      const { restoreRule } = await import('../panda/retry/rules.ts');
      await change(open, number, flags, restoreRule);
    });
}

function registerSwitches(rule: Command, open: OpenCore): void {
  for (const [name, active] of [
    ['on', true],
    ['off', false],
  ] as const) {
    withInstallation(rule.command(name))
      .description(active ? 'Switch a rule on.' : 'Switch a rule off: its effect is only written down.')
      .argument('<number>', numbered)
      .action(async (number: string, flags: InstallationFlags) => {
        const { switchRule } = await import('../panda/retry/rules.ts');
        await change(open, number, flags, (context, actor, ruleId) =>
          switchRule(context, actor, ruleId, active),
        );
      });
  }
}

function registerActions(rule: Command, open: OpenCore): void {
  withInstallation(rule.command('actions'))
    .description('List what rules can do, and whether it is on.')
    .action(async (flags: InstallationFlags) => {
      const { listActions } = await import('../panda/retry/list.store.ts');
      const actions = await withDatabase(open, flags, ({ db }) => listActions(db.sql));
      process.stdout.write(formatActions(actions));
    });
  withInstallation(rule.command('action'))
    .description('Switch an action on or off, for all its rules.')
    .addArgument(rule.createArgument('<action>').choices(retryActions))
    .addArgument(rule.createArgument('<state>').choices(['on', 'off']))
    .action(async (action: string, state: string, flags: InstallationFlags) => {
      const { switchAction } = await import('../panda/retry/rules.ts');
      await withDatabase(open, flags, (context, actor) =>
        switchAction(context, actor, action, state === 'on'),
      );
    });
}

async function change(
  open: OpenCore,
  number: string,
  flags: InstallationFlags,
  act: (context: RulesContext, actor: Actor, ruleId: number) => Promise<unknown>,
): Promise<void> {
  await withDatabase(open, flags, (context, actor) => act(context, actor, numberOf(number)));
}

async function list(open: OpenCore, flags: ListFlags): Promise<void> {
  const { listRules } = await import('../panda/retry/list.store.ts');
  const rules = await withDatabase(open, flags, ({ db }) =>
    listRules(db.sql, ruleFilter(flags), { limit: 100_000 }),
  );
  process.stdout.write(flags.json === true ? `${JSON.stringify(rules, null, 1)}\n` : formatRules(rules));
}

async function testRule(open: OpenCore, given: string, flags: TestFlags): Promise<void> {
  const { getRule } = await import('../panda/retry/rules.ts');
  const { tryRule } = await import('../panda/retry/try-rule.ts');
  const { checkRule } = await import('../panda/retry/wish.ts');
  const isNumber = /^\d+$/.test(given);
  const wish = isNumber ? null : checkRule(await readJsonFile(given));
  const last = Math.min(10_000, Math.max(1, numberOf(flags.last)));
  await withDatabase(open, flags, async (context) => {
    const rule = wish ?? (await getRule(context, numberOf(given)));
    const trial = await tryRule(context.db.sql, rule, { ruleId: isNumber ? numberOf(given) : null, last });
    process.stdout.write(formatTrial(rule, trial));
  });
}

/** Numbers that no rule has are for the operation to refuse. */
function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}
