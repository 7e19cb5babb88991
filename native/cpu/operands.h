#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "../core/kernel.h"

namespace adamqlr {

/// No tensor has more elements than this, also when its zero sizes count as one: products of sizes never overflow.
constexpr int64_t kMaxElements = int64_t{1} << 48;

/// A message in the form of every error: `who: expected WHAT, got VALUE; HINT` (no hint when empty).
Status expected(std::string_view who, std::string_view what, std::string_view got, std::string_view hint = {});

/// Tests the number of inputs and outputs (-1: one or more), every rank, dtype, size and element count.
/// Every check starts with it; afterwards count() and bytes() of any view are safe.
Status check_operands(std::string_view who, const Call& call, int inputs, int outputs);

/// Tests the number of integer attributes.
Status check_ints(std::string_view who, const Call& call, int64_t count);

/// Tests integer attribute 0 as the axis of an operand with `rank` axes.
Status check_axis(std::string_view who, const Call& call, int rank);

/// Whether two views have the same rank and sizes.
bool same_shape(const View& a, const View& b);

/// 'float32[3,4]', as in every message.
std::string describe(const View& view);

constexpr bool is_float(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64; }

/// Elements before, at and after an axis: x[outer, length, inner].
struct AxisSplit {
  int64_t outer = 1, length = 1, inner = 1;
};
AxisSplit split_at(const View& view, int axis);

/// Calls body(T{}) with the storage type of a dtype (bool is stored as uint8).
template <typename Body>
decltype(auto) with_type(DType dtype, const Body& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    case DType::kInt32:
      return body(int32_t{});
    default:
      return body(uint8_t{});
  }
}

}  // namespace adamqlr
