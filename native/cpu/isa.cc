#include <cstdlib>

#include "cpu_info.h"

namespace adamqlr {
namespace {

Isa supported() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return Isa::kAvx512;
  }
  if (avx2) return Isa::kAvx2;
#endif
  return Isa::kBaseline;
}

Isa choose() {
  const Isa best = supported();
  const char* asked = std::getenv("ADAMQLR_ISA");
  if (asked == nullptr) return best;
  const Isa limit = std::string_view(asked) == "baseline" ? Isa::kBaseline : std::string_view(asked) == "avx2" ? Isa::kAvx2 : Isa::kAvx512;
  return limit < best ? limit : best;
}

}  // namespace

Isa isa() {
  static const Isa chosen = choose();
  return chosen;
}

std::string_view isa_name() {
  switch (isa()) {
    case Isa::kAvx512: return "avx512";
    case Isa::kAvx2: return "avx2";
    default: return "baseline";
  }
}

}  // namespace adamqlr
