import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchChromium, skippedBecause } from './chromium.ts';
import { type MockServer, startMockServer } from './mock-server.ts';
import { type Look, type Visit, visit } from './visit.ts';

interface Suite {
  /** Why its tests are left out; undefined when they run. */
  reason: string | undefined;
  /** The server of the test that runs. */
  server(): MockServer;
  browser(): Browser;
  /** Opens a page in a profile of its own, which goes with the test. */
  open(address: string, look?: Look): Promise<Page>;
  visit(address: string, look?: Look): Promise<Visit>;
  /** What the page sent last, its body read. */
  lastSent(): { method: string; path: string; body: unknown };
}

/** The set-up of a file of browser tests: one browser for all of them, a new server and new profiles for each. */
export function browserSuite(file: string): Suite {
  const reason = skippedBecause();
  if (reason !== undefined) console.warn(`SKIPPED test/browser/${file}: ${reason}`);
  let browser: Browser;
  let server: MockServer;
  let opened: Visit[] = [];
  beforeAll(async () => {
    if (reason === undefined) browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = await startMockServer();
  });
  afterEach(async () => {
    for (const each of opened) await each.context.close();
    opened = [];
    await server.close();
  });
  const visitPage = async (address: string, look: Look = {}) => {
    const visited = await visit(browser, server.url + address, look);
    opened.push(visited);
    return visited;
  };
  return {
    reason,
    server: () => server,
    browser: () => browser,
    visit: visitPage,
    open: async (address, look) => (await visitPage(address, look)).page,
    lastSent() {
      const { method, path, body } = server.sent.at(-1) ?? { method: '', path: '', body: '' };
      return { method, path, body: body === '' ? null : (JSON.parse(body) as unknown) };
    },
  };
}

/** Asks again until the answer is the wanted one. */
export const soon = (read: () => unknown, wanted: unknown) =>
  expect.poll(read, { timeout: 10_000, interval: 50 }).toEqual(wanted);

/** A value of the query string of the page. */
export const asked = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

/** How many elements the page has; a page stays small whatever is behind it. */
export const elements = (page: Page): Promise<number> =>
  page.evaluate<number>('document.querySelectorAll("*").length');
