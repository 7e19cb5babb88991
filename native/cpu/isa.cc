#include <cstdlib>
#include <string_view>

#include "cpu_info.h"
#include "isa_target.h"

namespace adamqlr {
namespace {

Isa choose() {
  const Isa best = supported_isa();
  const char* asked = std::getenv("ADAMQLR_ISA");
  if (asked == nullptr) return best;
  const std::string_view name = asked;
  const Isa limit = name == "baseline" ? Isa::kBaseline : name == "avx2" ? Isa::kAvx2 : Isa::kAvx512;
  return limit < best ? limit : best;
}

}  // namespace

Isa supported_isa() {
#if defined(ADAMQLR_X86)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return Isa::kAvx512;
  if (avx2) return Isa::kAvx2;
#endif
  return Isa::kBaseline;
}

Isa isa() {
  static const Isa chosen = choose();
  return chosen;
}

const char* isa_name(Isa isa) { return isa == Isa::kAvx512 ? "avx512" : isa == Isa::kAvx2 ? "avx2" : "baseline"; }

}  // namespace adamqlr
