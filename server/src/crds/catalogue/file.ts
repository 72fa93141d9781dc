/** A mapping holds rules (pmap, imap, rmap); a reference is what rules recommend. */
export type FileKind = 'mapping' | 'reference';

/**
 * Where a file is on its way (crds 13.2.7): `uploaded` belongs to a submission that nobody has confirmed and is shown
 * to nobody, `submitted` was confirmed and waits for its delivery; `operational` is in use by the latest context.
 */
export const fileStates = [
  'uploaded',
  'submitted',
  'delivered',
  'archiving',
  'archiving-failed',
  'archived',
  'operational',
] as const;
export type FileState = (typeof fileStates)[number];

/**
 * Where the bytes are: kept here, where the operator left them (`linkedPath`), with the upstream server only, or
 * nowhere that is known.
 */
export const filePlaces = ['absent', 'upstream', 'linked', 'kept'] as const;
export type FilePlace = (typeof filePlaces)[number];

export type ChangeLevel = '' | 'trivial' | 'moderate' | 'severe';

/** One file of the catalogue. Texts are as they were delivered; clients of CRDS are shown them in lower case. */
export interface CatalogueFile {
  observatory: string;
  name: string;
  kind: FileKind;
  /** Lower case; null where there is none: a pmap has neither, an imap no type. */
  instrument: string | null;
  filekind: string | null;
  /** Serial number in the name, -1 without one. */
  serial: number;
  state: FileState;
  stateSince: Date;
  /** Marked bad itself. */
  rejected: boolean;
  /** A mapping that uses, perhaps through others, a mapping marked bad. */
  blacklisted: boolean;
  badReason: string;
  /** Why the rules of a mapping cannot be used: `line:column: expected …`; empty when they can. */
  fault: string;
  /** Null while unknown; the digests are of the bytes of the file. */
  sizeBytes: number | null;
  sha1: string | null;
  sha256: string | null;
  place: FilePlace;
  linkedPath: string | null;
  uploadedAs: string;
  derivedFrom: string;
  replacedBy: string;
  referenceFileType: string;
  changeLevel: ChangeLevel;
  creator: string;
  deliverer: string;
  delivererEmail: string;
  description: string;
  comment: string;
  aperture: string;
  pedigree: string;
  history: string;
  /** As the file says it. */
  useafterAt: string;
  deliveredAt: Date | null;
  activatedAt: Date | null;
  addedAt: Date;
}

/** What a new file needs; everything else is unknown, empty, or follows from the name and the contents. */
export interface NewFile
  extends Partial<
    Omit<CatalogueFile, 'observatory' | 'name' | 'stateSince' | 'blacklisted' | 'addedAt' | 'linkedPath'>
  > {
  name: string;
  linkedPath?: string;
  /** Bytes of a mapping; they are kept, and size and digests follow from them. */
  content?: Uint8Array;
  /** Files that a mapping names itself: mappings of a pmap or imap, references of an rmap. */
  uses?: readonly string[];
}
