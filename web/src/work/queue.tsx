/** Placeholder while it is written. */
export function QueuePage() {
  return <h1>QueuePage</h1>;
}
