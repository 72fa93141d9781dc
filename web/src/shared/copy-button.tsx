import { useEffect, useState } from 'react';

/** Copies a text and says that it did, where the act was. Without a secure page browsers refuse, which it says too. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [said, setSaid] = useState<string | undefined>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Mark it and copy');
    }
  };
  return (
    <button type="button" className="link small" onClick={() => void copy()}>
      <span role="status">{said ?? label}</span>
    </button>
  );
}
