import type { ReactNode } from 'react';
import { Glyph } from './glyphs.tsx';
import type { Face } from './states.ts';

export interface WhyEvidence {
  face: Face;
  text: ReactNode;
  value?: string | null;
}

interface WhyProps {
  question: string;
  answer: ReactNode;
  evidence?: WhyEvidence[];
  /** Face of the answer if it is bad news. */
  face?: Face;
  acts?: ReactNode;
  /** Given instead of acts where nothing can be done but something would change the answer. */
  change?: ReactNode;
}

/** Answers one question: sentence, evidence in order with the value that decided, what you can do. */
export function WhyPanel({ question, answer, evidence = [], face, acts, change }: WhyProps) {
  const copy = () => {
    const steps = evidence.map((step) => `- ${String(step.text)}${step.value ? `: ${step.value}` : ''}`);
    void navigator.clipboard?.writeText([question, String(answer), ...steps].join('\n'));
  };
  return (
    <section
      id="why"
      className={`panel why ${face === undefined ? '' : `face-${face}`}`}
      aria-label={question}
    >
      <header>
        <h2>{question}</h2>
        <button type="button" className="link" onClick={copy}>
          Copy as text
        </button>
      </header>
      <p className="answer">{answer}</p>
      {evidence.length > 0 && (
        <ol>
          {evidence.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: ordered steps of one answer
            <li key={index}>
              <Glyph face={step.face} />
              <span>{step.text}</span>
              {step.value != null && <span className="value">{step.value}</span>}
            </li>
          ))}
        </ol>
      )}
      {acts !== undefined && (
        <footer>
          <span>What you can do</span>
          {acts}
        </footer>
      )}
      {change !== undefined && (
        <footer>
          <span>What would change it</span>
          {change}
        </footer>
      )}
    </section>
  );
}
