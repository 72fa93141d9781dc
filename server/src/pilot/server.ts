import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Access } from './access.ts';
import { messageOf } from './problems.ts';
import { type Answer, ask } from './request.ts';
import { type AnswerFields, readAnswer } from './wire.ts';

export interface ServerOptions {
  /** Addresses of one server or of several processes of it; the next is tried when one does not answer. */
  addresses: readonly string[];
  access: Access;
  userAgent: string;
  ca?: Buffer | undefined;
}

/** The server answered, and what it said is a refusal that repeating does not mend. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

/** The server as pilots speak to it: `/server/panda/<method>` and plain files. */
export class PandaServer {
  readonly #options: ServerOptions;
  #at = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** The address that answered last. */
  get address(): string {
    const { addresses } = this.#options;
    return addresses[this.#at % addresses.length] as string;
  }

  get addresses(): readonly string[] {
    return this.#options.addresses;
  }

  /** Headers that say who asks, for addresses of this server only. */
  headersFor(url: string): Record<string, string> {
    const isOurs = this.addresses.some((address) => url.startsWith(`${address}/`));
    return { 'user-agent': this.#options.userAgent, ...(isOurs ? this.#options.access.headers : {}) };
  }

  get ca(): Buffer | undefined {
    return this.#options.ca;
  }

  /** One call of a legacy method, gzip JSON as pilot3 sends it. Throws `Refusal` for an answer 4xx. */
  async call(
    method: string,
    fields: AnswerFields,
    signal?: AbortSignal,
    silenceMs?: number,
  ): Promise<AnswerFields> {
    const body = gzipSync(Buffer.from(JSON.stringify(fields)));
    const answer = await this.#ask(`/server/panda/${method}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      signal,
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
    return readAnswer(answer);
  }

  /** A file of the server. Throws `Refusal` for an answer 4xx. */
  async get(path: string): Promise<Buffer> {
    return this.#ask(path, { method: 'GET', headers: {} });
  }

  async #ask(
    path: string,
    question: {
      method: 'GET' | 'POST';
      body?: Buffer;
      headers: Record<string, string>;
      signal?: AbortSignal | undefined;
      silenceMs?: number;
    },
  ): Promise<Buffer> {
    const { access, userAgent, ca } = this.#options;
    const { address } = this;
    let answer: Answer;
    try {
      answer = await ask(`${address}${path}`, {
        ...question,
        ca,
        headers: { 'user-agent': userAgent, ...access.headers, ...question.headers },
      });
    } catch (error) {
      this.#at++;
      throw error;
    }
    const { status, body } = answer;
    if (status === 200) return body;
    const text = `${address}${path} answered ${status}: ${body.toString('utf8').slice(0, 300)}`;
    if (status >= 400 && status < 500) throw new Refusal(status, text);
    this.#at++;
    throw new Error(text);
  }
}

/** How long to wait before try `n` (from 1), milliseconds: doubling, half of it by chance. */
export function backOffMs(n: number, longestMs: number): number {
  const full = Math.min(longestMs, 250 * 2 ** Math.min(n, 16));
  return full / 2 + Math.random() * (full / 2);
}

/**
 * Repeats `work` until it succeeds, `signal` aborts (then its reason is thrown), or the time is up or `isFinal` says so
 * of an error (then that error is). Other refusals are repeated as well: a token may be renewed meanwhile.
 */
export async function persist<T>(
  work: () => Promise<T>,
  options: {
    forMs: number;
    longestMs: number;
    signal?: AbortSignal;
    tell: (why: string) => void;
    isFinal?: (error: unknown) => boolean;
  },
): Promise<T> {
  const until = performance.now() + options.forMs;
  for (let n = 1; ; n++) {
    try {
      return await work();
    } catch (error) {
      const pauseMs = backOffMs(n, options.longestMs);
      const isOver = options.signal?.aborted || performance.now() + pauseMs > until;
      if (isOver || options.isFinal?.(error) === true) throw error;
      options.tell(messageOf(error));
      await sleep(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }
}
