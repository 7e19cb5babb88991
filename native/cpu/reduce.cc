#include <cstring>
#include <limits>

#include "families.h"
#include "operands.h"
#include "partition.h"
#include "reduce_loops.h"

namespace adamqlr {
namespace {

constexpr int64_t kMaxUnits = 64;      // enough pieces for the threads
constexpr int64_t kColumnBlock = 512;  // running values of one piece, on the stack

/// x as alternating groups of kept and reduced axes. The last group is the inner one: a line when reduced, columns when
/// kept.
struct Reduction {
  int kept_rank = 0, reduced_rank = 0;  // outer groups
  int64_t kept_dims[kMaxRank], kept_strides[kMaxRank], reduced_dims[kMaxRank], reduced_strides[kMaxRank];
  int64_t kept = 1, reduced = 1;  // outer positions
  bool inner_reduced = false;
  int64_t inner = 1;

  // Work is cut into units (an outer kept position and a block of columns) and each unit into shards of reduced
  // positions.
  Pieces blocks, shards;
  int64_t units() const { return kept * blocks.count(); }
};

int64_t offset_of(int rank, const int64_t* dims, const int64_t* strides, int64_t index) {
  int64_t offset = 0;
  for (int i = rank - 1; i >= 0; --i) {
    offset += index % dims[i] * strides[i];
    index /= dims[i];
  }
  return offset;
}

void cut(Reduction* r) {
  r->blocks = r->inner_reduced ? Pieces{1, 1} : Pieces{r->inner, kColumnBlock};
  // Shards run over the outer reduced positions, or along the line where there is only the line.
  const bool along_line = r->inner_reduced && r->reduced == 1;
  const int64_t positions = along_line ? r->inner : r->reduced;
  const int64_t cost = along_line ? 1 : std::min(r->inner, r->inner_reduced ? r->inner : kColumnBlock);
  const int64_t units = std::max<int64_t>(1, r->units());
  const int64_t wanted = std::clamp<int64_t>(positions * std::max<int64_t>(1, cost) / kChunkElements, 1,
                                             std::max<int64_t>(1, kMaxUnits / units));
  r->shards = {positions, std::max<int64_t>(1, ceil_div(positions, wanted))};
}

Reduction plan(const View& x, std::span<const int64_t> axes) {
  int64_t dims[kMaxRank], strides[kMaxRank];
  bool reduces[kMaxRank];
  int groups = 0;
  int64_t stride = 1;
  size_t axis = axes.size();
  for (int i = x.rank - 1; i >= 0; --i) {
    const bool reduce = axis > 0 && axes[axis - 1] == i;
    if (reduce) --axis;
    if (x.dims[i] != 1) {
      if (groups > 0 && reduces[groups - 1] == reduce) {
        dims[groups - 1] *= x.dims[i];
      } else {
        dims[groups] = x.dims[i];
        strides[groups] = stride;
        reduces[groups++] = reduce;
      }
    }
    stride *= x.dims[i];
  }
  Reduction r;
  if (groups > 0) {
    r.inner_reduced = reduces[0];
    r.inner = dims[0];
  }
  for (int i = groups - 1; i > 0; --i) {
    int& rank = reduces[i] ? r.reduced_rank : r.kept_rank;
    (reduces[i] ? r.reduced_dims : r.kept_dims)[rank] = dims[i];
    (reduces[i] ? r.reduced_strides : r.kept_strides)[rank++] = strides[i];
    (reduces[i] ? r.reduced : r.kept) *= dims[i];
  }
  cut(&r);
  return r;
}

/// How the running values of `sum` and `max` start, combine and end.
template <typename T>
struct SumRule {
  using Acc = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  static Acc start() { return 0; }
  static Acc combine(Acc a, Acc b) { return a + b; }
  template <typename R>
  static R finish(Acc acc) {
    if constexpr (std::is_same_v<Acc, double>)
      return static_cast<R>(acc);
    else
      return static_cast<R>(static_cast<int64_t>(acc));
  }
};
template <typename T>
struct MaxRule {
  using Acc = T;
  static Acc start() {
    return std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  }
  static Acc combine(Acc a, Acc b) { return a > b || a != a ? a : b; }
  template <typename R>
  static R finish(Acc acc) {
    return static_cast<R>(acc);
  }
};

/// Adds one shard of one unit to `acc`, which holds one running value per column of the unit.
template <typename T, typename Acc>
void reduce_shard(const Reduction& r, const ReduceLoop& loop, const T* x, int64_t unit, Range shard, Acc* acc) {
  const Range columns = r.blocks[unit % r.blocks.count()];
  x += offset_of(r.kept_rank, r.kept_dims, r.kept_strides, unit / r.blocks.count());
  if (r.inner_reduced && r.reduced == 1) return loop.line(x + shard.begin, shard.size(), acc);
  const bool regular = r.reduced_rank == 1;
  if (!r.inner_reduced && (regular || r.reduced == 1)) {
    const int64_t stride = regular ? r.reduced_strides[0] : 0;
    return loop.columns(x + shard.begin * stride + columns.begin, shard.size(), stride, columns.size(), acc);
  }
  for (int64_t i = shard.begin; i < shard.end; ++i) {
    const T* line = x + offset_of(r.reduced_rank, r.reduced_dims, r.reduced_strides, i);
    if (r.inner_reduced)
      loop.line(line, r.inner, acc);
    else
      loop.columns(line + columns.begin, 1, 0, columns.size(), acc);
  }
}

template <typename T, typename R, typename Rule>
void reduce(const Reduction& r, const ReduceLoop& loop, const T* x, R* y, std::byte* scratch, Pool* pool) {
  using Acc = typename Rule::Acc;
  const int64_t shards = r.shards.count();
  const int64_t work = r.inner_reduced ? r.reduced * r.inner : r.reduced * std::min(r.inner, kColumnBlock);
  const auto output = [&](int64_t unit) {
    return y + (r.inner_reduced ? unit : unit / r.blocks.count() * r.inner + r.blocks[unit % r.blocks.count()].begin);
  };
  const auto width = [&](int64_t unit) { return r.inner_reduced ? 1 : r.blocks[unit % r.blocks.count()].size(); };
  if (shards <= 1) {
    const Pieces chunks = pieces_of(r.units(), work);
    pool->parallel(chunks.count(), [&](int64_t chunk, int) {
      Acc acc[kColumnBlock];
      for (int64_t unit = chunks[chunk].begin; unit < chunks[chunk].end; ++unit) {
        const int64_t count = width(unit);
        std::fill(acc, acc + count, Rule::start());
        if (shards == 1) reduce_shard(r, loop, x, unit, r.shards[0], acc);
        for (int64_t i = 0; i < count; ++i) output(unit)[i] = Rule::template finish<R>(acc[i]);
      }
    });
    return;
  }
  const int64_t stride = r.inner_reduced ? 64 / static_cast<int64_t>(sizeof(Acc)) : kColumnBlock;
  Acc* partial = reinterpret_cast<Acc*>(scratch);
  pool->parallel(r.units() * shards, [&](int64_t chunk, int) {
    Acc* acc = partial + chunk * stride;
    std::fill(acc, acc + width(chunk / shards), Rule::start());
    reduce_shard(r, loop, x, chunk / shards, r.shards[chunk % shards], acc);
  });
  for (int64_t unit = 0; unit < r.units(); ++unit) {
    for (int64_t i = 0; i < width(unit); ++i) {
      Acc acc = partial[unit * shards * stride + i];
      for (int64_t shard = 1; shard < shards; ++shard)
        acc = Rule::combine(acc, partial[(unit * shards + shard) * stride + i]);
      output(unit)[i] = Rule::template finish<R>(acc);
    }
  }
}

Status check_reduction(std::string_view who, const Call& call, int64_t* scratch_bytes) {
  if (Status status = check_operands(who, call, 1, 1); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  const std::span<const int64_t> axes = call.attributes.ints;
  int64_t kept = 1, previous = -1;
  for (const int64_t axis : axes) {
    if (axis <= previous || axis >= x.rank)
      return expected(who, "ascending axes of " + describe(x), std::to_string(axis));
    previous = axis;
  }
  for (int i = 0; i < x.rank; ++i) kept *= std::find(axes.begin(), axes.end(), i) == axes.end() ? x.dims[i] : 1;
  if (y.count() != kept) return expected(who, "an output of " + std::to_string(kept) + " elements", describe(y));
  const Reduction r = plan(x, axes);
  *scratch_bytes = r.shards.count() > 1 ? r.units() * r.shards.count() * (r.inner_reduced ? 64 : kColumnBlock * 8) : 0;
  return Status::ok();
}

Status wrong_dtype(std::string_view who, const View& x, const View& y) {
  return expected(who, "an output dtype that goes with " + describe(x), describe(y));
}

// sum: floats in float64, rounded once to the dtype of y; integers wrap. Sum of nothing: 0.

Status check_sum(const Call& call, int64_t* scratch_bytes) {
  if (Status status = check_reduction("sum", call, scratch_bytes); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  const bool good = y.dtype == DType::kFloat64 || (!is_float(x.dtype) && y.dtype == DType::kInt32) ||
                    (x.dtype == y.dtype && y.dtype != DType::kBool);
  return good ? Status::ok() : wrong_dtype("sum", x, y);
}

template <typename T, typename R, typename Rule>
void run_reduction(const Call& call, const ReduceLoop& loop) {
  const Reduction r = plan(call.in[0], call.attributes.ints);
  reduce<T, R, Rule>(r, loop, call.in[0].as<T>(), call.out[0].as<R>(), call.scratch, call.pool);
}

Status run_sum(const Call& call) {
  const View &x = call.in[0], &y = call.out[0];
  const ReduceLoop& loop = reduce_loops().sum[static_cast<int>(x.dtype)];
  with_type(x.dtype, [&](auto tag) {
    using T = decltype(tag);
    if (y.dtype == DType::kFloat64)
      run_reduction<T, double, SumRule<T>>(call, loop);
    else if (y.dtype == DType::kInt32)
      run_reduction<T, int32_t, SumRule<T>>(call, loop);
    else
      run_reduction<T, T, SumRule<T>>(call, loop);
  });
  return Status::ok();
}

// max: NaN when there is one; of nothing: -infinity, or the smallest integer.

Status check_max(const Call& call, int64_t* scratch_bytes) {
  if (Status status = check_reduction("max", call, scratch_bytes); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  const bool good = x.dtype == y.dtype || (is_float(x.dtype) && y.dtype == DType::kFloat64);
  return good ? Status::ok() : wrong_dtype("max", x, y);
}

Status run_max(const Call& call) {
  const View &x = call.in[0], &y = call.out[0];
  const ReduceLoop& loop = reduce_loops().max[static_cast<int>(x.dtype)];
  with_type(x.dtype, [&](auto tag) {
    using T = decltype(tag);
    if (x.dtype == y.dtype)
      run_reduction<T, T, MaxRule<T>>(call, loop);
    else
      run_reduction<T, double, MaxRule<T>>(call, loop);
  });
  return Status::ok();
}

constexpr Kernel kKernels[] = {{"sum", check_sum, run_sum}, {"max", check_max, run_max}};

}  // namespace

std::span<const Kernel> reduce_kernels() { return kKernels; }

}  // namespace adamqlr
