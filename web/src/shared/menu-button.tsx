import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';

export interface MenuAct {
  label: ReactNode;
  /** Said beside the label, quieter. */
  note?: string;
  run?: () => void;
  /** One of several choices, and whether it is the present one. */
  checked?: boolean;
  /** `checked` is switched on and off for itself, and the menu stays open for the next one. */
  isSwitch?: boolean;
  /** A file to be saved instead of an act. */
  download?: string;
}

/** A button with a few acts below it: arrows move, Esc and a click elsewhere close. */
export function MenuButton({
  label,
  name,
  className,
  acts,
}: {
  label: ReactNode;
  /** What it is called where the label alone does not tell. */
  name?: string;
  className?: string;
  acts: readonly MenuAct[];
}) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const place = () => {
    const box = button.current?.getBoundingClientRect();
    if (box === undefined || menu.current === null) return;
    const { style, offsetWidth } = menu.current;
    style.top = `${box.bottom + 4}px`;
    style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - offsetWidth - 8))}px`;
    items()[0]?.focus();
  };
  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
  const move = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const list = items();
    const at = list.indexOf(document.activeElement as HTMLElement);
    list[(at + by + list.length) % list.length]?.focus();
  };
  const close = () => {
    menu.current?.hidePopover();
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={name}
        popoverTarget={id}
      >
        {label}
      </button>
      <div
        ref={menu}
        id={id}
        role="menu"
        aria-label={name ?? (typeof label === 'string' ? label : undefined)}
        popover="auto"
        tabIndex={-1}
        className="menu acts-menu"
        onKeyDown={move}
        onToggle={(event) => {
          const isOpen = event.newState === 'open';
          setOpen(isOpen);
          if (isOpen) place();
        }}
      >
        {acts.map((act, index) =>
          act.download === undefined ? (
            // biome-ignore lint/a11y/useAriaPropsSupportedByRole: only a menuitemradio has it
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: fixed acts of one menu
              key={index}
              type="button"
              role={
                act.checked === undefined
                  ? 'menuitem'
                  : act.isSwitch === true
                    ? 'menuitemcheckbox'
                    : 'menuitemradio'
              }
              aria-checked={act.checked}
              tabIndex={-1}
              onClick={() => {
                if (act.isSwitch !== true) close();
                act.run?.();
              }}
            >
              {act.label} {act.note !== undefined && <span className="faint small">{act.note}</span>}
              {act.checked === true && <span aria-hidden="true">✓</span>}
            </button>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: fixed acts of one menu
            <a key={index} role="menuitem" tabIndex={-1} href={act.download} download onClick={close}>
              {act.label} {act.note !== undefined && <span className="faint small">{act.note}</span>}
            </a>
          ),
        )}
      </div>
    </>
  );
}
