import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium, skippedBecause } from './chromium.ts';
import { type MockServer, startMockServer } from './mock-server.ts';
import { elements } from './suite.ts';
import { type Look, overflows, pictures, settled, type Visit, violations, visit } from './visit.ts';

/** How every page is looked at, the wide look first: it is the one that is audited whole. */
export const looks: ReadonlyArray<readonly [name: 'wide' | 'dark' | 'narrow', look: Look]> = [
  ['wide', { width: 1440, height: 900 }],
  ['dark', { width: 1440, height: 900, dark: true }],
  ['narrow', { width: 390, height: 844 }],
];

interface Walk {
  /** Why its tests are left out; undefined when they run. */
  reason: string | undefined;
  server(): MockServer;
  /** Goes to a page in the profile of this look, as a person does who has one browser, and waits for the text. */
  goTo(address: string, look: Look, sign: string | RegExp): Promise<Visit>;
}

/** The set-up of a file that walks through many pages: one browser and server, and one profile for each look. */
export function pageWalk(file: string): Walk {
  const reason = skippedBecause();
  if (reason !== undefined) console.warn(`SKIPPED test/browser/${file}: ${reason}`);
  let browser: Browser;
  let server: MockServer;
  const profiles = new Map<string, Visit>();
  beforeAll(async () => {
    if (reason === undefined) [browser, server] = await Promise.all([launchChromium(), startMockServer()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  return {
    reason,
    server: () => server,
    async goTo(address, look, sign) {
      const key = JSON.stringify(look);
      const known = profiles.get(key);
      const visited = known ?? (await visit(browser, server.url + address, look));
      profiles.set(key, visited);
      if (known !== undefined) {
        known.complaints.length = 0;
        // From an empty page, so that nothing of the page before is taken for a sign of this one.
        await known.page.goto('about:blank');
        await known.page.goto(server.url + address);
      }
      await visited.page.getByText(sign).first().waitFor();
      await settled(visited);
      return visited;
    },
  };
}

/**
 * What is wrong with the page that is shown, as sentences: accessibility, its width, what the browser complained
 * about, words that come from the program, and its size. It is pictured as `picture`.
 */
export async function faults(
  { page, complaints }: Visit,
  picture: string,
  { audit = 'all', fullPage = false }: { audit?: 'all' | 'colours' | 'none'; fullPage?: boolean } = {},
): Promise<string[]> {
  await page.screenshot({ path: `${pictures}/${picture.replaceAll(' ', '-')}.png`, fullPage });
  const found = audit === 'none' ? [] : await violations(page, audit);
  if (await overflows(page)) found.push('it is wider than the window');
  const leaked = /\b(NaN|undefined|null)\b/.exec(await page.locator('body').innerText())?.[0];
  if (leaked !== undefined) found.push(`it says ${leaked}`);
  const size = await elements(page);
  if (size > 3000) found.push(`it has ${size} elements`);
  return [...found, ...complaints];
}
