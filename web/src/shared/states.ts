/** The eight faces a state can have, and `unknown`. Colour and glyph follow the face, the word stays the wire's. */
export const faces = [
  'idle',
  'waiting',
  'active',
  'finishing',
  'good',
  'partial',
  'bad',
  'stopped',
  'unknown',
] as const;
export type Face = (typeof faces)[number];

/** What a face means to a person; the tooltip of every state. */
export const faceMeaning: Record<Face, string> = {
  idle: 'rests until a person acts',
  waiting: 'in line, goes on by itself',
  active: 'being worked on',
  finishing: 'work done, results being checked or stored',
  good: 'final, as wished',
  partial: 'usable, look at it',
  bad: 'not as wished',
  stopped: 'ended on purpose, or does not apply',
  unknown: 'we cannot know',
};

/** Order in a bar of progress: what is over, then what moves, then what is not yet. */
export const phaseOrder: readonly Face[] = [
  'good',
  'partial',
  'bad',
  'stopped',
  'finishing',
  'active',
  'waiting',
  'idle',
  'unknown',
];

type Words = Partial<Record<Face, string>>;

/** Words of each family of objects, as they stand on the wire. One word has one face within its family. */
const families = {
  pandaJob: {
    waiting: 'pending waiting defined assigned activated throttled',
    active: 'sent starting stagein running',
    finishing: 'stageout holding transferring merging',
    good: 'finished',
    bad: 'failed',
    stopped: 'cancelled closed',
  },
  pandaTask: {
    idle: 'paused exhausted',
    waiting: 'registered topreprocess defined assigning ready pending throttled',
    active: 'preprocessing scouting scouted running rerefine toretry toincexec toreassign reassigning',
    finishing: 'prepared passed finishing toabort tobroken',
    good: 'done',
    partial: 'finished',
    bad: 'failed broken',
    stopped: 'aborted',
  },
  pandaFile: {
    idle: 'missing',
    waiting: 'pending defined ready staging toupdate',
    active: 'picked running',
    finishing: 'merging prepared transferring',
    good: 'finished done',
    partial: 'partial',
    bad: 'failed broken lost',
    stopped: 'skipped cancelled nooutput removed',
  },
  worker: {
    idle: 'paused brokeroff test idle',
    waiting: 'submitted ready',
    active: 'online running',
    finishing: 'draining',
    good: 'finished',
    partial: 'missed',
    bad: 'offline failed',
    stopped: 'cancelled',
  },
  harvesterOrder: { waiting: 'new', active: 'retrieved', good: 'acknowledged' },
  retryRule: { idle: 'off', active: 'on', stopped: 'expired removed' },
  uwsJob: {
    idle: 'PENDING HELD',
    waiting: 'QUEUED SUSPENDED',
    active: 'EXECUTING',
    good: 'COMPLETED',
    bad: 'ERROR',
    stopped: 'ABORTED ARCHIVED',
    unknown: 'UNKNOWN',
  },
  definition: { idle: 'draft proposed', active: 'active', good: 'published', stopped: 'retired' },
  scanRun: {
    waiting: 'queued',
    active: 'running leased',
    good: 'completed done',
    bad: 'failed dead',
    stopped: 'cancelled',
  },
  verdict: {
    idle: 'none metadata',
    waiting: 'pending',
    good: 'clean known_good undetected harmless',
    partial: 'suspicious timeout failure',
    bad: 'malicious',
    stopped: 'type-unsupported',
    unknown: 'unknown',
  },
  scanWorker: { idle: 'draining', active: 'online', bad: 'lost', stopped: 'offline' },
  crdsSubmission: {
    idle: 'ready',
    waiting: 'queued',
    active: 'certifying generating-rules computing-effect',
    finishing: 'confirming',
    good: 'confirmed',
    partial: 'ready-with-warnings',
    bad: 'failed',
    stopped: 'cancelled',
  },
  crdsFile: {
    idle: 'uploaded',
    waiting: 'submitted',
    active: 'delivered',
    finishing: 'archiving',
    good: 'archived operational latest',
    bad: 'bad archiving-failed rejected blacklisted',
    stopped: 'replaced',
  },
  crdsRun: {
    waiting: 'waiting',
    active: 'running',
    finishing: 'cancelling',
    good: 'done',
    bad: 'failed',
    stopped: 'cancelled',
  },
  crdsVerdict: { good: 'match', idle: 'any', bad: 'fails' },
  crdsProof: { good: 'sound', bad: 'broken', unknown: 'unread' },
  grant: {
    idle: 'proposed',
    active: 'held',
    good: 'approved active good',
    partial: 'expiring',
    bad: 'expired',
    stopped: 'declined released revoked disabled',
  },
  health: { good: 'good', partial: 'partial', bad: 'bad' },
  process: { active: 'online', finishing: 'draining', bad: 'lost', stopped: 'stopped' },
  queueTask: {
    waiting: 'queued waiting retrying',
    active: 'running',
    good: 'done succeeded',
    bad: 'failed dead',
    stopped: 'cancelled',
  },
  scheduleRun: {
    idle: 'paused',
    waiting: 'due scheduled',
    active: 'running',
    good: 'ok done succeeded completed',
    partial: 'skipped late',
    bad: 'failed error lost timeout',
    stopped: 'cancelled',
  },
} as const satisfies Record<string, Words>;

export type Family = keyof typeof families;
export const familyNames = Object.keys(families) as Family[];

const byFamily = new Map<Family, Map<string, Face>>(
  familyNames.map((family) => {
    const words = new Map<string, Face>();
    for (const [face, text] of Object.entries(families[family])) {
      for (const word of text.split(' ')) words.set(word, face as Face);
    }
    return [family, words];
  }),
);

/** The face of `word` within its family; a word nobody mapped shows as `unknown` and never as done. */
export function faceOf(family: Family, word: string): Face {
  return byFamily.get(family)?.get(word) ?? 'unknown';
}

/** True when the family knows the word. */
export function isMapped(family: Family, word: string): boolean {
  return byFamily.get(family)?.has(word) ?? false;
}

/** All words of a family with their faces, in the order of the faces. */
export function wordsOf(family: Family): Array<{ word: string; face: Face }> {
  return [...(byFamily.get(family) ?? [])].map(([word, face]) => ({ word, face }));
}

/** Final: nothing happens to the object any more unless a person starts something new. */
export function isFinal(face: Face): boolean {
  return face === 'good' || face === 'bad' || face === 'stopped' || face === 'partial';
}
