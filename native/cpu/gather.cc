#include <atomic>
#include <cstring>

#include "families.h"
#include "operands.h"
#include "partition.h"
#include "strided_copy.h"

namespace adamqlr {
namespace {

/// Whether `whole` has the axes of `base` with those of `indices` in place of `axis`.
bool replaces_axis(const View& whole, const View& base, int axis, const View& indices) {
  if (whole.rank != base.rank - 1 + indices.rank) return false;
  for (int i = 0; i < whole.rank; ++i) {
    const int64_t size = i < axis                  ? base.dims[i]
                         : i < axis + indices.rank ? indices.dims[i - axis]
                                                   : base.dims[i - indices.rank + 1];
    if (whole.dims[i] != size) return false;
  }
  return true;
}

/// Shared by both: `base` has the indexed axis, `whole` the axes of the indices in its place.
Status check_indexed(std::string_view who, const Call& call, const View& base, const View& indices, const View& whole) {
  if (Status status = check_axis(who, call, base.rank); !status) return status;
  if (indices.dtype != DType::kInt32) return expected(who, "int32 indices", describe(indices));
  if (base.dtype != whole.dtype)
    return expected(who, "operands of one dtype", describe(base) + " and " + describe(whole));
  if (!replaces_axis(whole, base, static_cast<int>(call.attributes.ints[0]), indices)) {
    return expected(who, "the axes of the indices " + describe(indices) + " in place of one axis of " + describe(base),
                    describe(whole));
  }
  return Status::ok();
}

/// Every index must be in [0, length). Finds the first one that is not, whatever the threads do.
Status test_indices(std::string_view who, const Call& call, const View& view, int64_t length) {
  const auto* indices = view.as<const int32_t>();
  const int64_t count = view.count();
  std::atomic<int64_t> first{count};
  const Pieces chunks = pieces_of(count, 1);
  call.pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    const Range range = chunks[chunk];
    bool good = true;
    for (int64_t i = range.begin; i < range.end; ++i)
      good &= static_cast<uint32_t>(indices[i]) < static_cast<uint64_t>(length);
    if (good) return;
    int64_t bad = range.begin;
    while (static_cast<uint32_t>(indices[bad]) < static_cast<uint64_t>(length)) ++bad;
    int64_t seen = first.load(std::memory_order_relaxed);
    while (bad < seen && !first.compare_exchange_weak(seen, bad, std::memory_order_relaxed)) {
    }
  });
  const int64_t bad = first.load();
  if (bad == count) return Status::ok();
  return expected(who, "indices in [0, " + std::to_string(length) + ")",
                  std::to_string(indices[bad]) + " at position " + std::to_string(call.first_row * (count / call.rows) + bad));
}

// gather: y[outer, j, inner] = x[outer, indices[j], inner].

Status check_gather(const Call& call, int64_t*) {
  if (Status status = check_operands("gather", call, 2, 1); !status) return status;
  return check_indexed("gather", call, call.in[0], call.in[1], call.out[0]);
}

template <typename T>
void gather(const T* x, const int32_t* indices, T* y, const AxisSplit& split, int64_t count, Pool* pool) {
  const Pieces chunks = pieces_of(split.outer * count, split.inner);
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    const Range range = chunks[chunk];
    for (int64_t i = range.begin; i < range.end; ++i) {
      const T* from = x + ((i / count) * split.length + indices[i % count]) * split.inner;
      T* to = y + i * split.inner;
      if (split.inner == 1)
        *to = *from;
      else
        std::memcpy(to, from, static_cast<size_t>(split.inner) * sizeof(T));
    }
  });
}

Status run_gather(const Call& call) {
  const View &x = call.in[0], &indices = call.in[1], &y = call.out[0];
  const AxisSplit split = split_at(x, static_cast<int>(call.attributes.ints[0]));
  const int64_t count = indices.count();
  if (Status status = test_indices("gather", call, indices, split.length); !status)
    return status;
  if (y.count() == 0) return Status::ok();
  with_type(x.dtype, [&](auto tag) {
    using T = decltype(tag);
    gather(x.as<T>(), indices.as<int32_t>(), y.as<T>(), split, count, call.pool);
  });
  return Status::ok();
}

// scatterAdd: y = 0, then y[outer, indices[j], inner] += updates[outer, j, inner] for j in order.

Status check_scatter_add(const Call& call, int64_t*) {
  if (Status status = check_operands("scatterAdd", call, 2, 1); !status) return status;
  if (call.out[0].dtype == DType::kBool)
    return expected("scatterAdd", "numbers", describe(call.out[0]), "cast to int32 first");
  return check_indexed("scatterAdd", call, call.out[0], call.in[0], call.in[1]);
}

/// Every chunk owns a part of y, a range of the indexed axis and of the inner elements, and applies the updates that
/// fall into it in order: no two threads add to one place, and the order of additions is that of the positions.
struct ScatterPartition {
  Pieces lengths, inners;
  int64_t per_outer() const { return lengths.count() * inners.count(); }
};

ScatterPartition partition_scatter(const AxisSplit& split, int64_t count) {
  constexpr int64_t kChunks = 16, kLine = 16;  // a line of the cache holds at least 8 elements
  const int64_t work = split.outer * count * split.inner;
  const int64_t wanted = std::clamp<int64_t>(work / kChunkElements, 1, kChunks);
  const int64_t across = std::clamp<int64_t>(ceil_div(wanted, split.outer), 1, ceil_div(split.inner, kLine));
  const int64_t along = std::clamp<int64_t>(ceil_div(wanted, split.outer * across), 1, 4);
  return {{split.length, std::max<int64_t>(1, ceil_div(split.length, along))},
          {split.inner, round_up(std::max<int64_t>(1, ceil_div(split.inner, across)), kLine)}};
}

template <typename T>
void scatter_add(const int32_t* indices, const T* updates, T* y, const AxisSplit& split, int64_t count, Pool* pool) {
  const ScatterPartition parts = partition_scatter(split, count);
  pool->parallel(split.outer * parts.per_outer(), [&](int64_t chunk, int) {
    const int64_t outer = chunk / parts.per_outer(), part = chunk % parts.per_outer();
    const Range rows = parts.lengths[part / parts.inners.count()], inner = parts.inners[part % parts.inners.count()];
    const T* from = updates + outer * count * split.inner;
    T* to = y + outer * split.length * split.inner;
    for (int64_t j = 0; j < count; ++j) {
      const int64_t row = indices[j];
      if (row < rows.begin || row >= rows.end) continue;
      const T* source = from + j * split.inner;
      T* sum = to + row * split.inner;
#pragma GCC ivdep
      for (int64_t i = inner.begin; i < inner.end; ++i) {
        if constexpr (std::is_same_v<T, int32_t>)
          sum[i] = static_cast<T>(static_cast<uint32_t>(sum[i]) + static_cast<uint32_t>(source[i]));
        else
          sum[i] = static_cast<T>(sum[i] + source[i]);
      }
    }
  });
}

Status run_scatter_add(const Call& call) {
  const View &indices = call.in[0], &updates = call.in[1], &y = call.out[0];
  const AxisSplit split = split_at(y, static_cast<int>(call.attributes.ints[0]));
  const int64_t count = indices.count();
  if (Status status = test_indices("scatterAdd", call, indices, split.length); !status)
    return status;
  run_zero(y.data, y.bytes(), call.pool);
  if (updates.count() == 0) return Status::ok();
  with_type(y.dtype, [&](auto tag) {
    using T = decltype(tag);
    scatter_add(indices.as<int32_t>(), updates.as<T>(), y.as<T>(), split, count, call.pool);
  });
  return Status::ok();
}

constexpr Kernel kKernels[] = {{"gather", check_gather, run_gather},
                               {"scatterAdd", check_scatter_add, run_scatter_add}};

}  // namespace

std::span<const Kernel> gather_kernels() { return kKernels; }

}  // namespace adamqlr
