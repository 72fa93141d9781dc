import { Choice, Segments, Tools } from '../tools.tsx';
import { chosenOf, type ViewProps } from '../view-state.ts';
import type { CutChoice, Stretch } from './stretch.ts';

interface Props extends ViewProps {
  stretch: Stretch;
  inverse: boolean;
  choice: CutChoice;
  byHand: boolean;
}

/** Stretch, cuts, map and size of an image. */
export function ImageTools({ view, onView, stretch, inverse, choice, byHand }: Props) {
  return (
    <Tools>
      <Choice
        label="stretch"
        value={stretch}
        options={[
          ['asinh', 'asinh'],
          ['linear', 'linear'],
          ['sqrt', 'sqrt'],
          ['log', 'log'],
        ]}
        onChange={(next) => onView({ stretch: next === 'asinh' ? '' : next })}
      />
      <Choice<CutChoice | 'hand'>
        label="cut"
        value={byHand ? 'hand' : choice}
        options={[
          ['100', 'all'],
          ['99.5', '99.5 %'],
          ['99', '99 %'],
          ['95', '95 %'],
          ...(byHand ? [['hand', 'by hand'] as const] : []),
        ]}
        onChange={(next) =>
          next !== 'hand' && onView({ cut: next === '99.5' ? '' : next, low: '', high: '' })
        }
      />
      <Choice
        label="map"
        value={inverse ? 'inverse' : 'grey'}
        options={[
          ['grey', 'grey'],
          ['inverse', 'inverse'],
        ]}
        onChange={(next) => onView({ map: next === 'grey' ? '' : next })}
      />
      <Segments
        label="Size"
        value={chosenOf(view.zoom, ['fit', '1'])}
        options={[
          ['fit', 'Fit'],
          ['1', '1:1'],
        ]}
        onChange={(next) => onView({ zoom: next === 'fit' ? '' : next })}
      />
    </Tools>
  );
}
