#include "operands.h"

namespace adamqlr {
namespace {

constexpr std::string_view kDTypeNames[kDTypeCount] = {"float32", "float64", "int32", "uint8", "bool"};

bool sane(const View& view) {
  if (view.rank < 0 || view.rank > kMaxRank || static_cast<int>(view.dtype) >= kDTypeCount) return false;
  int64_t count = 1;
  for (int i = 0; i < view.rank; ++i) {
    const int64_t size = view.dims[i];
    if (size < 0 || (size > 1 && count > kMaxElements / size)) return false;
    if (size > 1) count *= size;
  }
  return true;
}

Status check_views(std::string_view who, std::span<const View> views, int count, const char* kind) {
  const int got = static_cast<int>(views.size());
  if (count >= 0 ? got != count : got < 1) {
    return expected(who, (count < 0 ? "one or more" : std::to_string(count)) + " " + kind, std::to_string(got));
  }
  for (const View& view : views) {
    if (!sane(view)) return expected(who, "ranks up to 8 and at most 2^48 elements", describe(view));
  }
  return Status::ok();
}

}  // namespace

Status expected(std::string_view who, std::string_view what, std::string_view got, std::string_view hint) {
  std::string message(who);
  message.append(": expected ").append(what).append(", got ").append(got);
  if (!hint.empty()) message.append("; ").append(hint);
  return Status::error(std::move(message));
}

Status check_operands(std::string_view who, const Call& call, int inputs, int outputs) {
  if (Status status = check_views(who, call.in, inputs, "inputs"); !status) return status;
  return check_views(who, call.out, outputs, "outputs");
}

Status check_ints(std::string_view who, const Call& call, int64_t count) {
  const int64_t got = static_cast<int64_t>(call.attributes.ints.size());
  if (got == count) return Status::ok();
  return expected(who, std::to_string(count) + " integer attributes", std::to_string(got));
}

Status check_axis(std::string_view who, const Call& call, int rank) {
  if (Status status = check_ints(who, call, 1); !status) return status;
  const int64_t axis = call.attributes.ints[0];
  if (axis >= 0 && axis < rank) return Status::ok();
  return expected(who, "an axis in [0, " + std::to_string(rank) + ")", std::to_string(axis));
}

bool same_shape(const View& a, const View& b) {
  if (a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; ++i) {
    if (a.dims[i] != b.dims[i]) return false;
  }
  return true;
}

std::string describe(const View& view) {
  const auto dtype = static_cast<size_t>(view.dtype);
  std::string text(dtype < kDTypeCount ? kDTypeNames[dtype] : "dtype " + std::to_string(dtype));
  text += '[';
  for (int i = 0; i < view.rank && i < kMaxRank; ++i)
    text.append(i > 0 ? "," : "").append(std::to_string(view.dims[i]));
  return text + ']';
}

AxisSplit split_at(const View& view, int axis) {
  AxisSplit split;
  for (int i = 0; i < view.rank; ++i) (i < axis ? split.outer : i == axis ? split.length : split.inner) *= view.dims[i];
  return split;
}

}  // namespace adamqlr
