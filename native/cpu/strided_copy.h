#pragma once
#include "../core/kernel.h"

namespace adamqlr {

/// A copy between two strided layouts: element (i0, i1, ...) goes from source + sum(i * source stride) to
/// destination + sum(i * destination stride). Strides count elements; a source stride may be zero or negative.
struct StridedCopy {
  int rank = 0;
  int64_t dims[kMaxRank] = {};
  int64_t source[kMaxRank] = {};
  int64_t destination[kMaxRank] = {};
};

/// Row-major strides of a view, for either side.
void dense_strides(const View& view, int64_t* strides);

/// Runs a copy of elements of `size` bytes (1, 4 or 8) over the pool. The two sides must not overlap.
void run_strided_copy(StridedCopy copy, const void* from, void* to, int64_t size, Pool* pool);

/// Zeroes memory over the pool.
void run_zero(void* to, int64_t bytes, Pool* pool);

/// Copies memory over the pool. The two sides must not overlap.
void run_memory_copy(const void* from, void* to, int64_t bytes, Pool* pool);

}  // namespace adamqlr
