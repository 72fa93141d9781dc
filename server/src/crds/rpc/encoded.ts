import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** A result, or a part of one, in the compressed form that clients undo by themselves (crds 13.2.7, `crds_decode`). */
export interface CrdsEncoded {
  crds_encoded: '1.0';
  crds_payload: string;
}

/** Packs a JSON text. */
export async function crdsEncoded(json: string): Promise<CrdsEncoded> {
  return { crds_encoded: '1.0', crds_payload: (await compress(json)).toString('base64') };
}

/** A result that is JSON already: large ones are written once and sent many times. */
export class WrittenResult {
  readonly json: Buffer;
  constructor(json: Buffer) {
    this.json = json;
  }
}
