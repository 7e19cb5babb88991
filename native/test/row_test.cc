// Row programs: every opcode against a scalar twin in double, whole programs over awkward spaces, aliasing, hostile
// programs.
#include <cmath>
#include <functional>
#include <limits>

#include "row_builder.h"

namespace adamqlr::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Binary = double (*)(double, double);
using Unary = double (*)(double);

/// Runs op(a, b) with each operand as a field and as a scalar, and compares with the twin.
void test_binary(const char* name, const Tensor& a, const Tensor& b, DType result, double relative, Binary twin) {
  const int64_t n = a.count();
  const Tensor shape = space(1, n);
  for (int mask = 0; mask < 4; ++mask) {
    Tensor a0(a.dtype(), {}), b0(b.dtype(), {}), y(result, {1, n});
    for (int64_t pick = 0; pick < (mask == 0 ? 1 : 5); ++pick) {
      a0.set(0, a.get(pick)), b0.set(0, b.get(pick + 3));
      const bool ua = (mask & 1) != 0, ub = (mask & 2) != 0;
      const Program p{{ua ? kScalar : kElement, ub ? kScalar : kElement},
                      {kElement},
                      {{0, a.dtype()}, {0, b.dtype()}, {0, result}},
                      {2},
                      {{name, 2, 0, 1}}};
      CHECK_OK(run_everywhere(encode(p), {&shape, ua ? &a0 : &a, ub ? &b0 : &b}, {&y}));
      int64_t wrong = 0;
      for (int64_t i = 0; i < n; ++i)
        wrong += !close(y.get(i), twin(ua ? a0.get(0) : a.get(i), ub ? b0.get(0) : b.get(i)), relative);
      check(wrong == 0, "the twin's values", __FILE__, __LINE__, std::string(name) + " " + std::to_string(wrong));
    }
  }
}

void test_unary(const char* name, const Tensor& x, DType result, double relative,
                const std::function<double(double)>& twin, double absolute = 0) {
  const int64_t n = x.count();
  const Tensor shape = space(n, 1);
  Tensor y(result, {n, 1});
  const Program p{{kElement}, {kElement}, {{0, x.dtype()}, {0, result}}, {1}, {{name, 1, 0}}};
  CHECK_OK(run_everywhere(encode(p), {&shape, &x}, {&y}));
  for (int64_t i = 0; i < n; ++i) {
    const double expected = twin(x.get(i));
    const bool good = close(y.get(i), expected, relative) || std::fabs(y.get(i) - expected) <= absolute;
    if (!good)
      check(false, "the twin's value", __FILE__, __LINE__,
            std::string(name) + "(" + std::to_string(x.get(i)) + ") = " + std::to_string(y.get(i)));
  }
}

/// Floats of all sizes and every special value, also past one tile.
Tensor special(DType dtype, uint64_t seed) {
  Numbers numbers(seed);
  Tensor x(dtype, {3001});
  const double values[] = {0,    -0.0, 1,    -1,    NAN,    kInfinity, -kInfinity, 0.5, -0.5, 88,  -88, 104,
                           -104, 745,  -746, 1e-30, -1e-30, 1e30,      -1e30,      3e9, -3e9, 300, -300};
  constexpr int64_t kValues = sizeof(values) / sizeof(values[0]);
  for (int64_t i = 0; i < x.count(); ++i)
    x.set(i, i % 3 == 0 ? values[numbers.below(kValues)]
                        : (numbers.uniform() - 0.5) * std::pow(10.0, static_cast<double>(numbers.below(5)) - 2));
  return x;
}

double smaller_of(double a, double b) { return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b); }
double larger_of(double a, double b) { return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b); }

void test_float_opcodes() {
  for (const DType dtype : {kF32, kF64}) {
    const Tensor x = special(dtype, 1), y = special(dtype, 2);
    const double eps = epsilon(dtype), exact = 0.51 * eps;
    // The twin of float32 computes in double, and double rounds: results agree to half a unit, infinities by the
    // dtype's range.
    const auto ranged = [dtype](const std::function<double(double)>& f) {
      return [f, dtype](double v) { return dtype == kF32 ? static_cast<double>(static_cast<float>(f(v))) : f(v); };
    };
    struct Row {
      const char* name;
      double ulps;
      Unary twin;
    };
    const Row rows[] = {
        {"neg", 0, [](double v) { return -v; }},
        {"abs", 0, [](double v) { return std::fabs(v); }},
        {"sign", 0, [](double v) { return std::isnan(v) ? v : static_cast<double>((v > 0) - (v < 0)); }},
        {"relu", 0, [](double v) { return v < 0 ? 0 : v; }},
        {"square", 0.51, [](double v) { return v * v; }},
        {"sqrt", 0.51, [](double v) { return std::sqrt(v); }},
        {"rsqrt", 1.1, [](double v) { return 1 / std::sqrt(v); }},
        {"reciprocal", 0.51, [](double v) { return 1 / v; }},
        {"exp", 2, [](double v) { return std::exp(v); }},
        {"log", 2, [](double v) { return std::log(v); }},
        {"log1p", 2, [](double v) { return std::log1p(v); }},
        {"expm1", 2, [](double v) { return std::expm1(v); }},
        {"tanh", 3, [](double v) { return std::tanh(v); }},
        {"erf", 2, [](double v) { return std::erf(v); }},
        {"stopGradient", 0, [](double v) { return v; }},
        {"tap", 0, [](double v) { return v; }},
        {"sigmoid", 4, [](double v) { return v < 0 ? std::exp(v) / (1 + std::exp(v)) : 1 / (1 + std::exp(-v)); }},
        {"softplus", 4, [](double v) { return v > 0 ? v + std::log1p(std::exp(-v)) : std::log1p(std::exp(v)); }},
    };
    // Denormal results may be flushed by the workers' mode or not: compare those absolutely.
    const double tiny = dtype == kF32 ? 0x1p-126 : 0x1p-1022;
    for (const Row& row : rows) test_unary(row.name, x, dtype, row.ulps * eps, ranged(row.twin), tiny);
    const double wide = dtype == kF32 ? 0.51 * eps : 0;
    test_binary("minimum", x, y, dtype, 0, smaller_of);
    test_binary("maximum", x, y, dtype, 0, larger_of);
    test_binary("eq", x, y, kBool, 0, [](double a, double b) { return static_cast<double>(a == b); });
    test_binary("ne", x, y, kBool, 0, [](double a, double b) { return static_cast<double>(a != b); });
    test_binary("lt", x, y, kBool, 0, [](double a, double b) { return static_cast<double>(a < b); });
    test_binary("le", x, y, kBool, 0, [](double a, double b) { return static_cast<double>(a <= b); });
    test_binary("gt", x, y, kBool, 0, [](double a, double b) { return static_cast<double>(a > b); });
    test_binary("ge", x, y, kBool, 0, [](double a, double b) { return static_cast<double>(a >= b); });
    Numbers numbers(3);
    const Tensor u = numbers.tensor(dtype, {3001}), v = numbers.tensor(dtype, {3001});
    test_binary("add", u, v, dtype, wide, [](double a, double b) { return a + b; });
    test_binary("sub", u, v, dtype, wide, [](double a, double b) { return a - b; });
    test_binary("mul", u, v, dtype, wide, [](double a, double b) { return a * b; });
    test_binary("div", u, v, dtype, exact, [](double a, double b) { return a / b; });
    test_binary("pow", u, v, dtype, 2 * eps, [](double a, double b) { return std::pow(a, b); });
  }
  const Tensor zero(kF64, {4}, {0.0, -0.0, 0.0, -0.0}), other(kF64, {4}, {-0.0, 0.0, 0.0, -0.0}), shape = space(1, 4);
  Tensor high(kF64, {4}), low(kF64, {4});
  const Program p{{kElement, kElement},
                  {kElement, kElement},
                  {{0, kF64}, {0, kF64}, {0, kF64}, {0, kF64}},
                  {2, 3},
                  {{"maximum", 2, 0, 1}, {"minimum", 3, 0, 1}}};
  CHECK_OK(run_everywhere(encode(p), {&shape, &zero, &other}, {&high, &low}));
  for (int i = 0; i < 4; ++i) CHECK(std::signbit(high.get(i)) == (i == 3) && std::signbit(low.get(i)) == (i != 2));
}

void test_integer_opcodes() {
  Numbers numbers(4);
  Tensor x = numbers.tensor(kI32, {2500}), y = numbers.tensor(kI32, {2500});
  x.set(7, INT32_MIN), y.set(7, -1), x.set(8, INT32_MIN), y.set(8, INT32_MIN), x.set(9, INT32_MAX), y.set(9, INT32_MAX),
      y.set(10, 0);
  const auto twin = [&](const char* name, Binary f) { test_binary(name, x, y, kI32, 0, f); };
  twin("add", [](double a, double b) {
    return static_cast<double>(static_cast<int32_t>(static_cast<int64_t>(a) + static_cast<int64_t>(b)));
  });
  twin("sub", [](double a, double b) {
    return static_cast<double>(static_cast<int32_t>(static_cast<int64_t>(a) - static_cast<int64_t>(b)));
  });
  twin("mul", [](double a, double b) {
    return static_cast<double>(static_cast<int32_t>(static_cast<int64_t>(a) * static_cast<int64_t>(b)));
  });
  twin("div", [](double a, double b) {
    return b == 0 ? 0 : static_cast<double>(static_cast<int32_t>(static_cast<int64_t>(a) / static_cast<int64_t>(b)));
  });
  twin("minimum", smaller_of);
  twin("maximum", larger_of);
  test_unary("neg", x, kI32, 0,
             [](double v) { return static_cast<double>(static_cast<int32_t>(-static_cast<int64_t>(v))); });
  test_unary("abs", x, kI32, 0,
             [](double v) { return static_cast<double>(static_cast<int32_t>(std::abs(static_cast<int64_t>(v)))); });
  test_unary("sign", x, kI32, 0, [](double v) { return static_cast<double>((v > 0) - (v < 0)); });
  test_unary("square", x, kI32, 0, [](double v) {
    return static_cast<double>(static_cast<int32_t>(static_cast<int64_t>(v) * static_cast<int64_t>(v)));
  });
  test_unary("relu", x, kI32, 0, [](double v) { return v < 0 ? 0 : v; });
  const Tensor a = numbers.tensor(kU8, {999}), b = numbers.tensor(kU8, {999});
  test_binary("add", a, b, kU8, 0,
              [](double u, double v) { return static_cast<double>(static_cast<uint8_t>(static_cast<int>(u + v))); });
  test_binary("sub", a, b, kU8, 0,
              [](double u, double v) { return static_cast<double>(static_cast<uint8_t>(static_cast<int>(u - v))); });
  test_binary("div", a, b, kU8, 0, [](double u, double v) { return v == 0 ? 0 : std::floor(u / v); });
  for (const DType dtype : {kI32, kU8, kBool}) {
    Tensor u = numbers.tensor(dtype, {777}), v = numbers.tensor(dtype, {777});
    test_binary("eq", u, v, kBool, 0, [](double s, double t) { return static_cast<double>(s == t); });
    test_binary("lt", u, v, kBool, 0, [](double s, double t) { return static_cast<double>(s < t); });
    test_binary("ge", u, v, kBool, 0, [](double s, double t) { return static_cast<double>(s >= t); });
  }
  Tensor p = numbers.tensor(kBool, {777}), q = numbers.tensor(kBool, {777});
  for (int64_t i = 0; i < 777; i += 5) p.set(i, 200);  // any byte but 0 is true
  test_binary("and", p, q, kBool, 0, [](double s, double t) { return static_cast<double>(s != 0 && t != 0); });
  test_binary("or", p, q, kBool, 0, [](double s, double t) { return static_cast<double>(s != 0 || t != 0); });
  test_binary("eq", p, q, kBool, 0, [](double s, double t) { return static_cast<double>((s != 0) == (t != 0)); });
  test_unary("not", p, kBool, 0, [](double s) { return static_cast<double>(s == 0); });
}

double cast_twin(double x, DType from, DType to) {
  if (from == kBool) x = x != 0;
  if (to == kBool) return x != 0;
  if (to == kF64) return x;
  if (to == kF32) return static_cast<double>(static_cast<float>(x));
  if (std::isnan(x)) return 0;
  return std::trunc(std::clamp(x, to == kI32 ? -2147483648.0 : 0.0, to == kI32 ? 2147483647.0 : 255.0));
}

void test_casts_and_selects() {
  Numbers numbers(5);
  for (const DType from : {kF32, kF64, kI32, kU8, kBool}) {
    Tensor x = from == kF32 || from == kF64 ? special(from, 6) : numbers.tensor(from, {3001});
    if (from == kI32) x.set(0, INT32_MAX), x.set(1, INT32_MIN);
    if (from == kBool) x.set(0, 77);
    for (const DType to : {kF32, kF64, kI32, kU8, kBool}) {
      test_unary("cast", x, to, 0, [=](double v) { return cast_twin(v, from, to); });
      // A scalar input of any dtype takes the dtype of its register.
      for (int64_t pick = 0; pick < 40; ++pick) {
        Tensor scalar(from, {}), y(to, {2, 3});
        scalar.set(0, x.get(pick));
        const Tensor shape = space(2, 3);
        CHECK_OK(run_everywhere(encode({{kScalar}, {kElement}, {{0, to}}, {0}, {}}), {&shape, &scalar}, {&y}));
        CHECK(close(y.get(5), cast_twin(scalar.get(0), from, to), 0));
      }
    }
    Tensor y = numbers.tensor(from, {3001}), condition = numbers.tensor(kBool, {3001}), z(from, {3001}), z0(from, {}),
           x0(from, {});
    condition.set(3, 9);
    z0.set(0, y.get(4)), x0.set(0, x.get(5));
    const Tensor shape = space(3001, 1), condition0(kBool, {}, {1});
    for (int mask = 0; mask < 8; ++mask) {
      const auto mode = [&](int bit) { return (mask >> bit & 1) != 0 ? kScalar : kElement; };
      const Program p{{mode(2), mode(0), mode(1)},
                      {kElement},
                      {{0, kBool}, {0, from}, {0, from}, {0, from}},
                      {3},
                      {{"select", 3, 0, 1, 2}}};
      CHECK_OK(run_everywhere(
          encode(p), {&shape, mask & 4 ? &condition0 : &condition, mask & 1 ? &x0 : &x, mask & 2 ? &z0 : &y}, {&z}));
      int64_t wrong = 0;
      for (int64_t i = 0; i < 3001; ++i) {
        const bool yes = mask & 4 ? true : condition.get(i) != 0;
        const double want = yes ? (mask & 1 ? x0.get(0) : x.get(i)) : mask & 2 ? z0.get(0) : y.get(i);
        wrong += from != kBool && !close(z.get(i), want, 0);
        wrong += from == kBool && (z.get(i) != 0) != (want != 0);
      }
      CHECK(wrong == 0);
    }
  }
}

/// Softmax cross-entropy with a bias: rows, columns, scalars, reductions in the middle, sums at the end.
void test_softmax() {
  Numbers numbers(7);
  for (const DType dtype : {kF32, kF64}) {
    for (const auto [rows, cols] : kSpaces) {
      const Tensor shape = space(rows, cols), z = numbers.tensor(dtype, {rows, cols}),
                   bias = numbers.tensor(dtype, {cols}), scale(kF64, {}, {0.75});
      Tensor labels(kI32, {rows});
      for (int64_t r = 0; r < rows; ++r) labels.set(r, static_cast<double>(numbers.below(std::max<int64_t>(1, cols))));
      // 0 z, 1 bias, 2 label, 3 scale; 4 z + bias, 5 times scale, 6 max, 7 spread, 8 shifted, 9 exp, 10 sum, 11 log, 12
      // spread, 13 log p, 14 column, 15 label spread, 16 hit, 17 zero, 18 picked, 19 row sum, 20 loss per row, 21 row
      // index
      const Program p{{kElement, kColumn, kRow, kScalar},
                      {kElement, kRow, kScalar, kScalar, kRow},
                      {{0, dtype}, {0, dtype}, {1, kI32},  {0, dtype}, {0, dtype}, {0, dtype}, {1, dtype}, {0, dtype},
                       {0, dtype}, {0, dtype}, {1, dtype}, {1, dtype}, {0, dtype}, {0, dtype}, {0, kI32},  {0, kI32},
                       {0, kBool}, {0, dtype}, {0, dtype}, {1, dtype}, {1, dtype}, {1, kI32}},
                      {13, 20, 20, 9, 21},
                      {{"add", 4, 0, 1},
                       {"mul", 5, 4, 3},
                       {"rowMax", 6, 5},
                       {"spread", 7, 6},
                       {"sub", 8, 5, 7},
                       {"exp", 9, 8},
                       {"rowSum", 10, 9},
                       {"log", 11, 10},
                       {"spread", 12, 11},
                       {"sub", 13, 8, 12},
                       {"columnIndex", 14},
                       {"spread", 15, 2},
                       {"eq", 16, 14, 15},
                       {"fill", 17, -1, -1, -1, 0.0},
                       {"select", 18, 16, 13, 17},
                       {"rowSum", 19, 18},
                       {"neg", 20, 19},
                       {"rowIndex", 21}}};
      Tensor log_p(dtype, {rows, cols}), losses(dtype, {rows}), loss(kF64, {}), mass(kF64, {}), index(kI32, {rows});
      CHECK_OK(
          run_everywhere(encode(p), {&shape, &z, &bias, &labels, &scale}, {&log_p, &losses, &loss, &mass, &index}));
      double want_loss = 0, want_mass = 0, worst = 0;
      bool indexed = true;
      for (int64_t r = 0; r < rows; ++r) {
        double peak = -kInfinity;
        long double sum = 0;  // the twin adds one by one
        for (int64_t c = 0; c < cols; ++c) peak = std::max(peak, 0.75 * (z.get(r * cols + c) + bias.get(c)));
        for (int64_t c = 0; c < cols; ++c) sum += std::exp(0.75 * (z.get(r * cols + c) + bias.get(c)) - peak);
        for (int64_t c = 0; c < cols; ++c) {
          const double want = 0.75 * (z.get(r * cols + c) + bias.get(c)) - peak - static_cast<double>(std::log(sum)),
                       off = std::fabs(want - log_p.get(r * cols + c));
          worst = off <= worst ? worst : off;
          if (c == static_cast<int64_t>(labels.get(r))) {
            const double gap = std::fabs(losses.get(r) + want);
            worst = gap <= worst ? worst : gap;
            want_loss -= want;
          }
        }
        want_mass += static_cast<double>(sum);
        indexed = indexed && index.get(r) == static_cast<double>(r);
      }
      CHECK(worst <= 40 * epsilon(dtype));
      CHECK(indexed);
      CHECK(close(loss.get(0), want_loss, 40 * epsilon(dtype), 1) &&
            close(mass.get(0), want_mass, 40 * epsilon(dtype), 1));
    }
  }
}

/// Rows and columns without reductions: wide rows are cut, and a row's own value is summed once.
void test_rows_in_parts() {
  Numbers numbers(8);
  for (const auto [rows, cols] : kSpaces) {
    const Tensor shape = space(rows, cols), row = numbers.tensor(kF32, {rows}), column = numbers.tensor(kF32, {cols});
    Tensor y(kF32, {rows, cols}), rows_total(kF64, {}), total(kF64, {}), scaled(kF64, {}), counted(kF64, {});
    const Program p{{kRow, kColumn},
                    {kElement, kScalar, kScalar, kScalar},
                    {{1, kF32}, {0, kF32}, {0, kF32}, {0, kF32}, {1, kF32}, {0, kF64}},
                    {3, 4, 3, 5},
                    {{"spread", 2, 0}, {"mul", 3, 2, 1}, {"square", 4, 0}, {"fill", 5, -1, -1, -1, 0.5}}};
    CHECK_OK(run_everywhere(encode(p), {&shape, &row, &column}, {&y, &rows_total, &total, &counted}));
    double want = 0, squares = 0;
    int64_t wrong = 0;
    for (int64_t r = 0; r < rows; ++r) {
      squares += static_cast<double>(static_cast<float>(row.get(r)) * static_cast<float>(row.get(r)));
      for (int64_t c = 0; c < cols; ++c) {
        const double product = static_cast<double>(static_cast<float>(row.get(r)) * static_cast<float>(column.get(c)));
        wrong += y.get(r * cols + c) != product;
        want += product;
      }
    }
    CHECK(wrong == 0);
    CHECK(close(rows_total.get(0), squares, 1e-12, 1) &&
          close(total.get(0), want, 1e-12, static_cast<double>(rows * cols)));
    CHECK(counted.get(0) == 0.5 * static_cast<double>(rows * cols));
  }
}

/// Every kind of uniform value: computed once, stored, spread, summed and reduced.
void test_uniform() {
  const Tensor shape = space(40, 70), a(kF64, {}, {3.0});
  Tensor y(kF32, {40, 70}), sums(kF64, {40}), total(kF64, {}), rows(kF64, {40});
  const Program p{{kScalar},
                  {kElement, kRow, kScalar, kRow},
                  {{0, kF64}, {0, kF64}, {0, kF32}, {1, kF64}, {1, kF64}, {0, kF64}, {1, kF64}},
                  {2, 3, 5, 6},
                  {{"square", 1, 0},
                   {"cast", 2, 1},
                   {"rowSum", 3, 1},
                   {"fill", 4, -1, -1, -1, 2.0},
                   {"spread", 5, 4},
                   {"add", 6, 4, 4}}};
  CHECK_OK(run_everywhere(encode(p), {&shape, &a}, {&y, &sums, &total, &rows}));
  CHECK(y.get(0) == 9 && y.get(2799) == 9 && sums.get(39) == 630 && total.get(0) == 5600 && rows.get(17) == 4);
}

/// Outputs in the memory of inputs: the results of separate memory.
void test_aliasing() {
  Numbers numbers(9);
  for (const auto [rows, cols] : kSpaces) {
    const Tensor shape = space(rows, cols), g = numbers.tensor(kF32, {rows, cols}), r = numbers.tensor(kF32, {rows});
    const Tensor x = numbers.tensor(kF32, {rows, cols}), m = numbers.tensor(kF32, {rows, cols}),
                 q = numbers.tensor(kF32, {rows});
    // 0 g, 1 x, 2 m, 3 r, 4 q; 5 spread r, 6 m * r, 7 m' = that + g, 8 x' = x - m', 9 r' = rowSum x (old), 10 x' m
    // (old)
    Program p{
        {kElement, kElement, kElement, kRow, kRow},
        {kElement, kElement, kRow, kScalar, kElement, kRow},
        {{0, kF32},
         {0, kF32},
         {0, kF32},
         {1, kF32},
         {1, kF32},
         {0, kF32},
         {0, kF32},
         {0, kF32},
         {0, kF32},
         {1, kF32},
         {0, kF32}},
        {8, 7, 9, 10, 1, 3},
        {{"spread", 5, 3}, {"mul", 6, 2, 5}, {"add", 7, 6, 0}, {"sub", 8, 1, 7}, {"rowSum", 9, 1}, {"mul", 10, 8, 2}}};
    Tensor x1(kF32, {rows, cols}), m1(kF32, {rows, cols}), r1(kF32, {rows}), total(kF64, {}), g1(kF32, {rows, cols}),
        q1(kF32, {rows});
    CHECK_OK(run_everywhere(encode(p), {&shape, &g, &x, &m, &r, &q}, {&x1, &m1, &r1, &total, &g1, &q1}));
    for (const int threads : {1, 2, 4}) {
      const auto copy = [](const Tensor& from) {
        Tensor to(from.dtype(), from.dims());
        std::copy(from.data(), from.data() + from.bytes(), to.data());
        return to;
      };
      // x' over x, m' over m, the row sums over r, old x over g, old r over q.
      Tensor ag = copy(g), ax = copy(x), am = copy(m), ar = copy(r), aq = copy(q), at(kF64, {});
      CHECK_OK(
          invoke(encode(p), views({&shape, &ag, &ax, &am, &ar, &aq}), views({&ax, &am, &ar, &at, &ag, &aq}), threads));
      const auto same = [](const Tensor& a, const Tensor& b) {
        return std::equal(a.data(), a.data() + a.bytes(), b.data());
      };
      CHECK(same(ax, x1) && same(am, m1) && same(ar, r1) && same(at, total) && same(ag, x) && same(aq, r));
      // Two inputs change places.
      Tensor left = copy(g), right = copy(x);
      const Program swap{{kElement, kElement}, {kElement, kElement}, {{0, kF32}, {0, kF32}}, {1, 0}, {}};
      CHECK_OK(invoke(encode(swap), views({&shape, &left, &right}), views({&left, &right}), threads));
      CHECK(same(left, x) && same(right, g));
    }
  }
}

/// A sum of float32 runs in float64.
void test_long_sums() {
  const int64_t n = 1'000'003;
  Tensor x(kF32, {1, n}), row(kF32, {1}), wide(kF64, {1}), total(kF64, {}), shape = space(1, n);
  for (int64_t i = 0; i < n; ++i) x.set(i, 0.1);
  const double exact = static_cast<double>(0.1f) * n;
  const Program p{{kElement},
                  {kRow, kRow, kScalar},
                  {{0, kF32}, {1, kF32}, {1, kF64}},
                  {1, 2, 0},
                  {{"rowSum", 1, 0}, {"rowSum", 2, 0}}};
  CHECK_OK(run_everywhere(encode(p), {&shape, &x}, {&row, &wide, &total}));
  CHECK(close(row.get(0), exact, 0x1p-24) && close(wide.get(0), exact, 1e-13) && close(total.get(0), exact, 1e-13));
}

/// A column that is stored and whose memory another output takes is moved first, also where a tile is a part of the only row.
void test_column_displaced() {
  for (const int64_t cols : {5, 5000}) {
    const Tensor shape = space(1, cols);
    const Program p{{kColumn}, {kElement, kElement}, {{0, kF32}, {0, kF32}}, {1, 0}, {{"neg", 1, 0}}};
    for (const int threads : {1, 2}) {
      Tensor x(kF32, {cols}), y(kF32, {1, cols});
      for (int64_t i = 0; i < cols; ++i) x.set(i, static_cast<double>(i + 1));
      CHECK_OK(invoke(encode(p), views({&shape, &x}), views({&x, &y}), threads));
      int64_t wrong = 0;
      for (int64_t i = 0; i < cols; ++i) wrong += x.get(i) != -static_cast<double>(i + 1) || y.get(i) != static_cast<double>(i + 1);
      CHECK(wrong == 0);
    }
  }
}

/// A zero keeps its sign through steps that are joined.
void test_negative_zero() {
  const Tensor shape = space(1, 2), x(kF32, {2}, {1, -1});
  Tensor y(kF32, {2});
  const Program p{{kElement},
                  {kElement},
                  {{0, kF32}, {0, kF32}, {0, kF32}, {0, kBool}, {0, kF32}},
                  {4},
                  {{"fill", 1, -1, -1, -1, 0}, {"fill", 2, -1, -1, -1, -0.0}, {"gt", 3, 0, 1}, {"select", 4, 3, 0, 2}}};
  CHECK_OK(run_everywhere(encode(p), {&shape, &x}, {&y}));
  CHECK(y.get(0) == 1 && y.get(1) == 0 && std::signbit(y.get(1)));
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  test_float_opcodes();
  test_integer_opcodes();
  test_casts_and_selects();
  test_softmax();
  test_rows_in_parts();
  test_uniform();
  test_aliasing();
  test_long_sums();
  test_column_displaced();
  test_negative_zero();
  return finish("row");
}
