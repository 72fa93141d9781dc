/** Signs that XML 1.0 cannot carry in any form, lone surrogates among them. */
const forbidden =
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Can an XML 1.0 document hold this text? When not, UWS wants the parameter by reference. */
export function fitsXml(text: string): boolean {
  return !forbidden.test(text);
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // Written as references, since a parser turns them into blanks or new-lines otherwise.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Whatever may need a second look: nearly no text of a list has any of it. */
const special = /[\0-\x1f&<>"\ud800-\udfff\ufffe\uffff]/;

/** Escapes for a double-quoted attribute; signs that XML cannot carry become U+FFFD. */
export function escapeAttribute(text: string): string {
  if (!special.test(text)) return text;
  return replaceForbidden(text).replace(/[&<>"\r\n\t]/g, (sign) => escapes[sign] ?? sign);
}

/** Escapes for element content. */
export function escapeText(text: string): string {
  if (!special.test(text)) return text;
  return replaceForbidden(text).replace(/[&<>\r]/g, (sign) => escapes[sign] ?? sign);
}

function replaceForbidden(text: string): string {
  return forbidden.test(text) ? text.replace(new RegExp(forbidden, 'g'), '\ufffd') : text;
}

/** ` name="value"` for each attribute that has a value. */
export function attributes(values: Record<string, string | number | boolean | null | undefined>): string {
  let text = '';
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined) text += ` ${name}="${escapeAttribute(String(value))}"`;
  }
  return text;
}
