/** Placeholder while it is written. */
export function WorkerPage() {
  return <h1>WorkerPage</h1>;
}
