#include <cstring>

#include "families.h"
#include "operands.h"
#include "partition.h"
#include "strided_copy.h"

namespace adamqlr {
namespace {

Status same_dtype(std::string_view who, const View& x, const View& y) {
  if (x.dtype == y.dtype) return Status::ok();
  return expected(who, "an output of the input's dtype, " + describe(x), describe(y));
}

Status wrong_output(std::string_view who, const View& x, const View& y) {
  return expected(who, "an output whose sizes follow from the input " + describe(x) + " and the attributes",
                  describe(y));
}

/// The two dtypes of a single value that is converted on the way: a rank-0 float64 meeting a float32 field, and back.
bool converts_one(const View& x, const View& y) { return is_float(x.dtype) && is_float(y.dtype) && x.count() == 1; }

double one_value(const View& x) {
  return x.dtype == DType::kFloat32 ? static_cast<double>(*x.as<float>()) : *x.as<double>();
}

template <typename T>
void run_fill(T* y, int64_t count, T value, Pool* pool) {
  const Pieces chunks = pieces_of(count, 1);
  pool->parallel(chunks.count(),
                 [&](int64_t chunk, int) { std::fill(y + chunks[chunk].begin, y + chunks[chunk].end, value); });
}

void run_fill_converted(const View& x, const View& y, Pool* pool) {
  if (y.dtype == DType::kFloat32) return run_fill(y.as<float>(), y.count(), static_cast<float>(one_value(x)), pool);
  run_fill(y.as<double>(), y.count(), one_value(x), pool);
}

// transpose: y[i_0, ...] = x[...], where axis k of y is axis perm[k] of x.

Status check_transpose(const Call& call, int64_t*) {
  if (Status status = check_operands("transpose", call, 1, 1); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  if (Status status = check_ints("transpose", call, x.rank); !status) return status;
  if (Status status = same_dtype("transpose", x, y); !status) return status;
  unsigned seen = 0;
  for (const int64_t axis : call.attributes.ints) {
    if (axis < 0 || axis >= x.rank || (seen & (1u << axis)) != 0)
      return expected("transpose", "a permutation of the axes", std::to_string(axis));
    seen |= 1u << axis;
  }
  if (y.rank != x.rank) return wrong_output("transpose", x, y);
  for (int i = 0; i < y.rank; ++i) {
    if (y.dims[i] != x.dims[call.attributes.ints[i]]) return wrong_output("transpose", x, y);
  }
  return Status::ok();
}

Status run_transpose(const Call& call) {
  const View &x = call.in[0], &y = call.out[0];
  int64_t strides[kMaxRank];
  dense_strides(x, strides);
  StridedCopy copy;
  copy.rank = y.rank;
  dense_strides(y, copy.destination);
  for (int i = 0; i < y.rank; ++i) {
    copy.dims[i] = y.dims[i];
    copy.source[i] = strides[call.attributes.ints[i]];
  }
  run_strided_copy(copy, x.data, y.data, size_of(x.dtype), call.pool);
  return Status::ok();
}

// broadcast: axis k of y runs along axis map[k] of x, or repeats where map[k] = -1 or that axis has size 1.

Status check_broadcast(const Call& call, int64_t*) {
  if (Status status = check_operands("broadcast", call, 1, 1); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  if (Status status = check_ints("broadcast", call, y.rank); !status) return status;
  if (x.dtype != y.dtype && !converts_one(x, y)) return same_dtype("broadcast", x, y);
  unsigned seen = 0;
  for (int i = 0; i < y.rank; ++i) {
    const int64_t axis = call.attributes.ints[i];
    if (axis < -1 || axis >= x.rank || (axis >= 0 && (seen & (1u << axis)) != 0)) {
      return expected("broadcast", "input axes once each, or -1", std::to_string(axis));
    }
    if (axis < 0) continue;
    seen |= 1u << axis;
    if (x.dims[axis] != y.dims[i] && x.dims[axis] != 1) return wrong_output("broadcast", x, y);
  }
  for (int axis = 0; axis < x.rank; ++axis) {
    if ((seen & (1u << axis)) == 0 && x.dims[axis] != 1)
      return expected("broadcast", "unused input axes of size 1", describe(x));
  }
  return Status::ok();
}

Status run_broadcast(const Call& call) {
  const View &x = call.in[0], &y = call.out[0];
  if (x.dtype != y.dtype) return run_fill_converted(x, y, call.pool), Status::ok();
  int64_t strides[kMaxRank];
  dense_strides(x, strides);
  StridedCopy copy;
  copy.rank = y.rank;
  dense_strides(y, copy.destination);
  for (int i = 0; i < y.rank; ++i) {
    const int64_t axis = call.attributes.ints[i];
    copy.dims[i] = y.dims[i];
    copy.source[i] = axis < 0 || x.dims[axis] == 1 ? 0 : strides[axis];
  }
  run_strided_copy(copy, x.data, y.data, size_of(x.dtype), call.pool);
  return Status::ok();
}

// slice: y[i_0, ...] = x[start_0 + i_0 step_0, ...]; a negative step runs backwards.

Status check_slice(const Call& call, int64_t*) {
  if (Status status = check_operands("slice", call, 1, 1); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  if (Status status = check_ints("slice", call, 2 * x.rank); !status) return status;
  if (Status status = same_dtype("slice", x, y); !status) return status;
  if (y.rank != x.rank) return wrong_output("slice", x, y);
  for (int i = 0; i < x.rank; ++i) {
    const int64_t start = call.attributes.ints[i], step = call.attributes.ints[x.rank + i], size = x.dims[i],
                  count = y.dims[i];
    if (step == 0 || step > kMaxElements || step < -kMaxElements)
      return expected("slice", "steps other than 0", std::to_string(step));
    if (count == 0) continue;
    if (start < 0 || start >= size)
      return expected("slice", "starts in [0, " + std::to_string(size) + ")", std::to_string(start));
    // Room for the other count - 1 elements, in steps from the start.
    const int64_t room = step > 0 ? (size - 1 - start) / step : start / -step;
    if (count - 1 > room) return wrong_output("slice", x, y);
  }
  return Status::ok();
}

Status run_slice(const Call& call) {
  const View &x = call.in[0], &y = call.out[0];
  if (y.count() == 0) return Status::ok();
  int64_t strides[kMaxRank];
  dense_strides(x, strides);
  StridedCopy copy;
  copy.rank = y.rank;
  dense_strides(y, copy.destination);
  int64_t first = 0;
  for (int i = 0; i < y.rank; ++i) {
    copy.dims[i] = y.dims[i];
    copy.source[i] = strides[i] * (y.dims[i] > 1 ? call.attributes.ints[x.rank + i] : 1);
    first += strides[i] * call.attributes.ints[i];
  }
  const int64_t size = size_of(x.dtype);
  run_strided_copy(copy, x.as<std::byte>() + first * size, y.data, size, call.pool);
  return Status::ok();
}

// pad: y[low_0 + i_0 (interior_0 + 1), ...] = x[i_0, ...], zero elsewhere.

Status check_pad(const Call& call, int64_t*) {
  if (Status status = check_operands("pad", call, 1, 1); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  if (Status status = check_ints("pad", call, 2 * x.rank); !status) return status;
  if (Status status = same_dtype("pad", x, y); !status) return status;
  if (y.rank != x.rank) return wrong_output("pad", x, y);
  for (int i = 0; i < x.rank; ++i) {
    const int64_t low = call.attributes.ints[i], interior = call.attributes.ints[x.rank + i];
    if (low < 0 || interior < 0 || low > kMaxElements || interior > kMaxElements) {
      return expected("pad", "low and interior of 0 or more", std::to_string(low) + " and " + std::to_string(interior));
    }
    if (x.dims[i] == 0 ? low > y.dims[i] : low >= y.dims[i] || x.dims[i] - 1 > (y.dims[i] - 1 - low) / (interior + 1)) {
      return wrong_output("pad", x, y);
    }
  }
  return Status::ok();
}

Status run_pad(const Call& call) {
  const View &x = call.in[0], &y = call.out[0];
  run_zero(y.data, y.bytes(), call.pool);
  if (x.count() == 0) return Status::ok();
  int64_t strides[kMaxRank];
  dense_strides(y, strides);
  StridedCopy copy;
  copy.rank = x.rank;
  dense_strides(x, copy.source);
  int64_t first = 0;
  for (int i = 0; i < x.rank; ++i) {
    copy.dims[i] = x.dims[i];
    copy.destination[i] = strides[i] * (x.dims[i] > 1 ? call.attributes.ints[x.rank + i] + 1 : 1);
    first += strides[i] * call.attributes.ints[i];
  }
  const int64_t size = size_of(x.dtype);
  run_strided_copy(copy, x.data, y.as<std::byte>() + first * size, size, call.pool);
  return Status::ok();
}

// concat: the inputs one after the other along an axis.

Status check_concat(const Call& call, int64_t*) {
  if (Status status = check_operands("concat", call, -1, 1); !status) return status;
  const View& y = call.out[0];
  if (Status status = check_axis("concat", call, y.rank); !status) return status;
  const int axis = static_cast<int>(call.attributes.ints[0]);
  int64_t length = 0;
  for (const View& x : call.in) {
    if (Status status = same_dtype("concat", x, y); !status) return status;
    if (x.rank != y.rank) return wrong_output("concat", x, y);
    for (int i = 0; i < y.rank; ++i) {
      if (i != axis && x.dims[i] != y.dims[i]) return wrong_output("concat", x, y);
    }
    length += x.dims[axis];
    if (length > y.dims[axis]) return wrong_output("concat", x, y);
  }
  if (length != y.dims[axis]) return wrong_output("concat", call.in[0], y);
  return Status::ok();
}

Status run_concat(const Call& call) {
  const View& y = call.out[0];
  const int axis = static_cast<int>(call.attributes.ints[0]);
  const int64_t size = size_of(y.dtype);
  if (y.count() == 0) return Status::ok();
  StridedCopy copy;
  copy.rank = y.rank;
  dense_strides(y, copy.destination);
  int64_t at = 0;
  for (const View& x : call.in) {
    dense_strides(x, copy.source);
    for (int i = 0; i < y.rank; ++i) copy.dims[i] = x.dims[i];
    if (x.count() > 0)
      run_strided_copy(copy, x.data, y.as<std::byte>() + at * copy.destination[axis] * size, size, call.pool);
    at += x.dims[axis];
  }
  return Status::ok();
}

// copy: the same bytes under another shape; one float may change its precision.

Status check_copy(const Call& call, int64_t*) {
  if (Status status = check_operands("copy", call, 1, 1); !status) return status;
  const View &x = call.in[0], &y = call.out[0];
  if (x.count() != y.count()) return expected("copy", std::to_string(x.count()) + " elements", describe(y));
  if (x.dtype != y.dtype && !converts_one(x, y)) return same_dtype("copy", x, y);
  return Status::ok();
}

Status run_copy(const Call& call) {
  const View &x = call.in[0], &y = call.out[0];
  if (x.dtype != y.dtype)
    run_fill_converted(x, y, call.pool);
  else
    run_memory_copy(x.data, y.data, x.bytes(), call.pool);
  return Status::ok();
}

constexpr Kernel kKernels[] = {
    {"transpose", check_transpose, run_transpose},
    {"broadcast", check_broadcast, run_broadcast},
    {"slice", check_slice, run_slice},
    {"pad", check_pad, run_pad},
    {"concat", check_concat, run_concat},
    {"copy", check_copy, run_copy, nullptr, kInPlace},
};

}  // namespace

std::span<const Kernel> movement_kernels() { return kKernels; }

}  // namespace adamqlr
