/** A file of a job that can be looked at: a result, or an input that was uploaded or fetched. */
export interface ShownFile {
  name: string;
  fileName: string;
  mediaType: string;
  sizeBytes: number;
  /** Path of the bytes on this server; answers ranges. */
  href: string;
  downloadHref: string;
  sha256?: string;
}
