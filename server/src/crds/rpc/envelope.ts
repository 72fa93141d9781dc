import type { AppError } from '../../core/errors.ts';
import { isTooDeep, mostLevels } from './depth.ts';
import { crdsEncoded, WrittenResult } from './encoded.ts';
import { quoted, rpcRefused } from './refused.ts';

/** One call as it came (JSON-RPC 1.0). */
export interface RpcRequest {
  /** Said back as it was; null when it was nothing that can be. */
  id: RpcId;
  method: string;
  /** By position, or by name. */
  params: readonly unknown[] | ReadonlyMap<string, unknown>;
}

export type RpcId = string | number | boolean | null;

/** Ids of clients are `<program>-<version>-<uuid>-<counter>`. */
const longestId = 1000;

/** Reads a body, whatever its content type was. Throws `crds.rpc-refused`. */
export function readRequest(body: string): RpcRequest {
  const { method, params, id } = objectOf(body);
  if (typeof method !== 'string' || method === '') throw rpcRefused('The request names no method.');
  const isNothing = params === null || params === undefined;
  if (!isNothing && typeof params !== 'object') throw rpcRefused('params must be an array or an object.');
  return {
    id: idOf(id),
    method,
    params: isNothing ? [] : Array.isArray(params) ? params : new Map(Object.entries(params)),
  };
}

/** The id of a body that may be no request at all, for its refusal. */
export function idIn(body: string): RpcId {
  try {
    return idOf(objectOf(body).id);
  } catch {
    return null;
  }
}

function objectOf(body: string): Record<string, unknown> {
  if (isTooDeep(body)) throw rpcRefused(`Arrays and objects may be nested ${mostLevels} deep.`);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw rpcRefused('The body is not JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw rpcRefused('The body is not one JSON object with method, params and id.');
}

function idOf(id: unknown): RpcId {
  if (typeof id === 'string') return id.length <= longestId ? id : null;
  return typeof id === 'number' || typeof id === 'boolean' ? id : null;
}

/** Longer results are sent compressed. */
const plainCharacters = 128 * 1024;

/** The answer of a call that succeeded. */
export async function renderResult(id: RpcId, result: unknown): Promise<string | Buffer> {
  const head = `{"error":null,"jsonrpc":"1.0","id":${JSON.stringify(id)},"result":`;
  if (result instanceof WrittenResult) {
    return Buffer.concat([Buffer.from(head), result.json, Buffer.from('}')]);
  }
  const json = JSON.stringify(result ?? null);
  const sent = json.length <= plainCharacters ? json : JSON.stringify(await crdsEncoded(json));
  return `${head}${sent}}`;
}

/** The answer of one that failed. Clients undo the escapes (crds 13.2.7: `html.unescape`). */
export function renderFailure(id: RpcId, error: AppError): string {
  const message = `OtherError: ${escaped(sentenceOf(error))}`;
  return JSON.stringify({
    error: { name: 'OtherError', code: 500, message, data: null },
    jsonrpc: '1.0',
    id,
    result: null,
  });
}

function sentenceOf({ message, next }: AppError): string {
  return next === undefined ? message : `${message} ${next}`;
}

/** As Python's `html.escape` writes it. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};

export function methodUnknown(method: string): AppError {
  return rpcRefused(`There is no method ${quoted(method)}.`);
}
