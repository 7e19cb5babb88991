#pragma once
#include <algorithm>
#include <cstdint>

#include "../core/integers.h"

namespace adamqlr {

// Work is cut by shape alone, never by the number of threads, so that results do not depend on it.

/// Half-open range of one piece.
struct Range {
  int64_t begin, end;
  int64_t size() const { return end - begin; }
};

/// n items in pieces of `size`; the last one may be shorter.
struct Pieces {
  int64_t n, size;
  int64_t count() const { return ceil_div(n, size); }
  Range operator[](int64_t piece) const { return {piece * size, std::min(n, (piece + 1) * size)}; }
};

/// Elements one chunk of a memory-bound pass handles: long enough to pay for its dispatch, short enough to balance.
constexpr int64_t kChunkElements = 16 * 1024;

/// n items of `cost` elements each in pieces of about kChunkElements.
inline Pieces pieces_of(int64_t n, int64_t cost) {
  return {n, std::max<int64_t>(1, kChunkElements / std::max<int64_t>(1, cost))};
}

}  // namespace adamqlr
