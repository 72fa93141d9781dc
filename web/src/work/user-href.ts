/** Address of the page of a user; the name as jobs have it, or an account. */
export const userHref = (name: string): string => `/ui/work/users/${encodeURIComponent(name)}`;
