const longest = 1000;

/**
 * The name of a person in a distinguished name (`/DC=org/CN=users/CN=ann/CN=4711/CN=Ann Miller` is Ann Miller), as
 * `prodUserName` has it (panda-server 1.0.3, `clean_user_id`). A text that is no distinguished name is given back.
 */
export function cleanName(text: string): string {
  if (text.length > longest || !/^\/[A-Za-z]+=/.test(text)) return text;
  const name = text
    .replaceAll(/\/(DC|O|OU|C|L)=[^/]+/g, '')
    .replaceAll(/\/CN=[0-9]+/g, '')
    .replaceAll(/[ _][0-9]+/g, '')
    .replaceAll(/\/CN=(limited )?proxy/g, '')
    .replaceAll(/\/CN=(Robot|nickname):[^/]+/g, '');
  const parts = name.split('/CN=').slice(1);
  const last = parts.length < 2 ? name.replaceAll('/CN=', '') : (parts.at(-1) ?? '');
  const mail = last.toLowerCase().indexOf('/email');
  const bare = (mail > 0 ? last.slice(0, mail) : last).replaceAll(/[()']/g, '').trim();
  return bare === '' ? text : bare;
}
