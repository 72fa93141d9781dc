/** Placeholder while it is written. */
export function Workers() {
  return <h1>Workers</h1>;
}
