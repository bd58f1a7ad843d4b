import pc from 'picocolors';
import { plain, type Style } from '../report/style.js';
import { USUAL_WIDTH } from '../report/text.js';

const coloured = pc.createColors(true);

/** Colours for a terminal, none otherwise. NO_COLOR (no-color.org) is honoured. */
export function styleFor(terminal: boolean): Style {
  if (!terminal || process.env['NO_COLOR']) return plain;
  return { bold: coloured.bold, dim: coloured.dim, red: coloured.red, yellow: coloured.yellow };
}

const [NARROWEST, WIDEST] = [60, 160];

/** Columns to write in; files, pipes and unknown terminals get the usual ones. */
export const widthOf = ({ columns }: { readonly columns?: number | undefined }): number =>
  columns === undefined || columns <= 0 ? USUAL_WIDTH : Math.min(Math.max(columns, NARROWEST), WIDEST);
