import type { PlainData } from '../base/plain-data.js';
import type { TypedArray } from '../graph/dtype.js';
import type { Report } from './report.js';

/**
 * Everything that a trainer has become, as plain data: a trainer made of the same model, loss and optimizer that takes it goes on as this
 * one would, bit for bit.
 */
export type Snapshot = {
  /**
   * Contents of the slots by name: 'key', 'orders' (of examples, drawn so far) and 'step' (in all calls of fit), 'order' and 'cursor' (the examples in
   * progress), and under 'params.', 'model.' and 'optimizer.' parameters, the model's own state and the optimizer's.
   */
  readonly slots: ReadonlyMap<string, TypedArray>;
  /** The reports of all calls of fit. */
  readonly history: readonly Report[];
  /** The place inside an unfinished call of fit, as JSON data. */
  readonly progress: PlainData;
};
