#pragma once
#include <string>

namespace adamqlr {

/// The instruction sets the kernels are compiled for. On processors other than x86-64 only the first exists.
enum class Isa { kBaseline = 0, kAvx2 = 1, kAvx512 = 2 };

/// The best set that this processor and this build have.
Isa supported_isa();

/// The set in use, chosen once: the best one, unless the environment variable ADAMQLR_ISA = baseline, avx2 or avx512
/// lowers it (it never raises it): to test every variant on one machine.
Isa isa();

/// 'baseline', 'avx2' or 'avx512'.
const char* isa_name(Isa isa);

/// The matrix product in use by vendor: 'OpenBLAS', 'MKL', 'BLIS', 'Accelerate', 'BLAS', or 'built-in'.
const char* blas_name();

/// What the vendor says about its build; empty when it says nothing or there is none.
std::string blas_config();

/// The processor kernels the vendor chose, such as 'SkylakeX'; empty when it does not say.
std::string blas_core();

}  // namespace adamqlr
