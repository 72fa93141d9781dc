import type { S3mini } from 's3mini';
import { persistently } from './s3-client.ts';

export interface UnfinishedUpload {
  key: string;
  uploadId: string;
  initiatedAt: number;
}

/**
 * All unfinished uploads of the bucket. s3mini 1.0.2 declares another shape than servers send (it keeps the
 * XML's own names, and one upload is no list), so the answer is read field by field.
 */
export async function listUploads(s3: S3mini): Promise<UnfinishedUpload[]> {
  const uploads: UnfinishedUpload[] = [];
  for (let marker: Record<string, string> = {}; ; ) {
    const answer: unknown = await persistently(() => s3.listMultipartUploads('/', '', 'GET', marker));
    const page = field(answer, 'ListMultipartUploadsResult') ?? answer;
    const entries = field(page, 'Upload') ?? [];
    for (const entry of Array.isArray(entries) ? entries : [entries]) {
      uploads.push({
        key: text(entry, 'Key'),
        uploadId: text(entry, 'UploadId'),
        initiatedAt: Date.parse(text(entry, 'Initiated')),
      });
    }
    if (text(page, 'IsTruncated') !== 'true') return uploads;
    marker = {
      'key-marker': text(page, 'NextKeyMarker'),
      'upload-id-marker': text(page, 'NextUploadIdMarker'),
    };
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}
