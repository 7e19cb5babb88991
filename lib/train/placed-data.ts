import type { Dataset } from '../data/dataset.js';
import { type StreamedDataset, stream } from '../data/stream.js';
import type { FloatDType } from '../graph/dtype.js';
import type { Spec } from '../graph/node.js';
import type { Loss } from '../losses/loss.js';
import { checkDataset, type Examples, placeExamples, placeStream } from './examples.js';
import { Feed } from './feed.js';

/** Examples in their slots, how many of them are in memory at a time, and for a stream what brings them there. */
export type PlacedData = { readonly examples: Examples; readonly resident: number; readonly feed: Feed | null };

/** Whether examples come in pieces. */
export function isStream(data: Dataset | StreamedDataset): data is StreamedDataset {
  return 'open' in data;
}

/** The data as they are used: a stream is checked as it goes. Throws unless they are a data set with typed arrays of their dtypes, or a stream. */
export function checkedData<Data extends Dataset | StreamedDataset>(who: string, data: Data): Data {
  if (data !== null && typeof data === 'object' && isStream(data)) return stream(data) as Data;
  checkDataset(who, data as Dataset);
  return data;
}

/** Checks data against a model and a loss and gives them slots. `residentOf`: how many examples of a stream are in memory at a time. */
export function placeData(
  who: string,
  name: string,
  data: Dataset | StreamedDataset,
  residentOf: (stream: StreamedDataset) => number,
  outputs: Spec,
  loss: Loss,
  dtype: FloatDType,
): PlacedData {
  if (!isStream(data)) return { examples: placeExamples(who, name, data, outputs, loss, dtype), resident: data.count, feed: null };
  const resident = residentOf(data);
  const { examples, check } = placeStream(who, name, data, resident, outputs, loss, dtype);
  return { examples, resident, feed: new Feed(data, resident, examples, check) };
}
