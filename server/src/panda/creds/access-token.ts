import { issueToken } from '../../core/auth/index.ts';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { Caller } from '../front/caller.ts';
import { statusCodes } from '../front/method.ts';
import { perCore } from '../per-core.ts';
import { pandaSettings } from '../settings.ts';
import { isTokenKey, tokenKey } from './token-keys.ts';

/** What a caller gets, or the status code and the sentence of the refusal. */
export type Granted = { value: string } | { code: number; message: string };

const { permissionDenied, invalidToken, keyMissing, proxyError } = statusCodes;

/** All pilots that show one token get the same new one for this long; less than the hour after which they ask again. */
const sameTokenMs = 45 * 60_000;

interface Renewed {
  token: Promise<string>;
  atMs: number;
}
const renewedBy = perCore(() => new Map<string, Renewed>());

/**
 * A fresh token that can do what the caller's can, and ends when that one is revoked. In PanDA this is the letter `p` of
 * an account; here it is the role of pilots.
 */
export async function renewToken(
  core: Core,
  caller: Caller,
  client: string,
  key: string | null,
): Promise<Granted> {
  const { clients, requireKey, tokenHours } = settingsOf(core.config, 'panda', pandaSettings).creds;
  if (!caller.isSecure) return noIdentity;
  if (!caller.isPilot) return denied(caller, 'p', 'to get access token');
  const isKnown = clients.includes(client);
  if (isKnown && requireKey && (key === null || !(await isTokenKey(core, client, key)))) {
    return { code: invalidToken, message: `failed since token key is invalid for ${client.slice(0, 64)}` };
  }
  const token = isKnown ? await issue(core, caller, client, tokenHours) : null;
  if (token === null) return { code: proxyError, message: `'token' not found for ${client.slice(0, 64)}` };
  return { value: token };
}

/** A key for `renewToken`, from a server that starts pilots: the letter `t` in PanDA. */
export async function giveTokenKey(core: Core, caller: Caller, client: string): Promise<Granted> {
  const { clients, keyHours } = settingsOf(core.config, 'panda', pandaSettings).creds;
  const { accountId } = caller.identity;
  if (!caller.isSecure || accountId === null) return noIdentity;
  if (!caller.isPilot) return denied(caller, 't', 'to get token key');
  if (!clients.includes(client)) {
    return { code: keyMissing, message: `Token key is missing for '${client.slice(0, 64)}'` };
  }
  return { value: await tokenKey(core, client, accountId, keyHours) };
}

export const noIdentity: Granted = {
  code: permissionDenied,
  message: 'Cannot extract DN from proxy. not HTTPS?',
};

export function denied(caller: Caller, letter: string, what: string): Granted {
  const message = `failed since '${caller.name}' does not hold the role panda.pilot ('${letter}' in GRIDPREF) ${what}`;
  return { code: permissionDenied, message };
}

/** Null when the account or its token was closed just now. */
async function issue(core: Core, caller: Caller, client: string, hours: number): Promise<string | null> {
  const { tokenId } = caller.identity;
  // Only a token is renewed, never a sign-in.
  if (tokenId === undefined) return null;
  const renewed = renewedBy(core);
  for (const [name, { atMs }] of renewed) {
    if (performance.now() - atMs > sameTokenMs) renewed.delete(name);
  }
  const name = `${tokenId} ${client}`;
  const known = renewed.get(name) ?? {
    token: makeToken(core, caller, tokenId, client, hours),
    atMs: performance.now(),
  };
  renewed.set(name, known);
  try {
    return await known.token;
  } catch (error) {
    renewed.delete(name);
    if (error instanceof AppError && error.kind !== 'busy') return null;
    throw error;
  }
}

async function makeToken(
  core: Core,
  { identity, address }: Caller,
  tokenId: string,
  client: string,
  hours: number,
): Promise<string> {
  const { token } = await issueToken(
    core.auth.context,
    { name: identity.name, address },
    {
      user: identity.name,
      expires: `${hours}h`,
      label: `renewed for ${client}`,
      within: { tokenId, grants: identity.grants, renews: true },
      ...(identity.vo === undefined ? {} : { vo: identity.vo }),
    },
  );
  return token;
}
