import type { Caller } from '../front/caller.ts';

/**
 * What the server knows of a caller, under the names that PanDA's server gives it. Made of the identity alone, never
 * of the headers, so that no token or cookie can get into an answer.
 */
export function attributesOf(caller: Caller): Record<string, string> {
  const known: Record<string, string | null> = {
    PANDA_OIDC_ROLE: caller.role,
    PANDA_OIDC_VO: caller.vo,
    REMOTE_ADDR: caller.address,
    SERVER_URL: caller.publicBase,
    SSL_CLIENT_S_DN: caller.isSecure ? caller.name : null,
    ...fqansOf(caller),
  };
  const named = Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Roles in the form of VOMS attributes, as the reference server stores those of a token. */
export function fqansOf({ fqans }: Caller): Record<string, string> {
  return Object.fromEntries(fqans.map((fqan, at) => [`GRST_CRED_AUTH_TOKEN_${at}`, `VOMS ${fqan}`]));
}

/** Arguments as text, sorted by name; what by its name is a secret is left out of the answer. */
export function hideSecrets(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(given).map(([name, value]): [string, string] => {
    const isSecret = /token|password|secret|cookie|authorization|proxy/i.test(name);
    return [name, isSecret ? '…' : typeof value === 'string' ? value : (JSON.stringify(value) ?? 'None')];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Both groups as lines, for people. */
export function listing(
  parameters: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name} = ${value}\n`);
  const known = Object.entries(environment).map(([name, value]) => `${name} : ${value}\n`);
  return `===== param =====\n${given.join('')}\n====== env ======\n${known.join('')}`;
}

/** The caller as jobs and rules see it, in words and under the names of the reference server. */
export function userAttributesOf(caller: Caller): {
  text: string;
  attributes: Record<string, unknown>;
} {
  const isProduction = caller.producesFor(caller.vo);
  const groups = isProduction && caller.vo !== null ? [caller.vo] : [];
  const lines = [
    `User DN (raw): ${caller.name}`,
    `User DN (clean): ${caller.name}`,
    `FQANs: ${caller.fqans.join(', ')}`,
    `Production user: ${isProduction}`,
    `Production working groups: ${groups.join(', ')}`,
    `Primary production working group: ${groups[0] ?? 'None'}`,
  ];
  return {
    text: `${lines.join('\n')}\n`,
    attributes: {
      user_dn_raw: caller.name,
      user_dn_clean: caller.name,
      fqans: caller.fqans,
      is_production_user: isProduction,
      production_working_groups: groups,
      primary_working_group: groups[0] ?? null,
    },
  };
}
