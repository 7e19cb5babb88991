#include "families.h"

namespace adamqlr {
namespace {

const Kernel* find(std::string_view name) {
  for (const auto family : {gemm_kernels, row_program_kernels, reduce_kernels, argmax_kernels, movement_kernels, gather_kernels,
                            sources_kernels, random_kernels}) {
    for (const Kernel& kernel : family()) {
      if (kernel.name == name) return &kernel;
    }
  }
  return nullptr;
}

}  // namespace

const Backend& cpu_backend() {
  static constexpr Backend kBackend{"cpu", find};
  return kBackend;
}

}  // namespace adamqlr
