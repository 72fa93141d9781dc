/** A row of `panda.resource_type`: what a slot of this kind offers. Null = no bound. */
export interface ResourceType {
  name: string;
  minCores: number | null;
  maxCores: number | null;
  /** MB per core. */
  minMemoryMb: number | null;
  maxMemoryMb: number | null;
  ordinal: number;
}

/** Jobs that take any number of cores are counted as if they took this many (panda-server 1.0.3). */
const anyCores = 8;

/** The first type that a job fits into, by cores and memory per core; null when it fits nowhere. */
export function fitResourceType(
  types: readonly ResourceType[],
  cores: number,
  memoryMb: number,
): string | null {
  const taken = cores <= 0 ? anyCores : cores;
  const perCore = Math.round(memoryMb / taken);
  const fits = types.find(
    ({ minCores, maxCores, minMemoryMb, maxMemoryMb }) =>
      taken >= (minCores ?? 0) &&
      taken <= (maxCores ?? taken) &&
      perCore >= (minMemoryMb ?? 0) &&
      perCore <= (maxMemoryMb ?? perCore),
  );
  return fits?.name ?? null;
}
