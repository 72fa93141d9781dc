import { describe, expect, test } from 'vitest';
import * as panda from './panda-fixtures.ts';
import { busyRule, someTrial } from './retry-answers.ts';
import { asked, browserSuite, elements, soon } from './suite.ts';
import { overflows, pictures, settled, violations } from './visit.ts';

const suite = browserSuite('retry-rules.test.ts');
const { open, visit, server, lastSent } = suite;
const list = '/ui/work/retry-rules';

const looks = [
  ['wide', { width: 1440, height: 900 }],
  ['dark', { width: 1440, height: 900, dark: true }],
  ['narrow', { width: 390, height: 844 }],
] as const;

/** Pages about rules, and what stands on each when it is there. */
const pages = [
  ['list', list, 'pilot 1305'],
  ['rule', `${list}?rule=9`, 'It would have met'],
  ['new', `${list}?rule=new&error=pilot:1305&diag=exit%2012%20of%20x.y`, 'It would have met'],
  ['job', `/ui/work/jobs/${panda.failedJob.id}?tab=errors`, 'tried at most 2 times'],
  ['history', `/ui/work/jobs/${panda.failedJob.id}?tab=history`, /^rule$/],
  ['errors', '/ui/work/errors?hours=8', 'pilot 1305'],
  ['classes', '/ui/work/errors?by=class', 'Whose matter'],
] as const;

/** What the page sent last that changes something, its body read; trials change nothing. */
function lastChange(): { method: string; path: string; body: Record<string, unknown> } {
  const change = server().sent.findLast(({ path }) => !path.endsWith('/trial'));
  return {
    method: change?.method ?? '',
    path: change?.path ?? '',
    body: JSON.parse(change?.body || '{}') as Record<string, unknown>,
  };
}

describe.skipIf(suite.reason !== undefined)('retry rules', () => {
  test.for(
    pages.flatMap(([name, address, sign]) =>
      looks.map(([look, size]) => [name, look, address, sign, size] as const),
    ),
  )(
    '%s, %s: accessible, no wider than the screen, without complaints',
    async ([name, look, address, sign, size]) => {
      const visited = await visit(address, size);
      await visited.page.getByText(sign).first().waitFor();
      await settled(visited);
      await visited.page.screenshot({ path: `${pictures}/retry-${name}-${look}.png` });
      expect(await violations(visited.page)).toEqual([]);
      expect(await overflows(visited.page)).toBe(false);
      expect(visited.complaints).toEqual([]);
      expect(await elements(visited.page)).toBeLessThanOrEqual(3000);
    },
  );

  test('the list says what each rule does, and how often, with 100,000 decisions behind it', async () => {
    const page = await open(list);
    const row = page.locator('tr', { has: page.getByText('one more try') });
    await row.getByText('is tried at most 2 times').waitFor();
    const met = busyRule.acted.reduce((all, each) => all + each, 0);
    expect(met).toBeGreaterThan(80_000);
    await row.getByRole('img', { name: /^in 14 days it acted on/ }).waitFor();
    expect(await row.locator('rect').count()).toBe(28);
  });

  test('the list is narrowed by a filter that stays in the address', async () => {
    const page = await open(list);
    await page.getByText('Rows 1–5').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('error:pilot:1212');
    await page.keyboard.press('Enter');
    await soon(() => asked(page, 'q'), 'error:pilot:1212');
    await page.getByText('Rows 1–1').waitFor();
    await page.goto(`${server().url}${list}?q=state:asleep`);
    await page.getByText('A rule is on, off or deleted, not asleep.').waitFor();
  });

  test('a rule is written by keys: what fails most is offered, tried while it is written, and added', async () => {
    const page = await open(list);
    await page.getByText('Rows 1–5').waitFor();
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'New retry rule' });
    await dialog.getByText('Choose an error to see').waitFor();
    expect(await dialog.getByRole('button', { name: 'Add rule' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: /pilot 1212/ }).click();
    await dialog
      .getByText(/Payload ran out of memory/)
      .first()
      .waitFor();
    await dialog.getByText(`It would have met ${someTrial.met}`).waitFor();
    await dialog.getByLabel('Only if its text begins with').fill('(');
    await dialog.getByText('This is no regular expression.').waitFor();
    await dialog.getByLabel('Only if its text begins with').fill('.*GB');
    await dialog.getByLabel('Then').selectOption('increase_memory_xtimes');
    await dialog.getByLabel('Factor').fill('2');
    await dialog.getByText(`It would have met ${someTrial.met}`).waitFor();
    await dialog.getByLabel('Why').focus();
    await page.keyboard.type('hungry');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const { method, path, body } = lastChange();
    expect([method, path]).toEqual(['POST', '/api/panda/retry-rules']);
    expect(body).toMatchObject({
      errorSource: 'pilot',
      errorCode: 1212,
      diagPattern: '.*GB',
      action: 'increase_memory_xtimes',
      parameters: { factor: 2 },
      description: 'hungry',
      active: true,
    });
  });

  test('a rule that somebody else changed meanwhile is not overwritten, and the page says so', async () => {
    const page = await open(`${list}?rule=9`);
    const dialog = page.getByRole('dialog', { name: 'Rule 9' });
    await dialog.getByLabel('Why').fill('another reason');
    await dialog.getByText('It would have met').waitFor();
    server().refuseNext({ code: 'panda.retry-rule-changed', message: 'Retry rule 9 has version 4 now.' });
    await dialog.getByRole('button', { name: 'Save rule' }).click();
    await dialog.getByText('Retry rule 9 has version 4 now.').waitFor();
    expect(lastSent()).toMatchObject({ method: 'PUT', path: '/api/panda/retry-rules/9' });
  });

  test('a rule is deleted, and that is taken back', async () => {
    const page = await open(`${list}?rule=9`);
    await page.getByRole('button', { name: 'Delete rule' }).click();
    await page.getByText('is deleted.').waitFor();
    await soon(() => lastChange().method, 'DELETE');
    await page.getByRole('button', { name: 'Undo' }).click();
    await soon(() => lastChange().path, '/api/panda/retry-rules/9/restore');
    await page.getByText('is deleted.').waitFor({ state: 'detached' });
  });

  test('an action is switched off as a whole after a question', async () => {
    const page = await open(list);
    await page.getByText('all are on').click();
    await page.getByRole('button', { name: 'Switch no_retry off …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Switch no_retry off?' });
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Switch off' }).click();
    await soon(() => lastChange().path, '/api/panda/retry-actions/no_retry');
    expect(lastChange().body).toEqual({ active: false });
  });

  test('an error of a job becomes a rule that is begun with its code and text', async () => {
    const page = await open(`/ui/work/jobs/${panda.failedJob.id}?tab=errors`);
    await page.getByRole('region', { name: 'Retry rules' }).getByText('only written down').waitFor();
    await page.getByRole('link', { name: 'make a rule …' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'New retry rule' });
    await dialog.getByLabel('Code').waitFor();
    expect(await dialog.getByLabel('Code').inputValue()).toBe(String(panda.failedJob.errors[0]?.code));
    expect(await dialog.getByLabel('Only if its text begins with').inputValue()).not.toBe('');
    await page.keyboard.press('Escape');
    await soon(() => asked(page, 'rule'), null);
  });

  test('what a rule did is read twenty jobs at a time', async () => {
    const page = await open(`${list}?rule=9`);
    await page.getByText('What it did').click();
    const jobs = page.getByRole('table', { name: 'What the rule did, last first' });
    await jobs.getByText('written down').first().waitFor();
    const first = await jobs.locator('th').first().innerText();
    await page.getByRole('button', { name: 'Earlier' }).click();
    await expect.poll(() => jobs.locator('th').first().innerText()).not.toBe(first);
    await page.getByRole('button', { name: 'Latest' }).click();
    await expect.poll(() => jobs.locator('th').first().innerText()).toBe(first);
  });
});
