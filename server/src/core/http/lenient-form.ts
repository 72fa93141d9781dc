import { AppError } from '../errors.ts';
import type { App } from './types.ts';

/** Form fields in the order sent; a key sent twice keeps both values. */
export type FormFields = Map<string, string[]>;

/** At most this many fields; more is no form but an attack on the table that holds them. */
const maxFields = 10_000;

export function readForm(text: string): FormFields {
  const fields: FormFields = new Map();
  if (text === '') return fields;
  refuseManyFields(text);
  for (const [name, value] of new URLSearchParams(text)) {
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return fields;
}

/** Counted before anything is made of them: millions of fields would hold up everybody for seconds. */
function refuseManyFields(text: string): void {
  let count = 1;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    // Ampersands in a row have no field between them.
    if (text.charCodeAt(at + 1) !== 38 && ++count > maxFields) {
      throw new AppError('invalid', 'http.form-too-many-fields', `A form may have ${maxFields} fields.`, {
        next: 'Send fewer.',
      });
    }
  }
}

/**
 * For the scopes of old protocols: the body arrives as text whatever its content type claims (clients lie),
 * and the route decides how to read it. Bodies without a type are taken too.
 */
export function takeAnyBody(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}
