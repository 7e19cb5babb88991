import { SCALAR, StateDefinition } from '../../graph/state.js';
import type { Damping } from '../parts.js';

/** No damping: the model is C itself. */
export function noDamping(): Damping {
  return { hyper: {}, init: () => ({}), lambda: () => null };
}

/** A damping lambda >= 0 that never changes by itself. */
export function fixedDamping(lambda: number): Damping {
  return { hyper: {}, init: () => ({ lambda: new StateDefinition(SCALAR, lambda) }), lambda: (state) => state.lambda! };
}
