#include "cpu_info.h"
#include "families.h"

namespace adamqlr {
namespace {

const Kernel* find(std::string_view name) {
  for (const auto family : {gemm_kernels, row_program_kernels, reduce_kernels, argmax_kernels, movement_kernels,
                            gather_kernels, sources_kernels, random_kernels}) {
    for (const Kernel& kernel : family()) {
      if (kernel.name == name) return &kernel;
    }
  }
  return nullptr;
}

void describe(BackendInfo* info) {
  info->isa = isa_name(supported_isa());
  info->isa_used = isa_name(isa());
  info->blas_name = blas_name();
  info->blas_config = blas_config();
  info->blas_core = blas_core();
  info->blas_threads = 1;
}

}  // namespace

const Backend& cpu_backend() {
  static constexpr Backend kBackend{"cpu", find, describe};
  return kBackend;
}

}  // namespace adamqlr
