import type { FastifyReply } from 'fastify';

const shownInline = /^(image\/(png|jpeg|gif)|text\/plain|application\/pdf)\b/;

/** One media type (RFC 9110 §8.3.1) of signs a header may have; what else a caller claimed says nothing. */
const isMediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;[\t\x20-\x7e]*)?$/;

/**
 * Headers for bytes that a user made: never run as a page of ours. Only pictures, plain text and PDF (its reader
 * stands in the sandbox of this policy) are shown in the browser; everything else is saved.
 */
export function userBytesHeaders(reply: FastifyReply, mediaType: string, fileName: string): FastifyReply {
  const claimed = isMediaType.test(mediaType) ? mediaType : 'application/octet-stream';
  const type =
    claimed.startsWith('text/') && !claimed.includes('charset') ? `${claimed}; charset=utf-8` : claimed;
  const disposition = shownInline.test(claimed) ? 'inline' : 'attachment';
  const plain = fileName.replace(/[^A-Za-z0-9._-]/g, '_');
  return reply
    .type(type)
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('x-content-type-options', 'nosniff')
    .header(
      'content-disposition',
      `${disposition}; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
    );
}

export interface ByteRange {
  start: number;
  /** Last byte, inclusive. */
  end: number;
}

/**
 * Reads a `Range` header with one range (RFC 9110 §14). Several ranges and other units are answered whole, as
 * the RFC allows; `unsatisfiable` is answered with 416.
 */
export function readRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole';
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1);
  if (start >= sizeBytes) return 'unsatisfiable';
  return start > end ? 'whole' : { start, end };
}
