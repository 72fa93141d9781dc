import { AppError } from '../../core/errors.ts';
import type { Hold } from '../../core/files/index.ts';
import type { InputFile, Job, JobParameter } from '../jobs/job.ts';
import { uploadRoom } from '../jobs/limits.ts';
import { safeFileName } from '../jobs/parameters.ts';
import type { Service } from '../service.ts';

const timeoutMs = 600_000;

/**
 * Gets the addresses among a job's inputs and keeps their bytes by `kept`; the parameters with what was got. Throws `busy`
 * when trying again may help, `too-large` beyond the limits of the definition and of the owner's quota.
 */
export async function fetchInputs(
  service: Service,
  job: Job,
  kept: Hold,
  signal: AbortSignal,
  progress: (note: string) => void,
): Promise<JobParameter[]> {
  const { content } = await service.catalog.byId(job.definitionId);
  const maxBytes = content.maxUploadBytes ?? service.settings.maxUploadMb * 1_000_000;
  const room = await uploadRoom(service, job.ownerId);
  const fetched: JobParameter[] = [];
  for (const parameter of job.parameters) {
    if (parameter.files === undefined) {
      fetched.push(parameter);
      continue;
    }
    const files: InputFile[] = [];
    for (const file of parameter.files) {
      const { url } = file;
      if (file.hash !== null || url === null) {
        files.push(file);
        continue;
      }
      progress(`fetching ${parameter.name}`);
      files.push(await room.store(maxBytes, (most) => fetchFile(service, kept, file, url, most, signal)));
    }
    fetched.push({ ...parameter, files });
  }
  return fetched;
}

async function fetchFile(
  { core }: Service,
  kept: Hold,
  file: InputFile,
  url: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<InputFile> {
  const answer = await core.fetch.get(url, { maxBytes, timeoutMs, signal });
  if (answer.status !== 200) {
    answer.body.on('error', () => {}).destroy();
    const kind = answer.status >= 500 || answer.status === 429 ? 'busy' : 'invalid';
    throw new AppError(kind, 'uws.input-refused', `${new URL(url).host} answered ${answer.status}.`);
  }
  const blob = await kept.put(answer.body, { maxBytes, signal });
  const named = /filename="?([^";]+)"?/i.exec(String(answer.headers['content-disposition'] ?? ''))?.[1];
  return {
    ...file,
    fileName: named === undefined ? file.fileName : safeFileName(named),
    mediaType: answer.headers['content-type']?.split(';')[0]?.trim() ?? file.mediaType,
    hash: blob.sha256,
    sizeBytes: blob.sizeBytes,
  };
}
