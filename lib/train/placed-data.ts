import type { Dataset } from '../data/dataset.js';
import { type StreamedDataset, stream } from '../data/stream.js';
import type { FloatDType } from '../graph/dtype.js';
import type { Spec } from '../graph/node.js';
import type { Loss } from '../losses/loss.js';
import { checkDataset, type Examples, placeExamples, placeStream } from './examples.js';
import { chunkSize, Feed } from './feed.js';

/** Examples in their slots, how many of them are in memory at a time, and for a stream what brings them there. */
export type PlacedData = { readonly examples: Examples; readonly resident: number; readonly feed: Feed | null };

/** Whether examples come in pieces. */
export function isStream(data: Dataset | StreamedDataset): data is StreamedDataset {
  return 'open' in data;
}

/** Throws TypeError unless this is a data set with typed arrays of their dtypes, or a stream. */
export function checkData(who: string, data: Dataset | StreamedDataset): void {
  if (data === null || typeof data !== 'object' || !isStream(data)) checkDataset(who, data);
}

/** Checks data, in memory or streamed, against a model and a loss and gives them slots. `multiple`: what the examples in memory are a multiple of, the batch size. */
export function placeData(
  who: string,
  name: string,
  data: Dataset | StreamedDataset,
  multiple: number,
  outputs: Spec,
  loss: Loss,
  dtype: FloatDType,
): PlacedData {
  if (!isStream(data)) return { examples: placeExamples(who, name, data, outputs, loss, dtype), resident: data.count, feed: null };
  const checked = stream(data);
  const resident = chunkSize(checked, multiple);
  const { examples, check } = placeStream(who, name, checked, resident, outputs, loss, dtype);
  return { examples, resident, feed: new Feed(checked, resident, examples, check) };
}
