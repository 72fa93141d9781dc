import type { UwsJobFilter } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Facets, useFreshFigures } from '../shared/facets.tsx';
import { termsOf, textOf } from './filter.ts';
import { facetsQuery } from './queries.ts';

const shownPhases = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED'];

/** How many jobs there are in each phase; each number is the list of them. */
export function JobFacets({
  filter,
  q,
  onChange,
}: {
  filter: UwsJobFilter;
  q: string;
  onChange: (text: string) => void;
}) {
  const { phase: chosen = [], ...others } = filter;
  const { data } = useQuery(facetsQuery(others));
  useFreshFigures('uws.job', ['uws', 'facets']);
  const terms = termsOf(q).filter((term) => term.field !== 'phase');
  return (
    <Facets
      label="Jobs by phase"
      family="uwsJob"
      counts={data?.phases}
      always={shownPhases}
      order={shownPhases}
      chosen={chosen}
      exact={data?.exact ?? true}
      onChoose={(phases) =>
        onChange(textOf([...phases.map((value) => ({ field: 'phase', value })), ...terms]))
      }
    />
  );
}
