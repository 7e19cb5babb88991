#pragma once
#include <cmath>
#include <vector>

#include "../core/denormals.h"
#include "../cpu/cpu_info.h"
#include "../cpu/row_opcodes.h"

namespace adamqlr::test {

/// The C library's functions, in any of its formats.
struct Reference {
  template <typename T>
  static T exp(T x) {
    return std::exp(x);
  }
  template <typename T>
  static T expm1(T x) {
    return std::expm1(x);
  }
  template <typename T>
  static T log(T x) {
    return std::log(x);
  }
  template <typename T>
  static T log1p(T x) {
    return std::log1p(x);
  }
  template <typename T>
  static T tanh(T x) {
    return std::tanh(x);
  }
  template <typename T>
  static T sigmoid(T x) {
    const T e = std::exp(-std::fabs(x));
    return (x < 0 ? e : T(1)) / (T(1) + e);
  }
  template <typename T>
  static T softplus(T x) {
    return (x < 0 ? T(0) : x) + std::log1p(std::exp(-std::fabs(x)));
  }
  template <typename T>
  static T erf(T x) {
    return std::erf(x);
  }
};

/// A function, its references and its contract: the largest error in units in the last place (the table of
/// native/cpu/transcendental.inc).
struct Transcendental {
  const char* name;
  float (*single)(float);
  double (*twice)(double);
  long double (*extended)(long double);
  double ulps32, ulps64;
};

#define ADAMQLR_FUNCTION(name, ulps32, ulps64) \
  {#name, Reference::name<float>, Reference::name<double>, Reference::name<long double>, ulps32, ulps64}
constexpr Transcendental kTranscendentals[] = {
    ADAMQLR_FUNCTION(exp, 1, 1),      ADAMQLR_FUNCTION(expm1, 1, 1.25), ADAMQLR_FUNCTION(log, 1, 1),
    ADAMQLR_FUNCTION(log1p, 1, 1),    ADAMQLR_FUNCTION(tanh, 1, 1),     ADAMQLR_FUNCTION(sigmoid, 1, 1),
    ADAMQLR_FUNCTION(softplus, 1, 1), ADAMQLR_FUNCTION(erf, 1, 1.25),
};
#undef ADAMQLR_FUNCTION

/// The loops of every instruction set that this machine has.
inline std::vector<std::pair<const char*, const RowLoops*>> all_loops() {
  std::vector<std::pair<const char*, const RowLoops*>> loops{{"baseline", &baseline::row_loops()}};
#if defined(__x86_64__) && defined(__GNUC__)
  if (supported_isa() >= Isa::kAvx2) loops.emplace_back("avx2", &avx2::row_loops());
  if (supported_isa() >= Isa::kAvx512) loops.emplace_back("avx512", &avx512::row_loops());
#endif
  return loops;
}

template <typename T>
Loop loop_of(const RowLoops& loops, const char* name) {
  constexpr DType kDType = sizeof(T) == 4 ? DType::kFloat32 : DType::kFloat64;
  for (const Opcode& opcode : loops.opcodes) {
    if (opcode.name == name && opcode.operand == kDType) return opcode.loops[0];
  }
  return nullptr;
}

/// y = f(x), with denormals flushed as on the threads of the pool.
template <typename T>
void apply(Loop loop, const T* x, T* y, int64_t count) {
  const FlushDenormals flush;
  loop({1, count, 0, 0}, count, y, x, nullptr, nullptr, 0);
}

}  // namespace adamqlr::test
