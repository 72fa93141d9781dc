export const MB = 1024 * 1024;

/** Logs of the task engine, and of jobs. */
export const logLimit = 100 * MB;
/** Checkpoints of a hyperparameter search. */
export const checkpointLimit = 500 * MB;
const sandboxLimit = 768 * MB;
const plainLimit = 10 * MB;

/** The largest body a route takes: the largest sandbox. */
export const largestUpload = sandboxLimit;

const hints = {
  plain: ' Please submit the job without --noBuild/--libDS since those options impose a tighter size limit',
  sources: ' Please remove redundant files from your work area',
};

export interface UploadLimit {
  bytes: number;
  /** The refusal of a body of so many bytes, as clients of PanDA show it (panda-server 1.0.3). */
  refusal(sentBytes: number): string;
}

/** How large a file of this name may be. The legacy method knows no logs. */
export function uploadLimit(name: string, form: 'legacy' | 'v1'): UploadLimit {
  const isLog = form === 'v1' && name.endsWith('.out');
  const isPlain = !isLog && !name.startsWith('sources.');
  const bytes = isLog ? logLimit : isPlain ? plainLimit : sandboxLimit;
  const hint = isPlain ? hints.plain : hints.sources;
  return {
    bytes,
    refusal(sent) {
      const sizes =
        form === 'v1' ? `${Math.floor(sent / MB)} MB > ${Math.floor(bytes / MB)} MB.` : `${sent}>${bytes}.`;
      return `${uploadTexts.tooLarge} ${sizes}${hint}`;
    },
  };
}

/** Texts that clients compare or show (panda-server 1.0.3). */
export const uploadTexts = {
  notSecure: 'ERROR : no HTTPS',
  overwrite: 'ERROR: cannot overwrite file',
  write: 'ERROR: cannot write file',
  tooLarge: 'ERROR: upload failure. Exceeded size limit',
} as const;
