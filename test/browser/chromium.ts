import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [
  process.env.ORRERY_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where the system's Chromium is; undefined when there is none. */
export const chromiumPath = places.find((place) => place !== undefined && existsSync(place));

const reason =
  'no Chromium was found; install it (Debian: apt-get install -y chromium fonts-dejavu-core) or name it in ORRERY_CHROMIUM';

/**
 * Whether the browser tests are left out, and why. On a build server (CI=true) they must not be: the missing browser
 * is an error there.
 */
export function skippedBecause(): string | undefined {
  if (chromiumPath !== undefined) return undefined;
  if (process.env.CI === 'true') throw new Error(`The browser tests cannot run: ${reason}.`);
  return reason;
}

/** A headless browser that talks to nobody but us; works as root too. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
