import { ErrorPanel } from '../shared/blanks.tsx';

/** Stands in place of a page whose object could not be read: its name, why, and what to do. */
export function Unreadable(props: { title: string; error: unknown; retry: () => void }) {
  const { title, error, retry } = props;
  return (
    <>
      <h1>{title}</h1>
      <ErrorPanel what="It could not be read" error={error} retry={retry} />
    </>
  );
}
