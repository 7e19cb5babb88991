#pragma once
#include "kernel.h"
#include "plan.h"
#include "state.h"

namespace adamqlr {

/// Proves everything about a plan that does not depend on the sizes it is bound to, taking every symbol at capacity:
/// ids, offsets and extents in range, only writable things written, windows only inside their scan, committed slots
/// written, outputs apart from inputs. Resolves kernels and runs their `prepare`. Sizes only shrink extents, so what
/// holds at capacity holds at every binding; the shape rules of the kernels are checked by bind() each time.
Status verify_plan(const StateStore& state, const Backend& backend, Plan* plan);

}  // namespace adamqlr
