/** Each half of an id; both together have at most 128 characters (crds 13.2.7). */
const halfPattern = /^[A-Za-z0-9._+-]{1,128}$/;
const longestId = 128;

/** `<product>:<exposure>`; products of several exposures stand for each of them. */
export interface DatasetId {
  readonly product: string;
  readonly exposure: string;
}

/** Takes an id apart. One without a colon is product and exposure at once. Null when it is none. */
export function parseDatasetId(id: string): DatasetId | null {
  if (id.length > longestId * 2 + 1) return null;
  const colon = id.indexOf(':');
  const product = colon < 0 ? id : id.slice(0, colon);
  const exposure = colon < 0 ? id : id.slice(colon + 1);
  return isHalf(product) && isHalf(exposure) ? { product, exposure } : null;
}

/** What may be asked for: a whole id or either half of one. */
export function isAskedId(id: string): boolean {
  return id.length <= longestId && parseDatasetId(id) !== null;
}

function isHalf(text: string): boolean {
  return halfPattern.test(text);
}
