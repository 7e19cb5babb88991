// The built-in matrix product against the vendor's on one thread, for the shapes of training steps: what
// cpu/gemm_partition.cc decides by. Usage: gemm_bench [float64]
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "cpu/blas.h"
#include "cpu/builtin_gemm.h"
#include "cpu/cpu_info.h"
#include "cpu/gemm_partition.h"

namespace adamqlr {
namespace {

struct Shape {
  int64_t m, k, n;
  bool transpose_a = false, transpose_b = false;
};

constexpr Shape kShapes[] = {
    {74, 8, 50},
    {588, 8, 50},
    {125, 9, 100},
    {8, 74, 50, true},
    {9, 125, 100, true},
    {25, 784, 50},
    {50, 784, 50},
    {200, 784, 50},
    {3200, 784, 50},
    {784, 25, 50, true},
    {784, 50, 50, true},
    {784, 200, 50, true},
    {784, 3200, 50, true},
    {50, 50, 10},
    {200, 50, 10},
    {3200, 50, 10},
    {50, 200, 10, true},
    {50, 10, 50, false, true},
    {200, 10, 50, false, true},
    {512, 784, 1024},
    {512, 1024, 1024},
    {784, 512, 1024, true},
    {1024, 512, 1024, true},
    {512, 1024, 1024, false, true},
    {512, 1024, 10},
    {1024, 512, 10, true},
    {512, 10, 1024, false, true},
    {32, 512, 512},
    {2000, 2000, 2000},
};

/// Lower quartiles of seconds per call of two pieces of work, measured in turn.
template <typename First, typename Second>
std::pair<double, double> race(double flops, const First& first, const Second& second) {
  using Clock = std::chrono::steady_clock;
  const int calls = std::max(1, static_cast<int>(1e7 / flops));
  const auto time = [&](const auto& work) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) work();
    return std::chrono::duration<double>(Clock::now() - start).count() / calls;
  };
  std::vector<double> of_first, of_second;
  for (const auto end = Clock::now() + std::chrono::milliseconds(300); Clock::now() < end || of_first.size() < 5;) {
    of_first.push_back(time(first));
    of_second.push_back(time(second));
  }
  const auto quartile = [](std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 4];
  };
  return {quartile(of_first), quartile(of_second)};
}

template <typename T>
void measure(const Shape& s) {
  const auto [m, k, n, ta, tb] = s;
  const GemmLoops<T>& loops = gemm_loops<T>();
  const Packing packing = choose_packing(m, n, k, ta, tb, loops.panel, sizeof(T));
  std::vector<T> a(m * k, T(0.5)), b(k * n, T(0.25)), c(m * n), packed_a(m * k), packed_b(loops.packed_size(n, k));
  const Strided<T> in_a{a.data(), ta ? 1 : k, ta ? m : 1}, in_b{b.data(), tb ? 1 : n, tb ? k : 1};
  const auto built_in = [&] {
    if (packing.a) loops.pack_a(in_a, m, k, {0, m}, {0, k}, packed_a.data());
    if (packing.b) loops.pack_b(in_b, n, k, {0, k}, {0, n}, packed_b.data());
    BuiltinOperands<T> operands{in_a, in_b, m, n, k, packing.a, packing.b};
    if (packing.a) operands.a.data = packed_a.data();
    if (packing.b) operands.b.data = packed_b.data();
    loops.multiply(operands, {0, m}, {0, n}, {0, k}, c.data(), n);
  };
  const auto vendor = [&] {
    blas_gemm(ta, tb, m, n, k, a.data(), ta ? m : k, b.data(), tb ? k : n, c.data(), n);
  };
  const double flops = 2.0 * static_cast<double>(m * n * k);
  const auto [ours, theirs] = race(flops, built_in, vendor);
  std::printf("%4d x %4d x %4d %s%s  %9.2f us %6.1f GFLOP/s  %9.2f us %6.1f GFLOP/s  %5.2f\n", static_cast<int>(m),
              static_cast<int>(k), static_cast<int>(n), ta ? "A'" : "  ", tb ? "B'" : "  ", ours * 1e6,
              flops / ours * 1e-9, theirs * 1e6, flops / theirs * 1e-9, theirs / ours);
}

}  // namespace
}  // namespace adamqlr

int main(int count, char** arguments) {
  using namespace adamqlr;
  if (!has_blas(1, 1, 1)) return std::puts("no vendor's BLAS in this build"), 1;
  std::printf("m x k x n, built-in (%s), %s, ratio\n", isa_name(isa()), blas_name());
  for (const Shape& shape : kShapes) {
    if (count > 1 && std::strcmp(arguments[1], "float64") == 0)
      measure<double>(shape);
    else
      measure<float>(shape);
  }
  return 0;
}
