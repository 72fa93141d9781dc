import { readFileSync } from 'node:fs';
import type { Answer } from './facts.ts';

/** One request and what OPUS answered, as recorded. `{BASE}` stands for the address of the server. */
export interface Exchange {
  step: string;
  method: string;
  path: string;
  /** Name of the caller; the recorded Basic credential is `name:token`. */
  who?: string;
  type?: string;
  body?: string;
  answer: Answer;
  note?: string;
}

/** The conversation in its order; test/fixtures/uws/README.md says what it is. */
export function recordedConversation(): Exchange[] {
  const file = new URL('../../../fixtures/uws/opus-transcript.jsonl', import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Exchange);
}

/** What stands for what: ids and addresses that OPUS made up in the record, and ours. */
export class Translation {
  readonly #ids = new Map<string, string>();
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  learn(theirs: string, ours: string): void {
    this.#ids.set(theirs, ours);
  }

  /** Recorded text in terms of our server. */
  apply(text: string): string {
    let translated = text
      .replaceAll('{BASE-urlencoded}', encodeURIComponent(this.#address))
      .replaceAll('{BASE}', this.#address);
    for (const [theirs, ours] of this.#ids) {
      translated = translated.replaceAll(new RegExp(`\\b${theirs}(?=\\b|_)`, 'g'), ours);
    }
    return translated;
  }
}
