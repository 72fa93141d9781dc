import { useRef } from 'react';

interface TextEditorProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  /** Where the cursor stands, in characters from the beginning. */
  onCursor?: (at: number) => void;
  isBad?: boolean;
}

/** A field for a text of many lines, with their numbers beside it. Tab leaves it, as everywhere. */
export function TextEditor({ label, value, onChange, onCursor, isBad = false }: TextEditorProps) {
  const numbers = useRef<HTMLDivElement>(null);
  const lines = value.split('\n').length;
  return (
    <div className="text-editor">
      <div className="numbers" ref={numbers} aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => index + 1).join('\n')}
      </div>
      <textarea
        aria-label={label}
        aria-invalid={isBad}
        wrap="off"
        spellCheck={false}
        autoComplete="off"
        rows={Math.min(28, Math.max(10, lines + 1))}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          onCursor?.(event.target.selectionStart);
        }}
        onSelect={(event) => onCursor?.(event.currentTarget.selectionStart)}
        onScroll={(event) => {
          if (numbers.current !== null) numbers.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
