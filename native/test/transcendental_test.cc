// The contract of exp, log and their like (native/cpu/transcendental.inc), on every instruction set: error against the
// C library in a wider format, special values, bits that do not depend on place.
//   transcendental_test [STEP [SAMPLES]]: every STEP-th float32 (1: all of them), SAMPLES float64.
#include "transcendental.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "check.h"

namespace adamqlr::test {
namespace {

template <typename T>
using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
template <typename T>
using Word = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

Wide<float> reference(const Transcendental& f, float x) { return f.twice(x); }
Wide<double> reference(const Transcendental& f, double x) { return f.extended(x); }
template <typename T>
double bound(const Transcendental& f) {
  return sizeof(T) == 4 ? f.ulps32 : f.ulps64;
}

/// Distance of y from the exact result in units in the last place of the exact result's binade; infinite where y is the
/// wrong special value. A result below the smallest normal number may be 0.
template <typename T>
double error_in_ulps(T y, Wide<T> exact) {
  using L = std::numeric_limits<T>;
  constexpr double kWrong = std::numeric_limits<double>::infinity();
  if (std::isnan(exact) || std::isnan(y)) return std::isnan(exact) && std::isnan(y) ? 0 : kWrong;
  const Wide<T> size = std::fabs(exact);
  if (size > L::max() * (1 + Wide<T>(L::epsilon()) / 4)) return std::isinf(y) && (y < 0) == (exact < 0) ? 0 : kWrong;
  if (std::isinf(y)) return kWrong;
  if (y == 0 && size < L::min()) return 0;
  const int exponent = std::max(size > 0 ? std::ilogb(size) : L::min_exponent - 1, L::min_exponent - 1);
  return static_cast<double>(std::fabs(y - exact) / std::ldexp(Wide<T>(1), exponent - (L::digits - 1)));
}

struct Worst {
  double ulps = 0, at = 0;
};

/// The worst error of every instruction set over blocks of arguments; next(x, count) fills a block and says how many.
template <typename T, typename Next>
std::vector<Worst> worst_of(const Transcendental& f, const Next& next) {
  constexpr int64_t kBlock = 4096;
  const auto loops = all_loops();
  std::vector<Worst> worst(loops.size());
  std::vector<T> x(kBlock), y(kBlock);
  std::vector<Wide<T>> exact(kBlock);
  while (const int64_t count = next(x.data(), kBlock)) {
    for (int64_t i = 0; i < count; ++i) exact[i] = reference(f, x[i]);
    for (size_t l = 0; l < loops.size(); ++l) {
      apply(loop_of<T>(*loops[l].second, f.name), x.data(), y.data(), count);
      for (int64_t i = 0; i < count; ++i) {
        const double ulps = error_in_ulps(y[i], exact[i]);
        if (ulps > worst[l].ulps) worst[l] = {ulps, static_cast<double>(x[i])};
      }
    }
  }
  return worst;
}

template <typename T>
void hold(const Transcendental& f, const std::vector<Worst>& worst) {
  const auto loops = all_loops();
  std::printf("%-9s float%zu", f.name, 8 * sizeof(T));
  for (size_t l = 0; l < loops.size(); ++l) {
    std::printf("  %s %.3f at %a", loops[l].first, worst[l].ulps, worst[l].at);
    char note[120];
    std::snprintf(note, sizeof(note), "%s %s: %.3f ulp at %a", f.name, loops[l].first, worst[l].ulps, worst[l].at);
    check(worst[l].ulps <= bound<T>(f), "an error within the contract", __FILE__, __LINE__, note);
  }
  std::printf("\n");
}

bool is_denormal(double x, double least) { return x != 0 && std::fabs(x) < least; }

/// Every step-th float32, by its bits.
void test_float32(const Transcendental& f, uint64_t step) {
  uint64_t bits = 0;
  hold<float>(f, worst_of<float>(f, [&](float* x, int64_t capacity) {
                int64_t count = 0;
                for (; bits < (uint64_t{1} << 32) && count < capacity; bits += step) {
                  const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
                  if (!is_denormal(value, std::numeric_limits<float>::min())) x[count++] = value;
                }
                return count;
              }));
}

uint64_t next_bits(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// Any bits, magnitudes of 2^-40 to 2^12, and the neighborhood of 1, in turn.
double any_double(uint64_t& state, int64_t i) {
  const uint64_t bits = next_bits(state);
  if (i % 4 == 0) return std::bit_cast<double>(bits);
  const double unit = static_cast<double>(bits >> 11) * 0x1p-53, sign = (bits & 1) != 0 ? -1 : 1;
  if (i % 4 == 1) return 1 + sign * unit * std::exp2(-static_cast<double>(bits >> 1 & 31));
  return i % 4 == 2 ? sign * std::exp2(52 * unit - 40) : sign * 6 * unit;
}

void test_float64(const Transcendental& f, int64_t samples) {
  uint64_t state = 7;
  int64_t i = 0;
  hold<double>(f, worst_of<double>(f, [&](double* x, int64_t capacity) {
                 int64_t count = 0;
                 for (; i < samples && count < capacity; ++i) {
                   const double value = any_double(state, i);
                   if (!is_denormal(value, std::numeric_limits<double>::min())) x[count++] = value;
                 }
                 return count;
               }));
}

/// Zeros, infinities, NaN, the least and largest numbers, 200 neighbors of every threshold: value and sign.
template <typename T>
void test_special(const Transcendental& f) {
  using L = std::numeric_limits<T>;
  std::vector<T> x;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double thresholds[] = {0,      L::min(), 0x1p-55,  0x1p-26,     0.25,        0.2928932188134524,
                               0.5,    0.8125,   1,        2,           3.97,        0.3465735902799726,
                               5.97,   9,        10,       17.33,       20,          0.4142135623730951,
                               36.7,   40,       89,       87.33654475, 88.72283905, 0.7071067811865476,
                               103.98, 710,      745.1332, 1e10,        L::max(),    1.414213562373095,
                               708.3964185322641, 709.782712893384, kInfinity};
  for (const double threshold : thresholds) {
    T up = static_cast<T>(threshold), down = up;
    for (int i = 0; i < 100; ++i) {
      for (const T value : {up, down}) {
        if (!is_denormal(value, L::min())) x.push_back(value), x.push_back(-value);
      }
      up = std::nextafter(up, L::infinity()), down = std::nextafter(down, T(0));
    }
  }
  x.push_back(L::quiet_NaN()), x.push_back(-L::quiet_NaN()), x.push_back(L::signaling_NaN());
  x.push_back(std::bit_cast<T>(static_cast<Word<T>>(~Word<T>{0})));
  int64_t done = 0;
  const auto worst = worst_of<T>(f, [&](T* to, int64_t capacity) {
    const int64_t count = std::min<int64_t>(capacity, static_cast<int64_t>(x.size()) - done);
    std::copy_n(x.data() + done, count, to);
    done += count;
    return count;
  });
  for (const Worst& w : worst) CHECK(w.ulps <= bound<T>(f));
}

/// Zero, its sign, denormals as zeros, exact values, odd functions.
template <typename T>
void test_exact(const char* isa, const RowLoops& loops) {
  using L = std::numeric_limits<T>;
  const auto at = [&](const char* name, T value) {
    T y;
    apply(loop_of<T>(loops, name), &value, &y, 1);
    return y;
  };
  for (const T zero : {T(0), T(-0.0)}) {
    for (const char* name : {"expm1", "log1p", "tanh", "erf"})
      CHECK(at(name, zero) == 0 && std::signbit(at(name, zero)) == std::signbit(zero));
    CHECK(at("exp", zero) == 1 && at("sigmoid", zero) == T(0.5) && at("log", zero) == -L::infinity());
  }
  CHECK(at("log", 1) == 0 && at("log1p", -1) == -L::infinity() && std::isnan(at("log", -1)));
  CHECK(at("tanh", L::infinity()) == 1 && at("erf", -L::infinity()) == -1 && at("expm1", -L::infinity()) == -1);
  CHECK(at("sigmoid", L::infinity()) == 1 && at("softplus", L::infinity()) == L::infinity());
  for (const char* name : {"exp", "sigmoid", "softplus"}) CHECK(at(name, -L::infinity()) == 0);
  for (const T tiny : {L::denorm_min(), L::min() - L::denorm_min()}) {
    for (const char* name : {"expm1", "log1p", "tanh", "erf"}) CHECK(std::fabs(at(name, tiny)) < L::min());
    CHECK(at("log", tiny) == -L::infinity() && at("log", -tiny) == -L::infinity() && at("exp", tiny) == 1);
  }
  uint64_t state = 3;
  for (int64_t i = 0; i < 4000; ++i) {
    const T x = static_cast<T>(any_double(state, 1 + i % 3 + i / 3 * 4));
    check(at("tanh", -x) == -at("tanh", x) && at("erf", -x) == -at("erf", x), "odd functions", __FILE__, __LINE__, isa);
  }
}

/// Values increase with their arguments, 2^-12 apart relatively.
template <typename T>
void test_monotone(const Transcendental& f, const RowLoops& loops) {
  std::vector<T> x;
  for (T size = T(0x1p+10); size > T(0x1p-60); size *= 1 - T(0x1p-12)) x.push_back(-size);
  const size_t half = x.size();
  for (size_t i = half; i > 0; --i) x.push_back(-x[i - 1]);
  std::vector<T> y(x.size());
  apply(loop_of<T>(loops, f.name), x.data(), y.data(), static_cast<int64_t>(x.size()));
  int64_t wrong = 0;
  for (size_t i = 1; i < x.size(); ++i) wrong += y[i] < y[i - 1];
  check(wrong == 0, "increasing values", __FILE__, __LINE__, f.name);
}

/// Any part of a row, at any place in memory, in place or not: the bits of the whole row.
template <typename T>
void test_parts(const Transcendental& f, const RowLoops& loops) {
  constexpr int64_t kCount = 83;
  const Loop loop = loop_of<T>(loops, f.name);
  uint64_t state = 5;
  T x[kCount], whole[kCount], part[kCount];
  for (int64_t i = 0; i < kCount; ++i) x[i] = static_cast<T>(any_double(state, i));
  apply(loop, x, whole, kCount);
  int64_t wrong = 0;
  for (int64_t begin = 0; begin < kCount; ++begin) {
    for (int64_t end = begin; end <= kCount; ++end) {
      std::copy_n(x, kCount, part);
      apply(loop, (begin + end) % 2 == 0 ? x + begin : part + begin, part + begin, end - begin);
      wrong += std::memcmp(part + begin, whole + begin, static_cast<size_t>(end - begin) * sizeof(T)) != 0;
      wrong += std::memcmp(part, x, static_cast<size_t>(begin) * sizeof(T)) != 0;
      wrong += std::memcmp(part + end, x + end, static_cast<size_t>(kCount - end) * sizeof(T)) != 0;
    }
  }
  check(wrong == 0, "the same bits in parts", __FILE__, __LINE__, f.name);
}

template <typename T>
void test_laws(const Transcendental& f) {
  test_special<T>(f);
  for (const auto& [isa, loops] : all_loops()) {
    test_monotone<T>(f, *loops);
    test_parts<T>(f, *loops);
  }
}

}  // namespace
}  // namespace adamqlr::test

int main(int argc, char** argv) {
  using namespace adamqlr::test;
  const uint64_t step = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 30'011;
  const int64_t samples = argc > 2 ? std::strtoll(argv[2], nullptr, 10) : 150'000;
  CHECK(step > 0);
  for (const Transcendental& f : kTranscendentals) {
    test_float32(f, std::max<uint64_t>(1, step));
    test_float64(f, samples);
    test_laws<float>(f);
    test_laws<double>(f);
  }
  for (const auto& [isa, loops] : all_loops()) {
    test_exact<float>(isa, *loops);
    test_exact<double>(isa, *loops);
  }
  return finish("transcendental");
}
