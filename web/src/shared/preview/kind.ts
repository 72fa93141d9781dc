/** How a file is shown. */
export const kinds = [
  'image',
  'svg',
  'html',
  'pdf',
  'fits',
  'votable',
  'table',
  'json',
  'yaml',
  'xml',
  'histogram',
  'text',
  'hex',
] as const;
export type Kind = (typeof kinds)[number];

export const kindWords: Record<Kind, string> = {
  image: 'image',
  svg: 'drawing',
  html: 'page',
  pdf: 'PDF',
  fits: 'FITS',
  votable: 'VOTable',
  table: 'table',
  json: 'JSON',
  yaml: 'YAML',
  xml: 'XML',
  histogram: 'histogram',
  text: 'text',
  hex: 'bytes',
};

const byType: Array<[RegExp, Kind]> = [
  [/^image\/(png|jpeg|gif)$/, 'image'],
  [/^image\/svg\+xml$/, 'svg'],
  [/^(text\/html|application\/xhtml\+xml)$/, 'html'],
  [/^application\/pdf$/, 'pdf'],
  [/^(image|application)\/fits$/, 'fits'],
  [/votable/, 'votable'],
  [/^(text\/csv|text\/tab-separated-values|text\/x-ecsv|application\/x-ecsv)$/, 'table'],
  [/^application\/(json|.+\+json)$/, 'json'],
  [/^(application|text)\/(x-)?yaml$/, 'yaml'],
  [/^(application|text)\/xml$|\+xml$/, 'xml'],
];

const byExtension: Record<string, Kind> = {
  png: 'image',
  jpg: 'image',
  jpeg: 'image',
  gif: 'image',
  svg: 'svg',
  htm: 'html',
  html: 'html',
  xhtml: 'html',
  pdf: 'pdf',
  fits: 'fits',
  fit: 'fits',
  fts: 'fits',
  vot: 'votable',
  votable: 'votable',
  csv: 'table',
  tsv: 'table',
  ecsv: 'table',
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
  xml: 'xml',
  log: 'text',
  txt: 'text',
};

/**
 * How a file that claims a type and has a name is shown. Types that say nothing leave it to the name; `null` when
 * neither tells, then the first bytes decide.
 */
export function claimedKind(mediaType: string, fileName: string): Kind | null {
  const type = mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
  const extension = /\.([a-z0-9]+)$/.exec(fileName.toLowerCase())?.[1] ?? '';
  const typed = byType.find(([pattern]) => pattern.test(type))?.[1];
  // A VOTable is often called XML, and a table plain text.
  const named = byExtension[extension];
  if (typed === 'xml' && named === 'votable') return 'votable';
  if (typed !== undefined) return typed;
  if (type === 'text/plain' && (named === undefined || named === 'html' || named === 'svg')) return 'text';
  return named ?? (type.startsWith('text/') ? 'text' : null);
}

const signatures: Array<[string, Kind]> = [
  ['\u0089PNG\r\n', 'image'],
  ['\u00ff\u00d8\u00ff', 'image'],
  ['GIF8', 'image'],
  ['%PDF-', 'pdf'],
  ['SIMPLE  =', 'fits'],
  ['XTENSION=', 'fits'],
];
/** Kinds that are drawn from bytes and must therefore begin as they claim. */
const signed: readonly Kind[] = ['image', 'pdf', 'fits'];

/**
 * How a file is shown, decided by its first bytes where these speak against what it claims: a picture that is none is
 * shown as text or bytes, text that is none as bytes.
 */
export function kindOf(claimed: Kind | null, head: Uint8Array): Kind {
  const start = String.fromCharCode(...head.subarray(0, 16));
  const seen = signatures.find(([signature]) => start.startsWith(signature))?.[1];
  if (seen !== undefined) return seen;
  const text = looksLikeText(head);
  if (!text) return 'hex';
  if (claimed === null || signed.includes(claimed)) return guessText(head);
  if (claimed === 'hex') return 'text';
  if (claimed === 'xml' && isVoTable(head)) return 'votable';
  return claimed;
}

function guessText(head: Uint8Array): Kind {
  const start = new TextDecoder()
    .decode(head)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (start.startsWith('<?xml') || /^<\w+[\s>]/.test(start)) return isVoTable(head) ? 'votable' : 'xml';
  return /^[{[]/.test(start) ? 'json' : 'text';
}

const isVoTable = (head: Uint8Array) =>
  /<(\w+:)?VOTABLE[\s>]/.test(new TextDecoder().decode(head.subarray(0, 4096)));

/** Text holds no NUL (but UTF-16 with its mark does) and few control characters. */
export function looksLikeText(head: Uint8Array): boolean {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
  let odd = 0;
  for (const byte of head) {
    if (byte === 0) return false;
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27) odd += 1;
  }
  return odd * 50 <= head.length;
}

/** Bytes as text: UTF-16 with its mark, else UTF-8, else Latin-1. A character cut at an end is left out. */
export function textOfBytes(bytes: Uint8Array, cutStart = false, cutEnd = false): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  let from = 0;
  while (cutStart && from < 3 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  const part = bytes.subarray(from);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(part, { stream: cutEnd });
  } catch {
    return new TextDecoder('latin1').decode(part);
  }
}
