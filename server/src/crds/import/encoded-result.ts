import { gunzipSync } from 'node:zlib';
import type { PythonValue } from '../../core/read-python-literal.ts';

/** A list of a million files; more would keep everybody waiting while it is read. */
const maxBytes = 128 * 1024 * 1024;

/** A result as it was sent, perhaps packed (crds 13.2.7: `crds_encoded`); undefined when it cannot be unpacked. */
export function decodeResult(value: PythonValue): PythonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('crds_encoded' in value))
    return value;
  const { crds_payload: payload } = value;
  if (typeof payload !== 'string') return undefined;
  try {
    const bytes = gunzipSync(Buffer.from(payload, 'base64'), { maxOutputLength: maxBytes });
    return JSON.parse(bytes.toString('utf8')) as PythonValue;
  } catch {
    return undefined;
  }
}
