import { type CrdsFilePage, type CrdsFileRow, crdsFileStates } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../shared/blanks.tsx';
import { Facets } from '../shared/facets.tsx';
import { count } from '../shared/format.ts';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { type ListAddress, useListAddress } from '../shared/list-address.ts';
import { useMe } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import { TermFilter } from '../shared/term-filter.tsx';
import type { View } from '../shared/views.ts';
import { ViewsNav } from '../shared/views-nav.tsx';
import { crumbsOf, fileHref, useObservatory } from './address.ts';
import './calibration.css';
import { Choice } from './choice.tsx';
import { fileColumns } from './file-columns.tsx';
import {
  fileFields,
  filterOf,
  problemsOf,
  termsOf,
  textOf,
  valuesOfField,
  withField,
} from './file-filter.ts';
import { stillList, useLiveContexts } from './live.ts';
import { fileFacetsQuery, filesQuery } from './queries.ts';

const builtIn: View[] = [
  { id: 'all', name: 'All', q: '' },
  { id: 'references', name: 'References', q: 'kind:reference' },
  { id: 'contexts', name: 'Contexts', q: 'mapping:pmap' },
  { id: 'rules', name: 'Rules', q: 'mapping:rmap' },
  { id: 'bad', name: 'Bad', q: 'bad:yes' },
];

/** All files of an observatory, whatever their number. */
export function FilesPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Files' }));
  useLiveContexts(observatory);
  const address = useListAddress('crds.files', builtIn, useMe());
  const { q, place, isKnown } = address;
  const navigate = useNavigate();
  const filter = useMemo(() => filterOf(q), [q]);
  const columns = useMemo(() => fileColumns(observatory), [observatory]);
  return (
    <>
      <div className="page-head">
        <div className="page-title">
          <h1>Files</h1>
          <ViewsNav {...address.views} />
        </div>
      </div>
      <Filters observatory={observatory} address={address} />
      {isKnown && (
        <KeysetTable<CrdsFileRow, CrdsFilePage>
          label="Files, newest first"
          failure="The files could not be read"
          query={filesQuery(observatory, { ...filter, limit: 100 }, place)}
          place={place}
          live={stillList((row) => row.name)}
          columns={columns}
          pageOf={(row) => fileHref(observatory, row.name).slice('/ui'.length)}
          empty={
            q === '' ? (
              <Empty title="No file is known yet">
                <span className="mono">orrery crds import FOLDER --observatory {observatory}</span> takes a
                folder of mapping files or a whole cache of a client.
              </Empty>
            ) : (
              <Empty
                title="No file matches"
                act={
                  <button type="button" className="button small" onClick={address.clear}>
                    Show all files
                  </button>
                }
              >
                The filter is <span className="mono">{q}</span>. A pattern has <span className="mono">*</span>{' '}
                for any letters.
              </Empty>
            )
          }
          onJump={null}
          onOpen={(to) => void navigate({ to })}
          onMove={address.move}
        />
      )}
    </>
  );
}

/** The query as text, as choices, and as counts by state. */
function Filters({ observatory, address }: { observatory: string; address: ListAddress }) {
  const { q, filterBy } = address;
  const terms = termsOf(q);
  const { data } = useQuery(fileFacetsQuery(observatory, filterOf(q)));
  const one = (field: string) => terms.find((term) => term.field === field)?.value;
  const options = (list: ReadonlyArray<{ value: string; files: number }> | undefined, chosen?: string) => {
    const names = (list ?? []).map(({ value }) => value).filter((value) => value !== '');
    return chosen === undefined || names.includes(chosen) ? names : [chosen, ...names];
  };
  const choice = (field: 'instrument' | 'type', list: Parameters<typeof options>[0]) => (
    <Choice
      name={field}
      value={one(field)}
      options={options(list, one(field))}
      onChange={(value) => filterBy(withField(q, field, value === undefined ? [] : [value]))}
    />
  );
  return (
    <>
      <TermFilter
        q={q}
        terms={terms.filter(({ field }) => field !== 'instrument' && field !== 'type')}
        textOf={(left) =>
          textOf([...terms.filter(({ field }) => field === 'instrument' || field === 'type'), ...left])
        }
        problems={problemsOf(q)}
        placeholder="hst_acs_* kind:reference state:archived"
        fields={fileFields}
        valuesOf={valuesOfField}
        onChange={filterBy}
      >
        {choice('instrument', data?.instruments)}
        {choice('type', data?.types)}
      </TermFilter>
      <Facets
        label="Files by state"
        family="crdsFile"
        counts={
          data === undefined
            ? undefined
            : Object.fromEntries(data.states.map((each) => [each.value, each.files]))
        }
        always={['operational', 'archived']}
        order={crdsFileStates}
        chosen={terms.flatMap(({ field, value }) => (field === 'state' ? [value] : []))}
        exact
        {...(data !== undefined && data.bad > 0 ? { note: `${count(data.bad)} bad` } : {})}
        onChoose={(states) => filterBy(withField(q, 'state', states))}
      />
    </>
  );
}
