#pragma once
#include <span>

#include "../core/kernel.h"

namespace adamqlr {

// One function per family of kernels, in the file of the same name; backend.cc joins them into the table.
std::span<const Kernel> gemm_kernels();
std::span<const Kernel> row_program_kernels();
std::span<const Kernel> reduce_kernels();
std::span<const Kernel> argmax_kernels();
std::span<const Kernel> movement_kernels();
std::span<const Kernel> gather_kernels();
std::span<const Kernel> sources_kernels();
std::span<const Kernel> random_kernels();

}  // namespace adamqlr
