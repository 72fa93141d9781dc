import type { Core } from '../../core/core.ts';
import type { Parameters } from './arguments.ts';
import type { Caller } from './caller.ts';
import type { Fields } from './fields.ts';

/** How a legacy method answers. */
export type LegacyAnswer =
  /** JSON when the caller accepts JSON, otherwise `name=value&…` in text/plain. */
  | { as: 'fields'; value: Readonly<Record<string, unknown>> }
  /** `name=value&…` whatever the caller accepts. */
  | { as: 'form'; value: Readonly<Record<string, unknown>> }
  /** JSON whatever the caller accepts. */
  | { as: 'json'; value: unknown }
  | { as: 'text'; text: string }
  /** A literal of Python (`{'StatusCode': 0}`), for clients that evaluate it. */
  | { as: 'python'; value: unknown }
  /** A pickle, for old clients that load nothing else; where there is one, JSON for callers that accept it. */
  | { as: 'pickle'; value: unknown; orJson?: () => unknown };

/** A method below `/server/panda/`, by GET or POST. */
export interface LegacyMethod {
  readonly name: string;
  run(core: Core, caller: Caller, fields: Fields): Promise<LegacyAnswer> | LegacyAnswer;
}

/**
 * Who may call a method of v1: anybody, whoever is signed in, a pilot or production role (what the reference calls
 * `production=True`), or a production role alone.
 */
export type V1Role = 'public' | 'secure' | 'pilot' | 'production';

/** `{"success", "message", "data"}`, always with status 200. */
export interface V1Answer {
  success: boolean;
  message: string;
  data: unknown;
}

/** A method below `/api/v1/<module>/`. Its arguments are checked against `parameters` before it runs. */
export interface V1Method {
  readonly module: string;
  readonly name: string;
  readonly verb: 'GET' | 'POST' | 'any';
  readonly role: V1Role;
  readonly parameters: Parameters;
  /** Arguments of any other name are taken too, unchecked; only for methods that show what they were given. */
  readonly anyArguments?: true;
  run(
    core: Core,
    caller: Caller,
    values: Readonly<Record<string, unknown>>,
  ): Promise<V1Answer | BareAnswer> | V1Answer | BareAnswer;
}

/** The few methods of v1 whose answer is not the envelope. */
export interface BareAnswer {
  bare: string;
}

export function succeeded(data: unknown = null, message = ''): V1Answer {
  return { success: true, message, data };
}

export function refused(message: string, data: unknown = null): V1Answer {
  return { success: false, message, data };
}

/** Legacy status codes (panda-server, dispatcher protocol). */
export const statusCodes = {
  success: 0,
  timeOut: 10,
  noJobs: 20,
  failed: 30,
  invalidToken: 50,
  invalidRole: 60,
  permissionDenied: 70,
  keyMissing: 80,
  proxyError: 90,
} as const;
