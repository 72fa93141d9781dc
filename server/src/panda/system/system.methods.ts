import type { Core } from '../../core/core.ts';
import type { Caller } from '../front/caller.ts';
import type { LegacyMethod, V1Method } from '../front/method.ts';
import { succeeded } from '../front/method.ts';
import { attributesOf, fqansOf, hideSecrets, listing, userAttributesOf } from './attributes.ts';

/** Host and port under which the caller reached this server, as old clients take it apart. */
function serverOf({ publicBase }: Caller): string {
  const { hostname, port, protocol } = new URL(publicBase);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
}

/** What monitors and load balancers ask, and what people ask who cannot see why they are refused. */
export const systemLegacy: readonly LegacyMethod[] = [
  { name: 'isAlive', run: () => ({ as: 'text', text: 'alive=yes' }) },
  { name: 'getServer', run: (_core: Core, caller) => ({ as: 'text', text: serverOf(caller) }) },
  {
    name: 'getAttr',
    run(_core, caller, fields) {
      const given = Object.fromEntries(fields.names().map((name) => [name, fields.text(name) ?? 'None']));
      return { as: 'text', text: listing(hideSecrets(given), attributesOf(caller)) };
    },
  },
  {
    name: 'getVomsAttr',
    run(_core, caller) {
      const lines = Object.entries(fqansOf(caller)).map(([name, value]) => `${name} : ${value}\n`);
      return { as: 'text', text: lines.join('') };
    },
  },
];

export const systemV1: readonly V1Method[] = [
  { module: 'system', name: 'is_alive', verb: 'GET', role: 'public', parameters: {}, run: () => succeeded() },
  {
    module: 'system',
    name: 'get_attributes',
    verb: 'GET',
    role: 'secure',
    parameters: {},
    anyArguments: true,
    run(_core, caller, values) {
      const parameters = hideSecrets(values);
      const environment = attributesOf(caller);
      return succeeded({ parameters, environment }, listing(parameters, environment));
    },
  },
  {
    module: 'system',
    name: 'get_voms_attributes',
    verb: 'GET',
    role: 'secure',
    parameters: {},
    run(_core, caller) {
      const attributes = fqansOf(caller);
      const lines = Object.entries(attributes).map(([name, value]) => `${name} : ${value}`);
      return succeeded(attributes, lines.join('\n'));
    },
  },
  {
    module: 'system',
    name: 'get_user_attributes',
    verb: 'GET',
    role: 'secure',
    parameters: {},
    run(_core, caller) {
      const { text, attributes } = userAttributesOf(caller);
      return succeeded(attributes, text);
    },
  },
];
