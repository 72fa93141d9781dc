import type { Ledger } from '../ledger.ts';

/** What a part of the kill test gets. */
export interface Scene {
  /** Its own, removed afterwards. */
  folder: string;
  ledger: Ledger;
  kills: number;
  signal: AbortSignal;
}

/** Makes trouble, then judges by the ledger; leaves no process behind. */
export type Part = (scene: Scene) => Promise<void>;
