import type { PandaJob } from '@orrery/contracts';

/** A file of a job, as the server tells it. */
export interface FileSeen {
  lfn: string;
  type: string;
  status: string;
  sizeBytes: number | null;
  checksum: string | null;
}

/** A job, as the server tells it. */
export interface JobSeen {
  jobId: number;
  status: string;
  errors: Record<string, { code: number; diag: string } | undefined> | null;
  files: FileSeen[];
  /** Its states in order, from activated on. */
  history: string[];
}

/** The server under test and what all scenarios share. */
export interface Place {
  /** Plain HTTP, and the TLS front before it. */
  server: string;
  secure: string;
  /** Folder of the endpoint LOCAL_DATADISK. */
  storage: string;
  template: Record<string, unknown>;
  /** The server's own script that writes its words into a file named by the first one; also by the TLS front. */
  transformation: string;
  secureTransformation: string;
  /** The server's own script that runs any command. */
  generic: string;
  seen(jobId: number): Promise<JobSeen>;
  until(jobId: number, states: readonly string[], timeoutMs: number): Promise<void>;
  kill(jobId: number): Promise<void>;
}

/** Asks our own API and keeps what the scenarios look at. */
export async function readJob(
  api: (method: string, address: string) => Promise<unknown>,
  jobId: number,
): Promise<JobSeen> {
  const job = (await api('GET', `/api/panda/jobs/${jobId}`)) as PandaJob;
  return {
    jobId,
    status: job.status,
    errors: Object.fromEntries(job.errors.map(({ source, code, diag }) => [source, { code, diag }])),
    files: job.files,
    history: job.history.map(({ status }) => status),
  };
}
