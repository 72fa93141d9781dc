import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { expect } from 'vitest';
import { now } from './fixtures.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where pictures go; looked at by people, compared by nobody. */
export const pictures = process.env.ORRERY_PICTURES ?? path.join(tmpdir(), 'orrery-pictures');
mkdirSync(pictures, { recursive: true });

export interface Look {
  width?: number;
  height?: number;
  dark?: boolean;
  /** The page's clock can be run on by the test; else it stands still. */
  runnable?: boolean;
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What the page complained about: errors, refused content, failed calls that the test did not expect. */
  complaints: string[];
  /** What the page has asked for and not got yet, the stream of events left out: that never ends. */
  underway: Set<Request>;
}

/** A fresh profile at the canned instant, that notes everything that goes wrong. */
export async function visit(browser: Browser, url: string, look: Look = {}): Promise<Visit> {
  const narrow = (look.width ?? 1440) < 700;
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.dark === true ? 'dark' : 'light',
    ...(narrow ? { hasTouch: true, isMobile: true } : {}),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await (look.runnable === true ? page.clock.install({ time: now }) : page.clock.setFixedTime(now));
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  const underway = new Set<Request>();
  page.on('request', (request) => {
    if (!request.url().includes('/api/core/events?')) underway.add(request);
  });
  page.on('requestfinished', (request) => underway.delete(request));
  page.on('requestfailed', (request) => underway.delete(request));
  await page.goto(url);
  return { page, context, complaints, underway };
}

/** Waits until the page has all that it asked for: nothing was under way at three looks in turn. */
export async function settled({ page, underway }: Visit): Promise<void> {
  let quiet = 0;
  const isQuiet = () => {
    quiet = underway.size === 0 ? quiet + 1 : 0;
    return quiet >= 3;
  };
  await expect.poll(isQuiet, { timeout: 10_000, interval: 40 }).toBe(true);
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

interface AxeResult {
  violations: Array<{ id: string; nodes: Array<{ html: string; failureSummary: string }> }>;
}

/** What axe looks at. In the dark the same elements have other colours: what does not depend on them is left out. */
const audits = {
  all: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  colours: ['color-contrast', 'link-in-text-block'],
} as const;

/** Accessibility violations (WCAG 2.2 A and AA) as sentences; none is what every page must have. */
export async function violations(page: Page, audit: keyof typeof audits = 'all'): Promise<string[]> {
  // Evaluated by the debugger, not added as a script, so that the page's own policy stays as it is.
  await page.evaluate(axeSource);
  const options = { runOnly: audits[audit], resultTypes: ['violations'], preload: false };
  const found = await page.evaluate<AxeResult>(`axe.run(document, ${JSON.stringify(options)})`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`),
  );
}

/** True when the page is wider than the window: something does not fit. */
export async function overflows(page: Page): Promise<boolean> {
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  return width > (page.viewportSize()?.width ?? 0) + 1;
}
