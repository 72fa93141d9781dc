import { uwsParameterTypes } from '@orrery/contracts/uws';
import Type, { type Static } from 'typebox';

const Name = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]*$', maxLength: 64 });
const Text = Type.String({ maxLength: 20_000 });

export const Parameter = Type.Object(
  {
    name: Name,
    type: Type.Enum(uwsParameterTypes),
    required: Type.Optional(Type.Boolean()),
    default: Type.Optional(Type.String({ maxLength: 100_000 })),
    description: Type.Optional(Text),
    unit: Type.Optional(Type.String({ maxLength: 100 })),
    ucd: Type.Optional(Type.String({ maxLength: 200 })),
    utype: Type.Optional(Type.String({ maxLength: 200 })),
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
    options: Type.Optional(Type.Array(Type.String({ maxLength: 1000 }), { minItems: 1, maxItems: 1000 })),
    maxLength: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000 })),
    multiple: Type.Optional(Type.Boolean()),
    mediaTypes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 50 })),
    /** What the value is put into, at `$ID`, to get the address of a file: an identifier becomes a download. */
    template: Type.Optional(Type.String({ pattern: '^https?://.*\\$ID', maxLength: 2000 })),
    role: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type Parameter = Static<typeof Parameter>;

export const ResultPattern = Type.Object(
  {
    name: Name,
    /** File name or glob below the job's folder; `{name}` of a parameter when `fromParameter` is set. */
    file: Type.String({ minLength: 1, maxLength: 255 }),
    mediaType: Type.Optional(Type.String({ pattern: '^[\\w.+-]+/[\\w.+-]+$', maxLength: 100 })),
    description: Type.Optional(Text),
    required: Type.Optional(Type.Boolean()),
    multiple: Type.Optional(Type.Boolean()),
    role: Type.Optional(Type.String({ maxLength: 200 })),
    /** The value of the parameter of the same name is the file name. */
    fromParameter: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type ResultPattern = Static<typeof ResultPattern>;

/** Seven days: a limit above it is a mistake more often than a wish. */
const maxSeconds = 604_800;

/** A job definition: what may be asked, what is run, what comes out. The form that is stored, and our YAML. */
export const Definition = Type.Object(
  {
    name: Name,
    title: Type.Optional(Type.String({ maxLength: 200 })),
    description: Type.Optional(Text),
    documentation: Type.Optional(Type.String({ maxLength: 2000 })),
    version: Type.Optional(Type.String({ maxLength: 100 })),
    type: Type.Optional(Type.String({ maxLength: 200 })),
    subtype: Type.Optional(Type.String({ maxLength: 200 })),
    contactName: Type.Optional(Type.String({ maxLength: 200 })),
    contactEmail: Type.Optional(Type.String({ maxLength: 200 })),
    parameters: Type.Optional(Type.Array(Parameter, { maxItems: 500 })),
    results: Type.Optional(Type.Array(ResultPattern, { maxItems: 500 })),
    /** Seconds. */
    executionDuration: Type.Optional(Type.Integer({ minimum: 1, maximum: maxSeconds })),
    maxExecutionDuration: Type.Optional(Type.Integer({ minimum: 1, maximum: maxSeconds })),
    /** Seconds the author expects a job to take. */
    expectedSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: maxSeconds })),
    keepDays: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 36_500 })),
    maxUploadBytes: Type.Optional(Type.Integer({ minimum: 1 })),
    memoryMb: Type.Optional(Type.Integer({ minimum: 16, maximum: 1_048_576 })),
    /** Bash, run in an empty folder with every parameter and result as a variable. */
    script: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000_000 })),
    /** A program of this server, instead of a script. */
    program: Type.Optional(Type.String({ pattern: '^[a-z][a-z-]*$' })),
  },
  { additionalProperties: false },
);
export type Definition = Static<typeof Definition>;

export const builtinPrograms = ['fits-summary'] as const;

/** Words that mean something else under `/rest/`, `/rest/{name}/` and `/jdl/` (design.md §4). */
export const reservedNames = [
  'async',
  'sync',
  'capabilities',
  'availability',
  'tables',
  'examples',
  'tmp',
  'import_jdl',
] as const;

/**
 * Names a shell, a loader or a common program acts upon: a parameter with such a name could become code. Bash tells
 * upper from lower case, and so does this: `path`, `home` or `lang` are good names.
 */
const dangerousNames =
  /^(PATH|HOME|SHELL|SHELLOPTS|BASHOPTS|ENV|BASH.*|LD_.*|DYLD_.*|IFS|CDPATH|GLOBIGNORE|PS[0-4]|PROMPT_COMMAND|TMPDIR|NODE_.*|PYTHON.*|PERL.*|RUBY.*|JAVA_.*|_JAVA_.*|GCONV_PATH|LOCPATH|LANG|LC_.*|UID|EUID|PPID|PWD|OLDPWD|USER|LOGNAME|RANDOM|SECONDS|LINENO|FUNCNAME|DIRSTACK|GROUPS|PIPESTATUS|OPT(ARG|IND|ERR)|REPLY|_|__orrery_.*|ORRERY_.*|BASHPID|SHLVL|EPOCH(SECONDS|REALTIME)|SRANDOM|COPROC|COMP_.*|EXECIGNORE|FIGNORE|HOSTFILE|HISTFILE|INPUTRC|MAIL(PATH|CHECK)?|TIMEFORMAT|POSIXLY_CORRECT|TERMINFO|NLSPATH|GLIBC_.*|MALLOC_.*|HOSTALIASES|RES_OPTIONS|GIT_.*|SSH_.*|TAR_OPTIONS|LESS(OPEN|CLOSE)|EDITOR|VISUAL|PAGER|(https?|ftp|all|no)_proxy|(HTTPS?|FTP|ALL|NO)_PROXY)$/;

export function isDangerousName(name: string): boolean {
  return dangerousNames.test(name.replaceAll('-', '_'));
}

/** Fields of a creation that mean something to UWS and so can be no parameter of a definition. */
const controlNames = new Set(['phase', 'runid', 'executionduration', 'destruction', 'action', 'wait']);
/** The same words as OPUS's form may prefix them. */
const opusControl = /^uws_(runid|executionduration|destruction|quote)$/;

export function isControlName(name: string): boolean {
  const word = name.toLowerCase();
  return controlNames.has(word) || opusControl.test(word);
}
