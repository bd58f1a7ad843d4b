import type { Note } from '../core/note.js';
import type { Table } from '../core/table.js';
import type { ArtifactRow, CaptureRow, SourceRow, TapRow } from './dimensions.js';
import * as schema from './schema.js';

interface Dimensions {
  readonly artifacts: readonly ArtifactRow[];
  readonly sources: readonly SourceRow[];
  readonly taps: readonly TapRow[];
  readonly notes: readonly Note[];
}

/** The tables that tell where everything else comes from, with their rows as their columns are named. */
export const dimensionRows = (
  { artifacts, sources, taps, notes }: Dimensions,
  captures: readonly CaptureRow[],
): readonly (readonly [Table, readonly object[]])[] => [
  [schema.artifact, artifacts],
  [schema.source, sources.map((source) => ({ ...source, first_line: source.firstLine }))],
  [
    schema.tap,
    taps.map((tap) => ({
      ...tap,
      time_kind: tap.timeKind,
      link_type: tap.linkType,
      in_if: tap.inIf,
      out_if: tap.outIf,
      phys_in: tap.physIn,
      phys_out: tap.physOut,
    })),
  ],
  [
    schema.capture,
    captures.map(({ source, facts }) => ({
      ...facts,
      source,
      link_type: facts.linkType,
      snap_length: facts.snapLength,
    })),
  ],
  [schema.note, notes.map((note) => ({ ...note, first_line: note.firstLine }))],
];
