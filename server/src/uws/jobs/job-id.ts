import { unguessableId } from '../../core/ids.ts';

/**
 * The id of a new job: random, 26 signs. uws-client 1.1 cuts the list's address off a `Location` and then all
 * leading letters of "https://", so it could not find a job whose id begins with one of them.
 */
export function newJobId(): string {
  for (;;) {
    const id = unguessableId();
    if (!/^[htps]/.test(id)) return id;
  }
}
