import { createHash, randomBytes } from 'node:crypto';
import type { S3mini, UploadPart } from 's3mini';
import { AppError } from '../errors.ts';
import type { BlobWriter, Realm } from './blob-store.ts';
import { unfinishedName } from './process-mark.ts';
import { persistently, statusOf } from './s3-client.ts';

const octets = 'application/octet-stream';
/** The protocol's limit. */
const maxParts = 10_000;

/**
 * Uploads what it is given: below one part as one object, else part by part, one on its way while the next one
 * fills; so at most three parts are in memory. All parts but the last have one size, as some servers demand.
 */
export class S3Upload implements BlobWriter {
  readonly #s3: S3mini;
  readonly #partBytes: number;
  /** `<realm>/<2 digits>/<mark of this process>`: never used twice, and tells whose it is when unfinished. */
  readonly key: string;
  #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #uploadId: string | null = null;
  #parts: Array<Promise<UploadPart>> = [];

  constructor(s3: S3mini, realm: Realm, partBytes: number) {
    this.#s3 = s3;
    this.#partBytes = partBytes;
    this.key = `${realm}/${randomBytes(1).toString('hex')}/${unfinishedName()}`;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    while (this.#waitingBytes >= this.#partBytes) await this.#sendPart(this.#take(this.#partBytes));
  }

  async finish(): Promise<string> {
    const rest = this.#take(this.#waitingBytes);
    if (this.#uploadId === null) {
      await this.#putWhole(rest);
      return this.key;
    }
    if (rest.length > 0) await this.#sendPart(rest);
    const uploadId = this.#uploadId;
    const parts = await Promise.all(this.#parts);
    await persistently(async (attempt) => {
      try {
        await this.#s3.completeMultipartUpload(this.key, uploadId, parts);
      } catch (error) {
        // The answer to the first attempt may have been lost after it took effect.
        if (attempt === 1 || !(await this.#s3.objectExists(this.key))) throw error;
      }
    });
    return this.key;
  }

  async abort(): Promise<void> {
    this.#chunks = [];
    await Promise.allSettled(this.#parts);
    const uploadId = this.#uploadId;
    const forget =
      uploadId === null ? this.#s3.deleteObject(this.key) : this.#s3.abortMultipartUpload(this.key, uploadId);
    // What cannot be forgotten now, garbage collection finds later.
    await forget.catch(() => {});
  }

  async #sendPart(bytes: Buffer): Promise<void> {
    this.#uploadId ??= await persistently(() => this.#s3.getMultipartUploadId(this.key, octets));
    const uploadId = this.#uploadId;
    const number = this.#parts.length + 1;
    if (number > maxParts) throw tooManyParts(maxParts * this.#partBytes);
    await this.#parts.at(-1);
    const sent = persistently(() =>
      this.#s3.uploadPart(this.key, uploadId, bytes, number, {}, undefined, digestHeader(bytes)),
    );
    sent.catch(() => {});
    this.#parts.push(sent);
  }

  async #putWhole(bytes: Buffer): Promise<void> {
    // Refused when the key is taken: nothing is ever overwritten.
    const headers: Record<string, string> = { ...digestHeader(bytes), 'if-none-match': '*' };
    await persistently(async (attempt) => {
      try {
        await this.#s3.putObject(this.key, bytes, octets, undefined, headers, bytes.length);
      } catch (error) {
        if (attempt === 1 || statusOf(error) !== 412) throw error;
      }
    });
  }

  #take(length: number): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#waitingBytes = all.length - length;
    this.#chunks = this.#waitingBytes === 0 ? [] : [all.subarray(length)];
    return all.subarray(0, length);
  }
}

/** Lets the server refuse bytes that were changed on the way. */
function digestHeader(bytes: Buffer): Record<string, string> {
  return { 'content-md5': createHash('md5').update(bytes).digest('base64') };
}

function tooManyParts(maxBytes: number): AppError {
  return new AppError('too-large', 'files.size-exceeded', `The file is larger than ${maxBytes} bytes.`, {
    next: 'Send a smaller file; the S3 store takes no larger ones.',
    details: { maxBytes },
  });
}
