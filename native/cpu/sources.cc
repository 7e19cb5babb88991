#include "families.h"
#include "operands.h"
#include "partition.h"

namespace adamqlr {
namespace {

// iota: y[outer, i, inner] = i along the axis.

Status check_iota(const Call& call, int64_t*) {
  if (Status status = check_operands("iota", call, 0, 1); !status) return status;
  const View& y = call.out[0];
  if (Status status = check_axis("iota", call, y.rank); !status) return status;
  const int64_t length = y.dims[call.attributes.ints[0]];
  const int64_t limit = y.dtype == DType::kBool    ? 2
                        : y.dtype == DType::kUint8 ? 256
                        : y.dtype == DType::kInt32 ? int64_t{1} << 31
                                                   : kMaxElements;
  if (length > limit) return expected("iota", "positions its dtype can hold", describe(y));
  return Status::ok();
}

template <typename T>
void iota(T* y, const AxisSplit& split, Pool* pool) {
  const Pieces chunks = pieces_of(split.outer * split.length, split.inner);
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    for (int64_t i = chunks[chunk].begin; i < chunks[chunk].end; ++i) {
      std::fill(y + i * split.inner, y + (i + 1) * split.inner, static_cast<T>(i % split.length));
    }
  });
}

Status run_iota(const Call& call) {
  const View& y = call.out[0];
  with_type(y.dtype, [&](auto tag) {
    using T = decltype(tag);
    iota(y.as<T>(), split_at(y, static_cast<int>(call.attributes.ints[0])), call.pool);
  });
  return Status::ok();
}

// size: the element count of a shape tensor as float64: means divide by it.

Status check_size(const Call& call, int64_t*) {
  if (Status status = check_operands("size", call, 1, 1); !status) return status;
  if (call.out[0].dtype == DType::kFloat64 && call.out[0].count() == 1) return Status::ok();
  return expected("size", "a float64 scalar output", describe(call.out[0]));
}

Status run_size(const Call& call) {
  *call.out[0].as<double>() = static_cast<double>(call.in[0].count());
  return Status::ok();
}

constexpr Kernel kKernels[] = {{"iota", check_iota, run_iota}, {"size", check_size, run_size, nullptr, kShapeInput}};

}  // namespace

std::span<const Kernel> sources_kernels() { return kKernels; }

}  // namespace adamqlr
