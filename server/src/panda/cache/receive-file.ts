import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { ArgumentError } from '../front/arguments.ts';
import { brokenUpload } from './errors.ts';

export interface SentFile {
  /** As the client called it, with any folders. */
  filename: string;
  stream: Readable;
  /** Rejects when the body ends before the form does: the stream then stands still and does not say so. */
  rest: Promise<unknown>;
}

/**
 * The part `file` of a multipart body, at the moment its head has been read and its bytes have not. Throws ArgumentError
 * when it is missing or another part stands before it, `panda.upload-broken` when this is no form.
 */
export async function receiveFile(request: FastifyRequest, maxBytes: number): Promise<SentFile> {
  if (!request.isMultipart()) throw missing();
  const parts = request.parts({
    limits: { files: 1, fields: 10, parts: 12, fieldSize: 1024, fileSize: maxBytes + 1 },
    preservePath: true,
  });
  try {
    const first = await parts.next();
    if (first.done === true) throw missing();
    const part = first.value;
    if (part.fieldname !== 'file') {
      throw new ArgumentError(
        `Argument error: got an unexpected keyword argument '${String(part.fieldname).slice(0, 100)}'`,
      );
    }
    if (part.type !== 'file') throw missing();
    const rest = parts.next().catch((error: unknown) => {
      throw brokenUpload(error);
    });
    rest.catch(() => {}); // whoever reads the file asks for it
    return { filename: part.filename, stream: part.file, rest };
  } catch (error) {
    throw brokenUpload(error);
  }
}

function missing(): ArgumentError {
  return new ArgumentError("Argument error: missing a required argument: 'file'");
}
