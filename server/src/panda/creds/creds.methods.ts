import type { Core } from '../../core/core.ts';
import { needed, optional } from '../front/arguments.ts';
import type { Caller } from '../front/caller.ts';
import {
  type LegacyAnswer,
  type LegacyMethod,
  refused,
  statusCodes,
  succeeded,
  type V1Answer,
  type V1Method,
} from '../front/method.ts';
import { denied, type Granted, giveTokenKey, noIdentity, renewToken } from './access-token.ts';
import { dropSecrets, putSecret, secretsOf, secretsText } from './secrets.ts';

const noCertificate = 'SSL_CLIENT_S_DN is missing in HTTP request';

function legacyFields(name: string, granted: Granted): Record<string, unknown> {
  if ('value' in granted) return { StatusCode: statusCodes.success, [name]: granted.value };
  return { StatusCode: granted.code, errorDialog: granted.message };
}

function envelope(name: string, granted: Granted): V1Answer {
  return 'value' in granted ? succeeded({ [name]: granted.value }) : refused(granted.message);
}

/** This server keeps no key pairs and no proxies: a caller who may ask learns that there is none. */
function noKeyPair(caller: Caller, publicKey: string): Granted {
  if (!caller.isSecure) return noIdentity;
  if (!caller.isPilot) return denied(caller, 'k', 'to get key pair');
  const message = `failed for '${caller.name}' since ${publicKey.slice(0, 200)} is missing here`;
  return { code: statusCodes.keyMissing, message };
}

function noProxy(caller: Caller, dn: string | undefined): Granted {
  if (!caller.isSecure) return noIdentity;
  if (!caller.isPilot) return denied(caller, 'p', 'to get proxy');
  return {
    code: statusCodes.proxyError,
    message: `'proxy' not found for ${(dn ?? caller.name).slice(0, 200)}`,
  };
}

/** Sets or takes away; null for OK. */
async function setSecret(
  core: Core,
  accountId: number,
  key: string | null,
  value: string | null,
): Promise<string | null> {
  if (key !== null && value !== null) return await putSecret(core.auth.context, accountId, key, value);
  await dropSecrets(core.db.sql, accountId, key);
  return null;
}

const keysOf = (text: string | undefined): string[] | undefined =>
  text === undefined || text === '' ? undefined : text.split(',');

async function legacySetSecret(
  core: Core,
  caller: Caller,
  key?: string,
  value?: string,
): Promise<LegacyAnswer> {
  const { accountId } = caller.identity;
  if (!caller.isSecure || accountId === null) return { as: 'json', value: [false, noCertificate] };
  const problem = await setSecret(core, accountId, key ?? null, value ?? null);
  return { as: 'json', value: problem === null ? [true, 'OK'] : [false, problem] };
}

export const credsLegacy: readonly LegacyMethod[] = [
  {
    // Pilots evaluate the answer as Python, which this is whatever the token holds (pilot3 3.11.5.1, util/https.py).
    name: 'get_access_token',
    async run(core, caller, fields) {
      const key = fields.text('token_key') ?? null;
      const granted = await renewToken(core, caller, fields.text('client_name') ?? '', key);
      return { as: 'python', value: legacyFields('userProxy', granted) };
    },
  },
  {
    name: 'get_token_key',
    async run(core, caller, fields) {
      const granted = await giveTokenKey(core, caller, fields.text('client_name') ?? '');
      return { as: 'fields', value: legacyFields('tokenKey', granted) };
    },
  },
  {
    name: 'getKeyPair',
    run: (_core, caller, fields) => ({
      as: 'fields',
      value: legacyFields('', noKeyPair(caller, fields.text('publicKeyName') ?? '')),
    }),
  },
  {
    name: 'getProxy',
    run: (_core, caller, fields) => ({
      as: 'fields',
      value: legacyFields('', noProxy(caller, fields.filled('dn'))),
    }),
  },
  {
    name: 'set_user_secret',
    run: (core, caller, fields) => legacySetSecret(core, caller, fields.text('key'), fields.text('value')),
  },
  {
    name: 'get_user_secrets',
    async run(core, caller, fields) {
      const { accountId } = caller.identity;
      if (!caller.isSecure || accountId === null) return { as: 'json', value: [false, noCertificate] };
      const secrets = await secretsOf(core.auth.context, accountId, keysOf(fields.text('keys')));
      return { as: 'json', value: [true, fields.flag('get_json') ? secrets : secretsText(secrets)] };
    },
  },
];

const get = { module: 'creds', verb: 'GET', role: 'secure' } as const;

export const credsV1: readonly V1Method[] = [
  {
    ...get,
    name: 'get_access_token',
    parameters: { client_name: needed('str'), token_key: optional('str') },
    async run(core, caller, { client_name: client, token_key: key }) {
      const granted = await renewToken(core, caller, String(client), key === null ? null : String(key));
      return envelope('user_proxy', granted);
    },
  },
  {
    ...get,
    name: 'get_token_key',
    parameters: { client_name: needed('str') },
    run: async (core, caller, { client_name: client }) =>
      envelope('tokenKey', await giveTokenKey(core, caller, String(client))),
  },
  {
    ...get,
    name: 'get_key_pair',
    parameters: { public_key_name: needed('str'), private_key_name: needed('str') },
    run: (_core, caller, { public_key_name: name }) => envelope('', noKeyPair(caller, String(name))),
  },
  {
    ...get,
    name: 'get_proxy',
    parameters: { role: optional('str'), dn: optional('str') },
    run: (_core, caller, { dn }) => envelope('', noProxy(caller, dn === null ? undefined : String(dn))),
  },
  {
    ...get,
    name: 'set_user_secrets',
    verb: 'POST',
    parameters: { key: optional('str'), value: optional('str') },
    async run(core, { identity: { accountId } }, { key, value }) {
      if (accountId === null) return refused('SSL secure connection is required');
      const text = (one: unknown) => (one === null ? null : String(one));
      const problem = await setSecret(core, accountId, text(key), text(value));
      return problem === null ? succeeded(null, 'OK') : refused(problem);
    },
  },
  {
    ...get,
    name: 'get_user_secrets',
    parameters: { keys: optional('list') },
    async run(core, { identity: { accountId } }, { keys }) {
      if (accountId === null) return refused('SSL secure connection is required');
      const wanted = keys === null ? undefined : (keys as unknown[]).flatMap((one) => String(one).split(','));
      return succeeded(secretsText(await secretsOf(core.auth.context, accountId, wanted)));
    },
  },
];
