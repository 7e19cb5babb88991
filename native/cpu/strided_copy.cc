#include "strided_copy.h"

#include <cstring>
#include <utility>

#include "partition.h"

namespace adamqlr {
namespace {

/// Drops axes of size 1, orders the rest by destination stride and merges neighbors that run on in both layouts.
void simplify(StridedCopy* copy) {
  int rank = 0;
  for (int i = 0; i < copy->rank; ++i) {
    if (copy->dims[i] == 1) continue;
    copy->dims[rank] = copy->dims[i];
    copy->source[rank] = copy->source[i];
    copy->destination[rank++] = copy->destination[i];
  }
  int merged = 0;
  for (int i = 0; i < rank; ++i) {
    const bool runs_on = merged > 0 && copy->source[merged - 1] == copy->source[i] * copy->dims[i] &&
                         copy->destination[merged - 1] == copy->destination[i] * copy->dims[i];
    if (runs_on) {
      copy->dims[merged - 1] *= copy->dims[i];
    } else {
      copy->dims[merged] = copy->dims[i];
      ++merged;
    }
    copy->source[merged - 1] = copy->source[i];
    copy->destination[merged - 1] = copy->destination[i];
  }
  if (merged == 0) {
    copy->dims[0] = 1;
    copy->source[0] = copy->destination[0] = 1;
    merged = 1;
  }
  copy->rank = merged;
}

/// One line: `count` elements along the last axis.
template <typename T>
void copy_line(const T* from, int64_t from_stride, T* to, int64_t to_stride, int64_t count) {
  if (from_stride == 1 && to_stride == 1) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
  } else if (from_stride == 0 && to_stride == 1) {
    const T value = *from;
    for (int64_t i = 0; i < count; ++i) to[i] = value;
  } else {
    for (int64_t i = 0; i < count; ++i) to[i * to_stride] = from[i * from_stride];
  }
}

/// A block of a transposition, small enough that the lines of both sides stay in the first-level cache.
constexpr int64_t kBlock = 16;

template <typename T>
void copy_plane(const T* from, int64_t from_row, int64_t from_column, T* to, int64_t to_row, Range rows,
                int64_t columns) {
  for (int64_t r0 = rows.begin; r0 < rows.end; r0 += kBlock) {
    const int64_t r1 = std::min(rows.end, r0 + kBlock);
    for (int64_t c0 = 0; c0 < columns; c0 += kBlock) {
      const int64_t c1 = std::min(columns, c0 + kBlock);
      for (int64_t r = r0; r < r1; ++r) {
        for (int64_t c = c0; c < c1; ++c) to[r * to_row + c] = from[r * from_row + c * from_column];
      }
    }
  }
}

/// Offsets of position `index` over the axes before `rank`.
std::pair<int64_t, int64_t> offsets(const StridedCopy& copy, int rank, int64_t index) {
  int64_t source = 0, destination = 0;
  for (int i = rank - 1; i >= 0; --i) {
    const int64_t at = index % copy.dims[i];
    index /= copy.dims[i];
    source += at * copy.source[i];
    destination += at * copy.destination[i];
  }
  return {source, destination};
}

/// Lines along the last axis, cut into pieces where one line alone is long.
template <typename T>
void copy_lines(const StridedCopy& copy, const T* from, T* to, Pool* pool) {
  const int last = copy.rank - 1;
  int64_t lines = 1;
  for (int i = 0; i < last; ++i) lines *= copy.dims[i];
  const Pieces parts{copy.dims[last], 4 * kChunkElements};
  const Pieces chunks = pieces_of(lines * parts.count(), std::min(copy.dims[last], parts.size));
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    const Range range = chunks[chunk];
    for (int64_t i = range.begin; i < range.end; ++i) {
      const Range part = parts[i % parts.count()];
      const auto [source, destination] = offsets(copy, last, i / parts.count());
      copy_line(from + source + part.begin * copy.source[last], copy.source[last],
                to + destination + part.begin * copy.destination[last], copy.destination[last], part.size());
    }
  });
}

/// Planes of the axis that is contiguous in the source (moved to last but one) and the last axis: transpositions.
template <typename T>
void copy_planes(const StridedCopy& copy, const T* from, T* to, Pool* pool) {
  const int row = copy.rank - 2, column = copy.rank - 1;
  int64_t planes = 1;
  for (int i = 0; i < row; ++i) planes *= copy.dims[i];
  const Pieces bands{copy.dims[row], 4 * kBlock};
  const Pieces chunks = pieces_of(planes * bands.count(), std::min(copy.dims[row], bands.size) * copy.dims[column]);
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    const Range range = chunks[chunk];
    for (int64_t i = range.begin; i < range.end; ++i) {
      const auto [source, destination] = offsets(copy, row, i / bands.count());
      copy_plane(from + source, copy.source[row], copy.source[column], to + destination, copy.destination[row],
                 bands[i % bands.count()], copy.dims[column]);
    }
  });
}

void swap_axes(StridedCopy* copy, int a, int b) {
  std::swap(copy->dims[a], copy->dims[b]);
  std::swap(copy->source[a], copy->source[b]);
  std::swap(copy->destination[a], copy->destination[b]);
}

template <typename T>
void run_typed(StridedCopy copy, const void* from, void* to, Pool* pool) {
  const int last = copy.rank - 1;
  int contiguous = -1;
  for (int i = 0; i < last; ++i) {
    if (copy.source[i] == 1) contiguous = i;
  }
  const bool transposes =
      contiguous >= 0 && copy.destination[last] == 1 && copy.source[last] != 1 && copy.source[last] != 0;
  if (!transposes) return copy_lines(copy, static_cast<const T*>(from), static_cast<T*>(to), pool);
  swap_axes(&copy, contiguous, last - 1);
  copy_planes(copy, static_cast<const T*>(from), static_cast<T*>(to), pool);
}

constexpr int64_t kChunkBytes = 4 * kChunkElements;

}  // namespace

void dense_strides(const View& view, int64_t* strides) {
  int64_t stride = 1;
  for (int i = view.rank - 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= view.dims[i];
  }
}

void run_strided_copy(StridedCopy copy, const void* from, void* to, int64_t size, Pool* pool) {
  for (int i = 0; i < copy.rank; ++i) {
    if (copy.dims[i] == 0) return;
  }
  simplify(&copy);
  if (size == 8) return run_typed<uint64_t>(copy, from, to, pool);
  if (size == 4) return run_typed<uint32_t>(copy, from, to, pool);
  run_typed<uint8_t>(copy, from, to, pool);
}

void run_zero(void* to, int64_t bytes, Pool* pool) {
  const Pieces chunks{bytes, kChunkBytes};
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    std::memset(static_cast<std::byte*>(to) + chunks[chunk].begin, 0, static_cast<size_t>(chunks[chunk].size()));
  });
}

void run_memory_copy(const void* from, void* to, int64_t bytes, Pool* pool) {
  if (from == to) return;
  const Pieces chunks{bytes, kChunkBytes};
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    const Range range = chunks[chunk];
    std::memcpy(static_cast<std::byte*>(to) + range.begin, static_cast<const std::byte*>(from) + range.begin,
                static_cast<size_t>(range.size()));
  });
}

}  // namespace adamqlr
