/** Writes figures of the results into documents: `<!-- figure: expression -->…<!-- end -->`. */
import { type Figures, findFigure } from './path.ts';

const FIGURE = /(<!-- figure: ([^>]*?) -->)[^<]*(<!-- end -->)/g;

/** @throws for a figure that is not there */
export const fillFigures = (text: string, figures: Figures): string =>
  text.replaceAll(FIGURE, (_, start, expression, end) => `${start}${findFigure(figures, expression)}${end}`);
