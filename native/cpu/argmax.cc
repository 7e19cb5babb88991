#include "families.h"
#include "operands.h"
#include "partition.h"

namespace adamqlr {
namespace {

constexpr int64_t kBlock = 128;

/// Whether b, which comes later, takes the place of a: NaN is the largest, and the first of equals stays.
template <typename T>
bool beats(T b, T a) {
  return b > a || (b != b && a == a);
}

/// y[outer, inner] = position of the largest x[outer, :, inner].
Status check_argmax(const Call& call, int64_t*) {
  if (Status status = check_operands("argmax", call, 1, 1); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  if (Status status = check_axis("argmax", call, x.rank); !status) return status;
  const AxisSplit split = split_at(x, static_cast<int>(call.attributes.ints[0]));
  if (split.length < 1 || split.length > INT32_MAX)
    return expected("argmax", "an axis of 1 to 2^31 - 1 elements", describe(x));
  if (y.dtype != DType::kInt32 || y.count() != split.outer * split.inner) {
    return expected("argmax", "an int32 output of " + std::to_string(split.outer * split.inner) + " elements",
                    describe(y));
  }
  return Status::ok();
}

template <typename T>
void argmax_line(const T* x, int64_t length, int32_t* y) {
  int64_t best = 0;
  for (int64_t i = 1; i < length; ++i) {
    if (beats(x[i], x[best])) best = i;
  }
  *y = static_cast<int32_t>(best);
}

template <typename T>
void argmax_columns(const T* x, int64_t length, int64_t stride, Range columns, int32_t* y) {
  T best[kBlock];
  for (int64_t c = columns.begin; c < columns.end; ++c) {
    best[c - columns.begin] = x[c];
    y[c] = 0;
  }
  for (int64_t i = 1; i < length; ++i) {
    for (int64_t c = columns.begin; c < columns.end; ++c) {
      const T value = x[i * stride + c];
      if (!beats(value, best[c - columns.begin])) continue;
      best[c - columns.begin] = value;
      y[c] = static_cast<int32_t>(i);
    }
  }
}

template <typename T>
void argmax(const T* x, int32_t* y, const AxisSplit& split, Pool* pool) {
  const Pieces blocks{split.inner, kBlock};
  const Pieces chunks = pieces_of(split.outer * blocks.count(), split.length * std::min(split.inner, kBlock));
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    for (int64_t unit = chunks[chunk].begin; unit < chunks[chunk].end; ++unit) {
      const int64_t outer = unit / blocks.count();
      const T* from = x + outer * split.length * split.inner;
      if (split.inner == 1)
        argmax_line(from, split.length, y + outer);
      else
        argmax_columns(from, split.length, split.inner, blocks[unit % blocks.count()], y + outer * split.inner);
    }
  });
}

Status run_argmax(const Call& call) {
  const View& x = call.in[0];
  const AxisSplit split = split_at(x, static_cast<int>(call.attributes.ints[0]));
  with_type(x.dtype, [&](auto tag) {
    using T = decltype(tag);
    argmax(x.as<T>(), call.out[0].as<int32_t>(), split, call.pool);
  });
  return Status::ok();
}

constexpr Kernel kKernels[] = {{"argmax", check_argmax, run_argmax}};

}  // namespace

std::span<const Kernel> argmax_kernels() { return kKernels; }

}  // namespace adamqlr
