import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { onTopic } from '../shared/live.ts';
import type { LiveList } from '../shared/live-rows.ts';

/** A change of the contexts of an observatory; its key is the observatory. */
export const contextTopic = 'crds.context';

/** Asks anew for what the page shows when the contexts of the observatory change. */
export function useLiveContexts(observatory: string): void {
  const queryClient = useQueryClient();
  useEffect(
    () =>
      onTopic(contextTopic, (events) => {
        if (events.some(({ key }) => key === observatory))
          void queryClient.invalidateQueries({ queryKey: ['crds', observatory] });
      }),
    [queryClient, observatory],
  );
}

/** A list whose rows have no events of their own. */
export const stillList = <Row>(keyOf: (row: Row) => string): LiveList<Row> => ({
  topic: contextTopic,
  keyOf,
  arrival: () => 'neither',
  after: (row) => row,
  reread: async () => ({}),
});
