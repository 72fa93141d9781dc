import type { SavedView } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ActError } from './confirm-act.tsx';
import { Dialog } from './dialog.tsx';
import { MenuButton } from './menu-button.tsx';
import { changeView, deleteView, saveView, type View, viewsQuery } from './views.ts';

interface ViewsProps {
  list: string;
  views: readonly View[];
  chosen: View | undefined;
  /** The query shown now. */
  q: string;
  isChanged: boolean;
  /** False for callers without an account: nothing can be saved. */
  maySave: boolean;
  onChoose: (view: View) => void;
}

/** Views of others beyond this many stand in a menu. */
const shownOthers = 4;

/** The views of a list as named addresses. A changed one shows Save; one's own can be renamed, shared, put first. */
export function ViewsNav({ list, views, chosen, q, isChanged, maySave, onChoose }: ViewsProps) {
  const [asked, setAsked] = useState<'save' | 'rename' | undefined>();
  const [undo, setUndo] = useState<SavedView | undefined>();
  const [error, setError] = useState<unknown>();
  const queryClient = useQueryClient();
  const act = async <T,>(work: Promise<T>): Promise<T | undefined> => {
    setError(undefined);
    try {
      const done = await work;
      await queryClient.invalidateQueries({ queryKey: viewsQuery(list).queryKey });
      return done;
    } catch (caught) {
      setError(caught);
      return undefined;
    }
  };
  const remove = async (view: SavedView) => {
    await act(deleteView(view.id));
    setUndo(view);
    const other = views.find((each) => each.saved === undefined);
    if (other !== undefined) onChoose(other);
  };
  const others = views.filter((view) => view.saved?.mine === false);
  const hidden = others.slice(shownOthers).filter((view) => view.id !== chosen?.id);
  const own = chosen?.saved?.mine === true ? chosen.saved : undefined;
  const isDefault = views.find((view) => view.saved?.mine === true)?.id === own?.id;
  return (
    <>
      <nav className="views" aria-label="Views">
        {views
          .filter((view) => !hidden.includes(view))
          .map((view) => (
            <button
              key={view.id}
              type="button"
              aria-current={view.id === chosen?.id ? 'page' : undefined}
              title={titleOf(view)}
              onClick={() => onChoose(view)}
            >
              {view.name}
              {view.id === chosen?.id && isChanged && <span className="faint">, changed</span>}
            </button>
          ))}
        {hidden.length > 0 && (
          <MenuButton
            label={`${hidden.length} more shared`}
            acts={hidden.map((view) => ({
              label: view.name,
              ...(view.saved === undefined ? {} : { note: view.saved.owner }),
              run: () => onChoose(view),
            }))}
          />
        )}
        {maySave && isChanged && own !== undefined && (
          <button type="button" className="save" onClick={() => void act(changeView(own.id, { q }))}>
            Save
          </button>
        )}
        {maySave && (isChanged || chosen === undefined) && (
          <button type="button" className="save" onClick={() => setAsked('save')}>
            Save view …
          </button>
        )}
        {own !== undefined && (
          <MenuButton
            label="…"
            name={`Change the view ${own.name}`}
            acts={[
              { label: 'Rename …', run: () => setAsked('rename') },
              ...(isDefault
                ? []
                : [
                    {
                      label: 'Open the list with it',
                      run: () => void act(changeView(own.id, { first: true })),
                    },
                  ]),
              {
                label: own.shared ? 'Share no longer' : 'Share with everybody here',
                run: () => void act(changeView(own.id, { shared: !own.shared })),
              },
              { label: 'Delete', run: () => void remove(own) },
            ]}
          />
        )}
        {undo !== undefined && (
          <span className="note" role="status">
            View {undo.name} deleted.{' '}
            <button
              type="button"
              className="link small"
              onClick={() => {
                setUndo(undefined);
                const before = new URLSearchParams(undo.query).get('q') ?? '';
                void act(saveView(list, undo.name, before, undo.shared));
              }}
            >
              Undo
            </button>
          </span>
        )}
      </nav>
      {error !== undefined && <ActError error={error} />}
      {asked === 'save' && (
        <NameDialog
          title="Save view"
          verb="Save view"
          first={chosen?.saved?.name ?? ''}
          withShared
          onClose={() => setAsked(undefined)}
          run={async (name, shared) => {
            const saved = await saveView(list, name, q, shared);
            await queryClient.invalidateQueries({ queryKey: viewsQuery(list).queryKey });
            onChoose({ id: saved.id, name: saved.name, q, saved });
          }}
        />
      )}
      {asked === 'rename' && own !== undefined && (
        <NameDialog
          title={`Rename the view ${own.name}`}
          verb="Rename"
          first={own.name}
          onClose={() => setAsked(undefined)}
          run={async (name) => {
            await changeView(own.id, { name });
            await queryClient.invalidateQueries({ queryKey: viewsQuery(list).queryKey });
          }}
        />
      )}
    </>
  );
}

function titleOf({ saved, q }: View): string | undefined {
  const query = q === '' ? 'everything' : q;
  if (saved === undefined) return query;
  return `${query} · ${saved.mine ? (saved.shared ? 'yours, shared' : 'yours') : `shared by ${saved.owner}`}`;
}

interface NameProps {
  title: string;
  verb: string;
  first: string;
  withShared?: boolean;
  run: (name: string, shared: boolean) => Promise<void>;
  onClose: () => void;
}

function NameDialog({ title, verb, first, withShared = false, run, onClose }: NameProps) {
  const [name, setName] = useState(first);
  const [shared, setShared] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await run(name, shared);
      onClose();
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Dialog label={title} onClose={onClose}>
      <form className="dialog-body stack close" onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        <div className="field">
          <label htmlFor="view-name">Name</label>
          <span className="input">
            <input
              id="view-name"
              maxLength={60}
              required
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </span>
        </div>
        {withShared && (
          <label className="row small">
            <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
            Share with everybody who has an account here
          </label>
        )}
        {error !== undefined && <ActError error={error} />}
        <div className="dialog-acts">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            className="button primary"
            disabled={name.trim() === ''}
            title={name.trim() === '' ? 'A view needs a name' : undefined}
          >
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
