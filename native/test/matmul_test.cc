// matmul against the plain triple loop in float64.
#include "cpu/cpu_info.h"
#include "kernel_call.h"

namespace adamqlr::test {
namespace {

struct Case {
  int64_t m, k, n;
  Dims batch = {};
};

Dims with_batch(Dims batch, int64_t rows, int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

void test_case(const Case& c, DType dtype, bool ta, bool tb) {
  Numbers numbers(17);
  const Tensor a = numbers.tensor(dtype, ta ? with_batch(c.batch, c.k, c.m) : with_batch(c.batch, c.m, c.k));
  const Tensor b = numbers.tensor(dtype, tb ? with_batch(c.batch, c.n, c.k) : with_batch(c.batch, c.k, c.n));
  Tensor y(dtype, with_batch(c.batch, c.m, c.n));
  CHECK_OK(run_everywhere({"matmul", {ta, tb}}, {&a, &b}, {&y}));
  int64_t batch = 1;
  for (const int64_t size : c.batch) batch *= size;
  double worst = 0;
  for (int64_t g = 0; g < batch; ++g) {
    // Large products are sampled.
    const int64_t step_i = c.m > 64 ? 7 : 1, step_j = c.n > 64 ? 5 : 1;
    for (int64_t i = 0; i < c.m; i += step_i) {
      for (int64_t j = 0; j < c.n; j += step_j) {
        double sum = 0, magnitude = 0;
        for (int64_t k = 0; k < c.k; ++k) {
          const double product = a.get(g * c.m * c.k + (ta ? k * c.m + i : i * c.k + k)) *
                                 b.get(g * c.k * c.n + (tb ? j * c.k + k : k * c.n + j));
          sum += product;
          magnitude += std::fabs(product);
        }
        const double got = y.get((g * c.m + i) * c.n + j),
                     bound = epsilon(dtype) * (4 + std::sqrt(static_cast<double>(c.k))) * magnitude;
        const double ratio = got == sum ? 0 : std::fabs(got - sum) / bound;
        worst = ratio <= worst ? worst : ratio;  // NaN becomes the worst
      }
    }
  }
  check(worst <= 1, "matmul to agree with the plain loop", __FILE__, __LINE__,
        std::to_string(c.m) + "x" + std::to_string(c.k) + "x" + std::to_string(c.n) + (ta ? " A'" : "") +
            (tb ? " B'" : "") + " off by " + std::to_string(worst));
}

void test_shapes() {
  const Case cases[] = {
      {0, 3, 4},
      {3, 0, 4},
      {3, 4, 0},
      {1, 1, 1},
      {1, 7, 5},
      {5, 7, 1},
      {1, 300, 1},
      {2, 3, 5},
      {8, 8, 8},
      {7, 9, 17},
      {13, 257, 47},
      {50, 784, 50},
      {50, 3200, 10},
      {97, 5, 49},
      {9, 513, 101},
      {300, 50, 10},
      {6, 600, 33},
      {33, 300, 2},
      {200, 40, 130},
      {29, 70, 2},
      {25, 300, 3},
      {31, 20, 193},
      {128, 600, 150},
      {128, 256, 96},
      {70, 256, 200},
      {1, 40000, 3},
      {3, 40000, 1},
      {1000, 100, 1},
      {1, 100, 1000},
      {1, 5000, 70},
      {9, 1, 1},
      {9, 3, 1},
      {9, 8, 1},
      {9, 15, 1},
      {9, 16, 1},
      {9, 17, 1},
      {9, 33, 1},
      {588, 50, 1},
      {588, 8, 50},
      {125, 9, 100},
      {700, 16, 31},
      {700, 17, 31},
      {13, 1, 16},
      {7, 3, 15},
      {7, 10, 17},
      {7, 11, 24},
      {600, 12, 25},
      {4, 5, 6, {3}},
      {4, 5, 6, {0}},
      {1, 9, 6, {2, 3}},
      {33, 64, 40, {2, 2}},
      {160, 200, 150, {2}},
      {4, 0, 6, {3}},
  };
  for (const Case& c : cases) {
    for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
      for (const bool ta : {false, true}) {
        for (const bool tb : {false, true}) test_case(c, dtype, ta, tb);
      }
    }
  }
}

/// Every width of a panel and every height of a block.
void test_register_blocks() {
  for (int64_t n = 2; n <= 70; ++n) {
    for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
      for (const bool tb : {false, true}) test_case({2 + n % 12, 11, n}, dtype, n % 2 == 0, tb);
    }
  }
}

void test_nan_stays_in_its_row() {
  Numbers numbers(3);
  Tensor a = numbers.tensor(DType::kFloat32, {50, 60}), b = numbers.tensor(DType::kFloat32, {60, 50});
  a.set(7 * 60 + 3, NAN);
  Tensor y(DType::kFloat32, {50, 50});
  CHECK_OK(run_everywhere({"matmul", {0, 0}}, {&a, &b}, {&y}));
  bool good = true;
  for (int64_t i = 0; i < 2500; ++i) good = good && std::isnan(y.get(i)) == (i / 50 == 7);
  CHECK(good);
}

/// What is left of a row is read together with values that have been counted: those must not count again.
void test_infinity_counts_once() {
  Numbers numbers(4);
  Tensor a = numbers.tensor(DType::kFloat32, {6, 50});
  const Tensor x = numbers.tensor(DType::kFloat32, {50, 1});
  a.set(2 * 50 + 36, INFINITY);
  Tensor y(DType::kFloat32, {6, 1});
  CHECK_OK(run_everywhere({"matmul", {0, 0}}, {&a, &x}, {&y}));
  bool good = true;
  for (int64_t i = 0; i < 6; ++i) good = good && std::isinf(y.get(i)) == (i == 2) && !std::isnan(y.get(i));
  CHECK(good);
}

void test_rejected() {
  const Tensor a(DType::kFloat32, {3, 4}), b(DType::kFloat32, {4, 5}), c(DType::kFloat32, {3, 5}),
      wide(DType::kFloat64, {4, 5}), whole(DType::kInt32, {3, 4});
  const Tensor vector(DType::kFloat32, {4}), batch(DType::kFloat32, {2, 3, 4}), other(DType::kFloat32, {3, 4, 5});
  const auto reject = [](std::vector<int64_t> ints, std::vector<const Tensor*> in, const Tensor* out) {
    return invoke({"matmul", std::move(ints)}, views(in), {out->view()}, 1, false);
  };
  CHECK_OK(reject({0, 0}, {&a, &b}, &c));
  CHECK_ERROR("2 integer attributes", reject({0}, {&a, &b}, &c));
  CHECK_ERROR("flags 0 or 1", reject({0, 2}, {&a, &b}, &c));
  CHECK_ERROR("equal inner sizes", reject({1, 0}, {&a, &b}, &c));
  CHECK_ERROR("float32[3,5]", reject({0, 0}, {&a, &b}, &a));
  CHECK_ERROR("one float dtype", reject({0, 0}, {&a, &wide}, &c));
  CHECK_ERROR("one float dtype", reject({0, 0}, {&whole, &whole}, &whole));
  CHECK_ERROR("equal rank", reject({0, 0}, {&a, &vector}, &c));
  CHECK_ERROR("equal leading sizes", reject({0, 0}, {&batch, &other}, &batch));
  CHECK_ERROR("2 inputs", reject({0, 0}, {&a}, &c));
  View huge = a.view(), y = c.view();
  huge.dims[0] = int64_t{1} << 40;
  huge.dims[1] = int64_t{1} << 40;
  y.dims[0] = y.dims[1] = int64_t{1} << 40;
  CHECK_ERROR("2^48", invoke({"matmul", {0, 0}}, {huge, huge}, {y}, 1, false));
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  adamqlr::test::test_shapes();
  adamqlr::test::test_register_blocks();
  adamqlr::test::test_nan_stays_in_its_row();
  adamqlr::test::test_infinity_counts_once();
  adamqlr::test::test_rejected();
  std::printf("%s, %s\n", adamqlr::blas_name(), adamqlr::isa_name(adamqlr::isa()));
  return adamqlr::test::finish("matmul");
}
