// Time of exp, log and their like against the C library, on tiles that stay in the first-level cache:
//   cmake -S . -B build/bench -DADAMQLR_TESTS=ON && cmake --build build/bench --target transcendental_bench
//   build/bench/transcendental_bench
// Runs of all candidates take turns, so that what else the machine does meets all of them; prints medians.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "transcendental.h"

namespace adamqlr::test {
namespace {

constexpr int64_t kTile = 4096;
constexpr int kRounds = 301;

float library(const Transcendental& f, float x) { return f.single(x); }
double library(const Transcendental& f, double x) { return f.twice(x); }

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

template <typename Body>
double nanoseconds(const Body& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / kTile;
}

template <typename T>
void compare(const Transcendental& f) {
  const auto loops = all_loops();
  std::vector<T> x(kTile), y(kTile);
  // Where networks live: [-8, 8), or [0.01, 16.01) for a logarithm.
  const double first = std::isnan(f.single(-2.0f)) ? 0.01 : -8;
  for (int64_t i = 0; i < kTile; ++i)
    x[i] = static_cast<T>(first + 16.0 * static_cast<double>(i * 1597 % kTile) / kTile);
  std::vector<std::vector<double>> times(loops.size() + 1);
  for (int round = 0; round < kRounds; ++round) {
    times[0].push_back(nanoseconds([&] {
      for (int64_t i = 0; i < kTile; ++i) y[i] = library(f, x[i]);
    }));
    for (size_t l = 0; l < loops.size(); ++l) {
      const Loop loop = loop_of<T>(*loops[l].second, f.name);
      times[l + 1].push_back(nanoseconds([&] { apply(loop, x.data(), y.data(), kTile); }));
    }
  }
  const double before = median(times[0]);
  std::printf("%-9s float%zu  C library %6.2f ns", f.name, 8 * sizeof(T), before);
  for (size_t l = 0; l < loops.size(); ++l) {
    const double after = median(times[l + 1]);
    std::printf("   %s %5.2f ns (%4.1f x)", loops[l].first, after, before / after);
  }
  std::printf("\n");
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  for (const auto& f : adamqlr::test::kTranscendentals) adamqlr::test::compare<float>(f);
  for (const auto& f : adamqlr::test::kTranscendentals) adamqlr::test::compare<double>(f);
}
