import { setTimeout as wait } from 'node:timers/promises';
import type { Dataset } from '../../lib/data/dataset.js';
import { type StreamedDataset, stream } from '../../lib/data/stream.js';
import { subset } from '../../lib/data/subset.js';

/** What became of the passes over a stream. */
export type Passes = { opened: number; closed: number; ended: number; pieces: number };

/** A data set as a stream of pieces, the passes of which are counted; `before` is awaited before every piece, with its first example. */
export function streamed(
  dataset: Dataset,
  { piece = 17, before }: { readonly piece?: number; readonly before?: (first: number) => unknown } = {},
): { readonly data: StreamedDataset; readonly passes: Passes } {
  const passes: Passes = { opened: 0, closed: 0, ended: 0, pieces: 0 };
  async function* open() {
    passes.opened++;
    try {
      for (let first = 0; first < dataset.count; first += piece) {
        await before?.(first);
        passes.pieces++;
        yield subset(
          dataset,
          Int32Array.from({ length: Math.min(piece, dataset.count - first) }, (_, i) => first + i),
        );
      }
      passes.ended++;
    } finally {
      passes.closed++;
    }
  }
  const { features, targets, count, weights } = dataset;
  const { data: _features, ...featureKind } = features;
  const { data: _targets, ...targetKind } = targets;
  return { data: stream({ count, features: featureKind, targets: targetKind, weighted: weights !== undefined, open }), passes };
}

/** Resolves once all passes have been closed; throws after two seconds. */
export async function allClosed(passes: Passes): Promise<void> {
  for (let i = 0; i < 200 && passes.closed < passes.opened; i++) await wait(10);
  if (passes.closed !== passes.opened) throw new Error(`${passes.closed} of ${passes.opened} passes closed`);
}
