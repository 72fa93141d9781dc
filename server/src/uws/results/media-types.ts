import type { UwsPreview } from '@orrery/contracts/uws';

const byExtension: Record<string, string> = {
  txt: 'text/plain',
  log: 'text/plain',
  csv: 'text/csv',
  json: 'application/json',
  yaml: 'application/x-yaml',
  yml: 'application/x-yaml',
  xml: 'text/xml',
  vot: 'application/x-votable+xml',
  fits: 'image/fits',
  fit: 'image/fits',
  fts: 'image/fits',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  ps: 'application/postscript',
  cdf: 'application/x-cdf',
  mp4: 'video/mp4',
  html: 'text/html',
};

/** The media type a file name suggests. */
export function mediaTypeOf(fileName: string): string {
  const extension = /\.([A-Za-z0-9]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
  return byExtension[extension] ?? 'application/octet-stream';
}

/** How the page can show it. */
export function previewOf(name: string, mediaType: string): UwsPreview {
  const type = mediaType.split(';')[0]?.trim() ?? '';
  if (['image/png', 'image/jpeg', 'image/gif'].includes(type)) return 'image';
  if (type === 'image/fits' || type === 'application/fits') return 'fits';
  if (type.includes('votable')) return 'votable';
  if (type === 'application/json') return name === 'histogram' ? 'histogram' : 'json';
  if (type === 'text/csv' || type === 'text/tab-separated-values') return 'table';
  return type.startsWith('text/') || type === 'application/x-yaml' ? 'text' : null;
}
