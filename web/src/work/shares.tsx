/** Placeholder while it is written. */
export function Shares() {
  return <h1>Shares</h1>;
}
