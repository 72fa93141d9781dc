import type { Definition } from '../definitions/definition.ts';
import type { Job } from '../jobs/job.ts';
import type { Service } from '../service.ts';

/** The largest body with files, bytes: an upload and the form around it. */
export function uploadLimit({ settings }: Service): number {
  return settings.maxUploadMb * 1_000_000 + 16_777_216;
}

/** The largest file a definition takes, bytes. */
export function definitionUploadBytes({ settings }: Service, definition: Definition): number {
  return definition.maxUploadBytes ?? settings.maxUploadMb * 1_000_000;
}

/** The largest file the job's definition takes, bytes. */
export async function uploadBytes(service: Service, job: Job): Promise<number> {
  const { content } = await service.catalog.byId(job.definitionId);
  return definitionUploadBytes(service, content);
}
