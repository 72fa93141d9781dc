import { useEffect, useRef } from 'react';

/** One key of the map: `/`, `g h`, `ctrl+k`. */
export interface KeyAct {
  keys: string;
  what: string;
  group: string;
  run: () => void;
}

const acts = new Set<KeyAct>();
let pending = '';
let pendingUntil = 0;

/** All keys that work on the page shown now, for the map behind `?`. */
export function keyActs(): KeyAct[] {
  return [...acts];
}

const offKey = 'orrery.single-keys';
export const singleKeysOn = (): boolean => localStorage.getItem(offKey) !== 'off';
export const setSingleKeys = (on: boolean): void => localStorage.setItem(offKey, on ? 'on' : 'off');

function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && target.type === 'checkbox')
  );
}

function spell(event: KeyboardEvent): string {
  if (event.ctrlKey || event.metaKey) return `ctrl+${event.key.toLowerCase()}`;
  if (event.shiftKey && /^[a-z]$/i.test(event.key)) return `shift+${event.key.toLowerCase()}`;
  return event.key;
}

function listen(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const single = !event.ctrlKey && !event.metaKey;
  if (single && (inField(event.target) || !singleKeysOn())) return;
  if (single && document.querySelector('dialog[open]') !== null) return;
  const now = Date.now();
  const prefix = now < pendingUntil ? pending : '';
  const pressed = spell(event);
  const sequence = prefix === '' ? pressed : `${prefix} ${pressed}`;
  const found = [...acts].reverse().find((act) => act.keys.split(', ').includes(sequence));
  pending = '';
  if (found !== undefined) {
    event.preventDefault();
    found.run();
  } else if ([...acts].some((act) => act.keys.startsWith(`${sequence} `))) {
    pending = sequence;
    pendingUntil = now + 1200;
  }
}

if (typeof window !== 'undefined') window.addEventListener('keydown', listen);

/** Gives the page these keys while it is shown. Later registrations win over earlier ones. */
export function useKeys(list: KeyAct[]): void {
  const latest = useRef(list);
  latest.current = list;
  const spelled = list.map((act) => act.keys).join('|');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is read through the ref, only its keys matter
  useEffect(() => {
    const mine = latest.current.map((act, index) => ({ ...act, run: () => latest.current[index]?.run() }));
    for (const act of mine) acts.add(act);
    return () => {
      for (const act of mine) acts.delete(act);
    };
  }, [spelled]);
}
