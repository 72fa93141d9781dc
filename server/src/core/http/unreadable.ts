import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { shortId } from '../ids.ts';

const answers: Readonly<Record<string, readonly [status: string, code: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'http.headers-too-large',
    'The address and the headers of this request are longer than 16 KiB.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    'http.request-slow',
    'The request did not arrive in time.',
  ],
};

/** Answers what is no HTTP request that can be read, before there is one; the connection ends. */
export function answerUnreadable(errorCode: string | undefined, socket: Socket): void {
  if (!socket.writable || errorCode === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, code, message] = answers[errorCode ?? ''] ?? [
    '400 Bad Request',
    'http.request-unreadable',
    'This is no HTTP request that can be read.',
  ];
  const requestId = shortId();
  const body = JSON.stringify({ code, message, next: 'Correct the request.', requestId });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Answers `Expect` with anything but `100-continue`, which Node refuses before there is a request (RFC 9110 §10.1.1). */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const requestId = shortId();
  const body = JSON.stringify({
    code: 'http.expectation-unknown',
    message: 'This server cannot do what the header Expect asks for.',
    next: 'Leave Expect out.',
    requestId,
  });
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId };
  response.writeHead(417, headers).end(body);
}
