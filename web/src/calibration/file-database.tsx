import type { CrdsFile } from '@orrery/contracts';
import type { ReactNode } from 'react';
import { CopyButton } from '../shared/copy-button.tsx';
import { Facts } from '../shared/facts.tsx';
import { bytes, count, exact } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { contextHref } from './address.ts';
import { placeWords } from './file-columns.tsx';
import { FileLink, FileState } from './file-state.tsx';

const orNone = (text: string): ReactNode => (text === '' ? null : text);

/** What the catalogue knows of a file. */
export function FileDatabase({ observatory, file }: { observatory: string; file: CrdsFile }) {
  const { contexts, proof } = file;
  const hash = (value: string | null) =>
    value === null ? null : (
      <span>
        <span className="mono wrap-any">{value}</span> <CopyButton text={value} />
      </span>
    );
  const link = (name: string | null) =>
    name === null || name === '' ? null : <FileLink observatory={observatory} name={name} />;
  return (
    <div className="database-columns">
      <Group title="What it is">
        <Facts
          rows={[
            ['State', <FileState key="state" file={file} />],
            ['Since', <Time key="since" at={file.stateSince} />],
            ['Kind', file.kind],
            ['Instrument', file.instrument],
            ['Type', file.type],
            ['Useful after', orNone(file.useAfter)],
            ['Pedigree', orNone(file.pedigree)],
            ['Aperture', orNone(file.aperture)],
            ['Reference file type', orNone(file.referenceFileType)],
            ['Description', orNone(file.description)],
            ['Comment', orNone(file.comment)],
            [
              'History',
              file.history === '' ? null : (
                <span key="history" className="lines">
                  {file.history}
                </span>
              ),
            ],
          ]}
        />
      </Group>
      <Group title="Where it comes from">
        <Facts
          rows={[
            ['Uploaded as', orNone(file.uploadedAs)],
            ['Made from', link(file.derivedFrom)],
            ['Replaced by', link(file.replacedBy)],
            ['Change', orNone(file.changeLevel)],
            ['Creator', orNone(file.creator)],
            ['Delivered by', orNone(file.deliverer)],
            ['Delivered', file.deliveredAt === null ? null : <Time key="at" at={file.deliveredAt} />],
            ['Active since', file.activatedAt === null ? null : <Time key="at" at={file.activatedAt} />],
            ['Added', <Time key="added" at={file.addedAt} />],
          ]}
        />
      </Group>
      <Group title="Its bytes">
        <Facts
          rows={[
            ['Where', placeWords[file.place]],
            [
              'Size',
              file.sizeBytes === null ? null : `${bytes(file.sizeBytes)}, ${exact(file.sizeBytes)} bytes`,
            ],
            ['SHA-1', hash(file.sha1)],
            ['SHA-256', hash(file.sha256)],
            [
              'Proof',
              proof === null ? (
                <State key="proof" family="crdsProof" word="unread" />
              ) : (
                <span key="proof">
                  <State family="crdsProof" word={proof.state} />{' '}
                  {proof.at !== null && (
                    <>
                      read <Time at={proof.at} />
                    </>
                  )}{' '}
                  {proof.problem !== null && <span className="tone-bad">{proof.problem}</span>}
                </span>
              ),
            ],
          ]}
        />
      </Group>
      <Group title="Who leads to it">
        <Facts
          rows={[
            ['Mappings', count(file.usedBy)],
            ['Contexts', count(contexts.count)],
            [
              'First',
              contexts.first === null ? null : (
                <ContextLink key="first" {...{ observatory }} name={contexts.first} />
              ),
            ],
            [
              'Last',
              contexts.last === null ? null : (
                <ContextLink key="last" {...{ observatory }} name={contexts.last} />
              ),
            ],
            ['In the latest', contexts.isInLatest ? 'yes' : 'no'],
            ['In the edit', contexts.isInEdit ? 'yes' : 'no'],
          ]}
        />
      </Group>
    </div>
  );
}

const ContextLink = ({ observatory, name }: { observatory: string; name: string }) => (
  <Href to={contextHref(observatory, name)} className="mono">
    {name}
  </Href>
);

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel panel-pad stack close" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
