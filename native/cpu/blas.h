#pragma once
#include <cstdint>

namespace adamqlr {

/// Whether this build has a vendor's BLAS for products of these sizes (its integers have 32 bits).
bool has_blas(int64_t m, int64_t n, int64_t k);

/// c[m, n] = op(a) op(b) on the calling thread alone; `*_row` are the lengths of the stored rows. Sizes are positive.
void blas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row,
               const float* b, int64_t b_row, float* c, int64_t c_row);
void blas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const double* a, int64_t a_row,
               const double* b, int64_t b_row, double* c, int64_t c_row);

}  // namespace adamqlr
