/** Error codes that pilots report and that servers and people act on; the numbers are those of pilot3 3.11.5.1. */
export const problemCodes = {
  noLocalSpace: 1098,
  stageInFailed: 1099,
  inputMissing: 1103,
  workFolderTooLarge: 1104,
  stdoutTooLarge: 1106,
  setupFailed: 1110,
  noStorage: 1133,
  stageOutFailed: 1137,
  killedByServer: 1144,
  md5Mismatch: 1145,
  transformationMissing: 1149,
  looping: 1150,
  stageInTimeout: 1151,
  outputMissing: 1165,
  adlerMismatch: 1171,
  killed: 1200,
  terminated: 1201,
  outOfMemory: 1212,
  outOfTime: 1213,
  payloadFailed: 1305,
  serverLost: 1318,
  pilotBroken: 1319,
  logNotMade: 1320,
  storageFull: 1333,
} as const;

export type ProblemName = keyof typeof problemCodes;

/** Codes that another try may mend; pilot3 sends them negative. */
const passing: readonly number[] = [problemCodes.stageOutFailed];

/** Why a job did not succeed, as the pilot reports it. */
export class JobProblem extends Error {
  readonly code: number;

  constructor(name: ProblemName, diag: string) {
    super(diag.slice(0, 500));
    this.name = 'JobProblem';
    this.code = problemCodes[name];
  }

  /** As it goes to the server. */
  get wireCode(): number {
    return passing.includes(this.code) ? -this.code : this.code;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
