#pragma once
#include <cstdint>

#include "../core/view.h"

namespace adamqlr {

/// The inner loops of one reduction at one dtype. The running value `acc` is a double for sums of floats, a wrapping
/// uint64 for sums of integers, and the dtype itself for maxima.
struct ReduceLoop {
  /// acc[0] = acc[0] op x[0] op ... op x[count - 1].
  void (*line)(const void* x, int64_t count, void* acc);
  /// acc[c] = acc[c] op x[0, c] op ... op x[rows - 1, c] for c < cols; rows of x are `stride` elements apart.
  void (*columns)(const void* x, int64_t rows, int64_t stride, int64_t cols, void* acc);
};

struct ReduceLoops {
  ReduceLoop sum[kDTypeCount];
  ReduceLoop max[kDTypeCount];
};

const ReduceLoops& reduce_loops();
namespace baseline {
const ReduceLoops& reduce_loops();
}
namespace avx2 {
const ReduceLoops& reduce_loops();
}
namespace avx512 {
const ReduceLoops& reduce_loops();
}

}  // namespace adamqlr
