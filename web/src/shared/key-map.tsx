import { useState } from 'react';
import { Dialog } from './dialog.tsx';
import { keyActs, setSingleKeys, singleKeysOn } from './keys.ts';

/** All keys that work on this page; `?`. */
export function KeyMap({ onClose }: { onClose: () => void }) {
  const [acts] = useState(keyActs);
  const [on, setOn] = useState(singleKeysOn);
  const groups = [...new Set(acts.map((act) => act.group))];
  return (
    <Dialog label="Keys" onClose={onClose}>
      <div className="dialog-body stack">
        <div className="row apart">
          <h2>Keys on this page</h2>
          <button type="button" className="button small" onClick={onClose}>
            Close <kbd>Esc</kbd>
          </button>
        </div>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl className="key-map">
              {acts
                .filter((act) => act.group === group)
                .map((act) => (
                  <div key={act.keys} style={{ display: 'contents' }}>
                    <dt>
                      {act.keys.split(' ').map((part) => (
                        <kbd key={part}>{part}</kbd>
                      ))}
                    </dt>
                    <dd>{act.what}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
        <label className="row small">
          <input
            type="checkbox"
            checked={on}
            onChange={(event) => {
              setOn(event.target.checked);
              setSingleKeys(event.target.checked);
            }}
          />
          Single keys act on this page (in this browser)
        </label>
      </div>
    </Dialog>
  );
}
