import { optional } from '../front/arguments.ts';
import type { LegacyMethod, V1Method } from '../front/method.ts';
import { statusCodes, succeeded } from '../front/method.ts';
import { bannedUsers, resourceTypes, siteSpecs } from './metaconfig.ts';

export const metaconfigV1: readonly V1Method[] = [
  {
    module: 'metaconfig',
    name: 'get_resource_types',
    verb: 'GET',
    role: 'secure',
    parameters: {},
    run: async (core) => succeeded(await resourceTypes(core)),
  },
  {
    module: 'metaconfig',
    name: 'get_banned_users',
    verb: 'GET',
    role: 'secure',
    parameters: {},
    run: async (core) => succeeded(await bannedUsers(core)),
  },
  {
    module: 'metaconfig',
    name: 'get_site_specs',
    verb: 'GET',
    role: 'public',
    parameters: { type: optional('str', 'analysis') },
    run: async (core, _caller, { type }) => succeeded(await siteSpecs(core, String(type))),
  },
];

export const metaconfigLegacy: readonly LegacyMethod[] = [
  {
    name: 'getResourceTypes',
    async run(core) {
      // A list in JSON, as Harvester reads it, and text in a form, which is what pilot3 3.11.5.1 asks for and takes apart.
      const types = await resourceTypes(core);
      return { as: 'fields', value: { StatusCode: statusCodes.success, Returns: 0, ResourceTypes: types } };
    },
  },
  {
    name: 'get_ban_users',
    run: async (core, caller) => ({
      as: 'json',
      value: caller.isSecure ? [true, await bannedUsers(core)] : [false, {}],
    }),
  },
];
