// Sums and products over the rows and the columns of row programs.
#include "row_builder.h"

namespace adamqlr::test {
namespace {

/// Column sums, totals rounded to float32, and products with one row or one column, against sums one by one; also of wide spaces,
/// where a tile is a part of a row, and of a value that is the same everywhere.
void test_sums() {
  Numbers numbers(11);
  for (const DType dtype : {kF32, kF64}) {
    for (const auto [rows, cols] : kSpaces) {
      const Tensor shape = space(rows, cols), x = numbers.tensor(dtype, {rows, cols}), r = numbers.tensor(dtype, {rows}),
                   s(kF64, {}, {0.5});
      Tensor sums(dtype, {cols}), again(dtype, {cols}), products(dtype, {cols}), same(dtype, {cols}), total(kF32, {});
      const Program p{{kElement, kRow, kScalar},
                      {kColumn, kColumn, kColumn, kColumn, kScalar},
                      {{0, dtype}, {1, dtype}, {0, dtype}, {2, dtype}, {2, dtype}, {2, dtype}},
                      {3, 3, 4, 5, 1},
                      {{"columnSum", 3, 0}, {"columnDot", 4, 0, 1}, {"columnSum", 5, 2}}};
      CHECK_OK(run_everywhere(encode(p), {&shape, &x, &r, &s}, {&sums, &again, &products, &same, &total}));
      // Of up to 32 rows each of four sums takes in eight values in the dtype; those of all rows are added in float64.
      const double rounding = dtype == kF32 ? 0x1p-24 : 0, slack = static_cast<double>(rows + 1) * 0x1p-52;
      int64_t wrong = 0;
      double all = 0;
      for (int64_t i = 0; i < rows; ++i) all += r.get(i);
      for (int64_t c = 0; c < cols; ++c) {
        double want = 0, size = 0, product = 0, product_size = 0;
        for (int64_t i = 0; i < rows; ++i) {
          const double value = x.get(i * cols + c);
          want += value, size += std::fabs(value);
          product += value * r.get(i), product_size += std::fabs(value * r.get(i));
        }
        wrong += !(std::fabs(sums.get(c) - want) <= (10 * rounding + slack) * size);
        wrong += sums.get(c) != again.get(c);
        wrong += !(std::fabs(products.get(c) - product) <= (11 * rounding + slack) * product_size);
        wrong += same.get(c) != 0.5 * static_cast<double>(rows);
      }
      CHECK(wrong == 0);
      CHECK(close(total.get(0), all, 0x1p-24, 0x1p-24));
    }
  }
  // A sum in the memory of an input that every tile reads.
  const Tensor shape = space(100, 64), x = numbers.tensor(kF32, {100, 64});
  Tensor c = numbers.tensor(kF32, {64}), sums(kF32, {64});
  const Program p{{kElement, kColumn},
                  {kColumn},
                  {{0, kF32}, {0, kF32}, {0, kF32}, {2, kF32}},
                  {3},
                  {{"mul", 2, 0, 1}, {"columnSum", 3, 2}}};
  CHECK_OK(run_everywhere(encode(p), {&shape, &x, &c}, {&sums}));
  CHECK_OK(invoke(encode(p), views({&shape, &x, &c}), views({&c}), 2));
  CHECK(std::equal(c.data(), c.data() + c.bytes(), sums.data()));
}

/// Products along rows: with another element, with a column, and of one value that is the same everywhere.
void test_row_products() {
  Numbers numbers(12);
  for (const DType dtype : {kF32, kF64}) {
    for (const auto [rows, cols] : kSpaces) {
      if (cols > 5000) continue;
      const Tensor shape = space(rows, cols), x = numbers.tensor(dtype, {rows, cols}),
                   y = numbers.tensor(dtype, {rows, cols}), w = numbers.tensor(dtype, {cols}), s(kF64, {}, {0.5});
      Tensor by_row(dtype, {rows}), by_column(dtype, {rows}), turned(dtype, {rows}), flat(dtype, {rows});
      const Program p{{kElement, kElement, kColumn, kScalar},
                      {kRow, kRow, kRow, kRow},
                      {{0, dtype}, {0, dtype}, {0, dtype}, {0, dtype}, {1, dtype}, {1, dtype}, {1, dtype}, {1, dtype}},
                      {4, 5, 6, 7},
                      {{"rowDot", 4, 0, 1}, {"rowDot", 5, 0, 2}, {"rowDot", 6, 2, 0}, {"rowDot", 7, 3, 3}}};
      CHECK_OK(run_everywhere(encode(p), {&shape, &x, &y, &w, &s}, {&by_row, &by_column, &turned, &flat}));
      const double unit = static_cast<double>(cols / 8 + 8) * epsilon(dtype);
      int64_t wrong = 0;
      for (int64_t r = 0; r < rows; ++r) {
        double a = 0, b = 0, size = 0;
        for (int64_t c = 0; c < cols; ++c) {
          a += x.get(r * cols + c) * y.get(r * cols + c), b += x.get(r * cols + c) * w.get(c);
          size += std::fabs(x.get(r * cols + c) * y.get(r * cols + c)) + std::fabs(x.get(r * cols + c) * w.get(c));
        }
        wrong += !(std::fabs(by_row.get(r) - a) <= unit * size) + !(std::fabs(by_column.get(r) - b) <= unit * size);
        wrong += by_column.get(r) != turned.get(r);
        wrong += flat.get(r) != 0.25 * static_cast<double>(cols);
      }
      CHECK(wrong == 0);
    }
  }
}

/// Stacks: the sum of their parts in order, also of none and of one, stored over that one.
void test_stacks() {
  Numbers numbers(13);
  for (const DType dtype : {kF32, kF64, kI32}) {
    for (const auto [rows, cols] : kSpaces) {
      for (const int64_t parts : {0, 1, 2, 3, 7}) {
        const Tensor shape = space(rows, cols), stack = numbers.tensor(dtype, {parts, rows, cols}),
                     x = numbers.tensor(dtype, {rows, cols});
        Tensor y(dtype, {rows, cols}), sum(dtype, {rows, cols});
        const Program p{{kStack, kElement},
                        {kElement, kElement},
                        {{0, dtype}, {0, dtype}, {0, dtype}},
                        {2, 0},
                        {{"sub", 2, 0, 1}}};
        CHECK_OK(run_everywhere(encode(p), {&shape, &stack, &x}, {&y, &sum}));
        int64_t wrong = 0;
        const auto rounded = [&](double v) { return dtype == kF32 ? static_cast<double>(static_cast<float>(v)) : v; };
        for (int64_t i = 0; i < rows * cols; ++i) {
          double want = 0;
          for (int64_t part = 0; part < parts; ++part) want = rounded(want + stack.get(part * rows * cols + i));
          wrong += sum.get(i) != want || y.get(i) != rounded(want - x.get(i));
        }
        CHECK(wrong == 0);
        if (parts != 1) continue;
        const Program swap{
            {kStack, kElement}, {kElement, kElement}, {{0, dtype}, {0, dtype}}, {1, 0}, {}};
        Tensor a(dtype, {rows, cols}), b(dtype, {rows, cols});
        std::copy(stack.data(), stack.data() + stack.bytes(), a.data());
        std::copy(x.data(), x.data() + x.bytes(), b.data());
        CHECK_OK(invoke(encode(swap), views({&shape, &a, &b}), views({&a, &b}), 2));
        CHECK(std::equal(a.data(), a.data() + a.bytes(), x.data()));
        CHECK(std::equal(b.data(), b.data() + b.bytes(), stack.data()));
      }
    }
  }
  // A scalar of several parts is a stack over one element.
  const Tensor shape = space(1, 1), parts(kF64, {4}, {1, 2, 3, 4});
  Tensor total(kF64, {});
  CHECK_OK(run_everywhere(encode({{kStack}, {kElement}, {{0, kF64}}, {0}, {}}), {&shape, &parts}, {&total}));
  CHECK(total.get(0) == 10);
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  test_sums();
  test_row_products();
  test_stacks();
  return finish("row_sums");
}
