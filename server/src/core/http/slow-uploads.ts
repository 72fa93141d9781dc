import type { IncomingMessage } from 'node:http';

/**
 * Ends uploads that trickle: a body that brought less than `minBytesPerSecond` over a minute holds a connection
 * for nothing. One timer for all of them.
 */
export class SlowUploads {
  readonly #minBytes: number;
  readonly #open = new Map<IncomingMessage, { bytes: number; at: number }>();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #windowMs: number;

  constructor(minBytesPerSecond: number, windowMs = 60_000) {
    this.#windowMs = windowMs;
    this.#minBytes = (minBytesPerSecond * windowMs) / 1000;
    if (minBytesPerSecond > 0) {
      this.#timer = setInterval(() => this.#look(), Math.min(5000, windowMs / 4));
      this.#timer.unref();
    }
  }

  watch(request: IncomingMessage): void {
    if (this.#timer === undefined || request.complete) return;
    this.#open.set(request, { bytes: request.socket.bytesRead, at: Date.now() });
    request.once('close', () => this.#open.delete(request));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = Date.now();
    for (const [request, mark] of this.#open) {
      if (request.complete) {
        this.#open.delete(request);
        continue;
      }
      if (now - mark.at < this.#windowMs) continue;
      if (request.socket.bytesRead - mark.bytes < this.#minBytes) {
        this.#open.delete(request);
        request.socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        request.destroy();
      } else {
        this.#open.set(request, { bytes: request.socket.bytesRead, at: now });
      }
    }
  }
}
