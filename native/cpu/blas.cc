#include "blas.h"

#include "cpu_info.h"

#if defined(ADAMQLR_BLAS)

// CBLAS as every vendor exports it; declared here so that no header of a vendor is needed. Where the vendor has calls
// to set its threads or to describe itself, they are found through weak symbols.
extern "C" {
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc);
void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double* a,
                 int lda, const double* b, int ldb, double beta, double* c, int ldc);
#if defined(__ELF__)
[[gnu::weak]] void openblas_set_num_threads(int threads);
[[gnu::weak]] char* openblas_get_config();
[[gnu::weak]] char* openblas_get_corename();
[[gnu::weak]] void MKL_Set_Num_Threads(int threads);
[[gnu::weak]] void MKL_Get_Version_String(char* text, int length);
[[gnu::weak]] void bli_thread_set_num_threads(int64_t threads);
[[gnu::weak]] const char* bli_info_get_version_str();
#endif
}

namespace adamqlr {
namespace {

enum : int { kRowMajor = 101, kNoTranspose = 111, kTranspose = 112 };

/// Our pool owns the threads: the vendor must not start its own. Done before the first product.
bool claim_threads() {
#if defined(__ELF__)
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
  if (MKL_Set_Num_Threads != nullptr) MKL_Set_Num_Threads(1);
  if (bli_thread_set_num_threads != nullptr) bli_thread_set_num_threads(1);
#endif
  return true;
}

}  // namespace

bool has_blas(int64_t m, int64_t n, int64_t k) {
  static const bool claimed = claim_threads();
  return claimed && m <= INT32_MAX && n <= INT32_MAX && k <= INT32_MAX;
}

void blas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row,
               const float* b, int64_t b_row, float* c, int64_t c_row) {
  cblas_sgemm(kRowMajor, transpose_a ? kTranspose : kNoTranspose, transpose_b ? kTranspose : kNoTranspose,
              static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), 1.0f, a, static_cast<int>(a_row), b,
              static_cast<int>(b_row), 0.0f, c, static_cast<int>(c_row));
}

void blas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const double* a, int64_t a_row,
               const double* b, int64_t b_row, double* c, int64_t c_row) {
  cblas_dgemm(kRowMajor, transpose_a ? kTranspose : kNoTranspose, transpose_b ? kTranspose : kNoTranspose,
              static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), 1.0, a, static_cast<int>(a_row), b,
              static_cast<int>(b_row), 0.0, c, static_cast<int>(c_row));
}

const char* blas_name() {
#if defined(__APPLE__)
  return "Accelerate";
#elif defined(__ELF__)
  return openblas_get_config != nullptr        ? "OpenBLAS"
         : MKL_Get_Version_String != nullptr   ? "MKL"
         : bli_info_get_version_str != nullptr ? "BLIS"
                                               : "BLAS";
#else
  return "BLAS";
#endif
}

std::string blas_config() {
#if defined(__ELF__)
  if (openblas_get_config != nullptr) return openblas_get_config();
  if (MKL_Get_Version_String != nullptr) {
    char text[256] = {};
    MKL_Get_Version_String(text, 255);
    return text;
  }
  if (bli_info_get_version_str != nullptr) return bli_info_get_version_str();
#endif
  return {};
}

std::string blas_core() {
#if defined(__ELF__)
  if (openblas_get_corename != nullptr) return openblas_get_corename();
#endif
  return {};
}

}  // namespace adamqlr

#else

namespace adamqlr {

bool has_blas(int64_t, int64_t, int64_t) { return false; }
void blas_gemm(bool, bool, int64_t, int64_t, int64_t, const float*, int64_t, const float*, int64_t, float*, int64_t) {}
void blas_gemm(bool, bool, int64_t, int64_t, int64_t, const double*, int64_t, const double*, int64_t, double*,
               int64_t) {}
const char* blas_name() { return "built-in"; }
std::string blas_config() { return {}; }
std::string blas_core() { return {}; }

}  // namespace adamqlr

#endif
