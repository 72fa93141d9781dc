/** Letters and digits alone, so that a full stop or a capital does not make two sentences of one. */
function words(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Whether `text` says nothing that `said` does not. */
export function isSaidIn(said: string, text: string): boolean {
  return ` ${words(said)} `.includes(` ${words(text)} `);
}

/**
 * What a code means and what was said of the case, as one sentence: the case alone where it has the meaning in it, the
 * meaning alone where that has the case in it, and the case first where they differ, since it is more specific.
 */
export function sayOnce(meaning: string, diag: string): string {
  if (diag === '' || isSaidIn(meaning, diag)) return sentence(meaning);
  if (isSaidIn(diag, meaning)) return sentence(diag);
  return `${sentence(diag)} (${meaning})`;
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}
