/** Placeholder while it is written. */
export function Queues() {
  return <h1>Queues</h1>;
}
