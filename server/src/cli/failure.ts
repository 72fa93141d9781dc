/** Exit codes of the commands that speak to a server. They are stable: scripts branch on them. */
export const exitCodes = {
  /** The job ended in another phase than COMPLETED; also what no other code names. */
  failed: 1,
  /** The command line is wrong, or a file it names cannot be read or written. */
  usage: 2,
  /** No server there, or none that answers in time. */
  unreachable: 3,
  /** No token, one that is not accepted, or one that may not do this. */
  denied: 4,
  /** There is no such job, definition or result. */
  missing: 5,
  /** The server refused the values, or the job is in a phase that does not allow it. */
  refused: 6,
  /** The server cannot now: too busy, or a fault of its own. */
  server: 7,
  /** What was downloaded is not what the server announced, or would have gone where it may not. */
  download: 8,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitReason = keyof typeof exitCodes;

/** An expected failure of a command: a sentence, what to do next, and the exit code. */
export class CommandFailure extends Error {
  readonly reason: ExitReason;
  readonly next: string | undefined;

  constructor(reason: ExitReason, message: string, next?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CommandFailure';
    this.reason = reason;
    this.next = next;
  }

  get exitCode(): number {
    return exitCodes[this.reason];
  }
}
