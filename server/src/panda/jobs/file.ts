/** What a file is to its job. `pseudo_input` counts as input but is not fetched. */
export const fileTypes = ['input', 'pseudo_input', 'output', 'log'] as const;
export type FileType = (typeof fileTypes)[number];

/**
 * Attributes of a file that only travel, by their names in a FileSpec of panda-server. In the dictionary of a job they
 * stand in lists: `prodDBlocks`, `prodDBlockToken`, `dispatchDblock`, `dispatchDBlockToken` of the inputs;
 * `destinationDblock`, `destinationDBlockToken`, `dispatchDBlockTokenForOut`, `fileDestinationSE` of outputs and log.
 */
export interface FileAttributes {
  prodDBlock?: string;
  prodDBlockToken?: string;
  dispatchDBlock?: string;
  dispatchDBlockToken?: string;
  destinationDBlock?: string;
  destinationDBlockToken?: string;
  destinationSE?: string;
  [name: string]: unknown;
}

/** A file of a job: a row of `panda.file`. */
export interface JobFile {
  jobId: number;
  fileId: number;
  /** Place in the lists of the job, inputs and outputs in one row of numbers. */
  ordinal: number;
  type: FileType;
  lfn: string;
  scope: string | null;
  /** The collection that the file belongs to (`realDatasets`, `realDatasetsIn`). */
  dataset: string | null;
  guid: string | null;
  status: string;
  sizeBytes: number | null;
  /** `ad:<adler32>` or `md5:<md5>`. */
  checksum: string | null;
  /** Storage endpoint (`ddmEndPointIn`, `ddmEndPointOut`). */
  endpoint: string | null;
  surl: string | null;
  nEvents: number | null;
  /** May be missing from the pilot's report. */
  optional: boolean;
  attributes: FileAttributes;
  taskId: number | null;
  taskDatasetId: number | null;
  taskFileId: number | null;
  attempt: number;
}
