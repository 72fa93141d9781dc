/** Remembers answers for a short time and asks once for callers that come together. */
export interface Recent<T> {
  get(key: string, ask: () => Promise<T>): Promise<T>;
  clear(): void;
}

/**
 * `forMs` is the longest time an answer is used after the question was sent; failures are not remembered.
 * Beyond `atMost` keys the oldest is forgotten.
 */
export function createRecent<T>(limits: { forMs: number; atMost: number; now?: () => number }): Recent<T> {
  const now = limits.now ?? (() => performance.now());
  const kept = new Map<string, { askedAt: number; answer: Promise<T> }>();
  return {
    get(key, ask) {
      const known = kept.get(key);
      if (known !== undefined && now() - known.askedAt < limits.forMs) return known.answer;
      const entry = { askedAt: now(), answer: ask() };
      kept.delete(key);
      kept.set(key, entry);
      if (kept.size > limits.atMost) kept.delete(kept.keys().next().value as string);
      entry.answer.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return entry.answer;
    },
    clear: () => kept.clear(),
  };
}
