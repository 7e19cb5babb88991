// sum, max and argmax against plain loops.
#include <limits>

#include "kernel_call.h"

namespace adamqlr::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double lowest(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 ? -kInfinity
         : dtype == DType::kInt32                             ? static_cast<double>(INT32_MIN)
                                                              : 0;
}

double larger(double a, double b) { return std::isnan(a) ? a : std::isnan(b) ? b : std::max(a, b); }

struct Plain {
  Dims dims;
  std::vector<double> sums, magnitudes, largest;
};

Plain reduce_plainly(const Tensor& x, const std::vector<int64_t>& axes) {
  Plain plain;
  for (size_t i = 0; i < x.dims().size(); ++i) {
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) == axes.end()) plain.dims.push_back(x.dims()[i]);
  }
  int64_t count = 1;
  for (const int64_t size : plain.dims) count *= size;
  plain.sums.assign(static_cast<size_t>(count), 0);
  plain.magnitudes = plain.sums;
  plain.largest.assign(static_cast<size_t>(count), lowest(x.dtype()));
  for_each_index(x.dims(), [&](const Dims& index, int64_t i) {
    Dims kept;
    for (size_t axis = 0; axis < index.size(); ++axis) {
      if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) == axes.end()) kept.push_back(index[axis]);
    }
    const int64_t at = flat(kept, plain.dims);
    plain.sums[at] += x.get(i);
    plain.magnitudes[at] += std::fabs(x.get(i));
    plain.largest[at] = larger(plain.largest[at], x.get(i));
  });
  return plain;
}

void test_reduction(const Tensor& x, const std::vector<int64_t>& axes) {
  const Plain plain = reduce_plainly(x, axes);
  const bool whole = x.dtype() == DType::kInt32 || x.dtype() == DType::kUint8 || x.dtype() == DType::kBool;
  for (const DType dtype : {whole ? DType::kInt32 : x.dtype(), DType::kFloat64}) {
    Tensor y(dtype, plain.dims);
    CHECK_OK(run_everywhere({"sum", axes}, {&x}, {&y}));
    int64_t wrong = 0;
    for (int64_t i = 0; i < y.count(); ++i) {
      // Floats are summed in float64: one rounding to the dtype, and 64 bits to spare inside.
      const double rounding = std::max(0.51 * epsilon(dtype), 0x1p-48);
      wrong += whole ? y.get(i) != plain.sums[i]
                     : !close(y.get(i), plain.sums[i], rounding, 0x1p-46 / rounding * plain.magnitudes[i]);
    }
    CHECK(wrong == 0);
  }
  Tensor y(x.dtype(), plain.dims);
  CHECK_OK(run_everywhere({"max", axes}, {&x}, {&y}));
  int64_t wrong = 0;
  for (int64_t i = 0; i < y.count(); ++i) wrong += !close(y.get(i), plain.largest[i], 0);
  CHECK(wrong == 0);
}

void test_reductions() {
  Numbers numbers(11);
  const Dims shapes[] = {
      {},        {0},       {1},          {17},         {100003},     {3, 5},           {0, 5},
      {5, 0},    {700, 50}, {50, 700},    {1, 40000},   {40000, 1},   {3000, 3},        {4, 1, 6},
      {5, 6, 7}, {2, 0, 3}, {30, 40, 50}, {3, 700, 20}, {2, 3, 4, 5}, {9, 1, 20, 8, 3}, {2, 2, 2, 2, 2, 2, 2, 2}};
  for (const Dims& dims : shapes) {
    const int subsets = dims.size() > 5 ? 32 : 1 << dims.size();
    for (int subset = 0; subset < subsets; ++subset) {
      std::vector<int64_t> axes;
      for (size_t i = 0; i < dims.size(); ++i) {
        if ((subset >> (i % 5) & 1) != 0) axes.push_back(static_cast<int64_t>(i));
      }
      for (const DType dtype : {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kUint8, DType::kBool}) {
        if (dims.size() > 1 && dims[0] * dims[1] > 20000 && dtype != DType::kFloat32) continue;
        test_reduction(numbers.tensor(dtype, dims), axes);
      }
    }
  }
}

void test_nan_and_infinity() {
  Numbers numbers(12);
  for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
    for (const int64_t at : {0, 1, 16, 49, 60}) {
      Tensor x = numbers.tensor(dtype, {61, 61});
      x.set(at * 61 + 30, NAN);
      x.set(30 * 61 + 5, kInfinity);
      for (const std::vector<int64_t>& axes : {std::vector<int64_t>{0}, {1}, {0, 1}}) test_reduction(x, axes);
    }
  }
}

/// A float32 sum of many equal values is right to the last bit, because it runs in float64.
void test_long_sum() {
  Tensor x(DType::kFloat32, {1 << 21}), y(DType::kFloat32, {1}), z(DType::kFloat64, {});
  for (int64_t i = 0; i < x.count(); ++i) x.set(i, 0.1);
  const double exact = static_cast<double>(0.1f) * (1 << 21);
  CHECK_OK(run_everywhere({"sum", {0}}, {&x}, {&y}));
  CHECK(y.get(0) == exact);
  CHECK_OK(run_everywhere({"sum", {0}}, {&x}, {&z}));
  CHECK(close(z.get(0), exact, 1e-13));
}

void test_argmax() {
  Numbers numbers(13);
  const Dims shapes[] = {{1}, {9}, {40000}, {5, 7}, {700, 10}, {10, 700}, {0, 4}, {4, 6, 5}, {3, 300, 200}};
  for (const Dims& dims : shapes) {
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      if (dims[axis] == 0) continue;
      for (const DType dtype : {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kUint8, DType::kBool}) {
        Tensor x = numbers.tensor(dtype, dims);
        if (dtype == DType::kFloat32 && x.count() > 3) x.set(x.count() / 2, NAN), x.set(x.count() / 2 + 1, NAN);
        Dims kept = dims;
        kept.erase(kept.begin() + static_cast<int64_t>(axis));
        Tensor y(DType::kInt32, kept);
        CHECK_OK(run_everywhere({"argmax", {static_cast<int64_t>(axis)}}, {&x}, {&y}));
        int64_t wrong = 0;
        for_each_index(kept, [&](const Dims& index, int64_t i) {
          Dims at = index;
          at.insert(at.begin() + static_cast<int64_t>(axis), 0);
          int64_t best = 0;
          double peak = x.get(flat(at, dims));
          for (int64_t k = 1; k < dims[axis]; ++k) {
            at[axis] = k;
            const double value = x.get(flat(at, dims));
            if (value > peak || (std::isnan(value) && !std::isnan(peak))) best = k, peak = value;
          }
          wrong += y.get(i) != static_cast<double>(best);
        });
        CHECK(wrong == 0);
      }
    }
  }
}

void test_rejected() {
  const Tensor x(DType::kFloat32, {3, 4}), y(DType::kFloat32, {3}), empty(DType::kFloat32, {3, 0}),
      whole(DType::kInt32, {3}), truth(DType::kBool, {3, 4});
  const auto reject = [](const Instruction& instruction, const Tensor& in, const Tensor& out) {
    return invoke(instruction, {in.view()}, {out.view()}, 1, false);
  };
  CHECK_OK(reject({"sum", {1}}, x, y));
  CHECK_ERROR("ascending axes", reject({"sum", {1, 1}}, x, y));
  CHECK_ERROR("ascending axes", reject({"max", {1, 0}}, x, y));
  CHECK_ERROR("ascending axes", reject({"sum", {2}}, x, y));
  CHECK_ERROR("ascending axes", reject({"sum", {-1}}, x, y));
  CHECK_ERROR("4 elements", reject({"sum", {0}}, x, y));
  CHECK_ERROR("dtype", reject({"sum", {1}}, x, whole));
  CHECK_ERROR("dtype", reject({"max", {1}}, x, whole));
  CHECK_ERROR("dtype", reject({"sum", {1}}, truth, Tensor(DType::kBool, {3})));
  CHECK_ERROR("axis of 1", reject({"argmax", {1}}, empty, whole));
  CHECK_ERROR("int32 output", reject({"argmax", {1}}, x, y));
  CHECK_ERROR("int32 output", reject({"argmax", {0}}, x, whole));
  CHECK_ERROR("axis in", reject({"argmax", {2}}, x, whole));
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  test_reductions();
  test_nan_and_infinity();
  test_long_sum();
  test_argmax();
  test_rejected();
  return finish("reduce");
}
