#pragma once
#include "partition.h"

namespace adamqlr {

/// One tile of C = op(A) op(B) for the built-in product, on one thread. op(A)[i, k] is a[i * a_row + k * a_column], and
/// one of the two strides is 1. B comes packed (below). Writes `rows` rows and the columns [columns) of C; c points to
/// its element [0, columns.begin]. Only the range `depth` of k is summed.
template <typename T>
struct PackedProduct {
  const T* a;
  int64_t a_row, a_column;
  const T* packed;
  int64_t k, n;  // sizes of op(B)
  Range depth, columns;
  int64_t rows;
  T* c;
  int64_t c_row;
};

/// The built-in matrix product at one instruction set: a register-blocked micro-kernel over panels of B, packed panel
/// by panel as [k][width], zero-padded to `packed_columns`. Columns are cut at multiples of `panel` only.
template <typename T>
struct GemmLoops {
  int64_t panel;
  int64_t (*packed_columns)(int64_t n);
  /// Packs rows `depth` of the panels that cover `columns` of op(B)[k, n]; element [k, j] is b[k * row + j * column].
  void (*pack)(const T* b, int64_t row, int64_t column, int64_t k, int64_t n, Range depth, Range columns, T* packed);
  void (*multiply)(const PackedProduct<T>& product);
  /// y[i] = sum over depth of a[i * row + k] x[k], for i in rows.
  void (*multiply_rows)(const T* a, int64_t row, const T* x, Range rows, Range depth, T* y);
  /// y[i] = sum over depth of a[k * row + i] x[k], for i in rows.
  void (*multiply_columns)(const T* a, int64_t row, const T* x, Range rows, Range depth, T* y);
};

/// The loops for this machine, and those of each instruction set this build has.
template <typename T>
const GemmLoops<T>& gemm_loops();
namespace baseline {
template <typename T>
const GemmLoops<T>& gemm_loops();
}
namespace avx2 {
template <typename T>
const GemmLoops<T>& gemm_loops();
}
namespace avx512 {
template <typename T>
const GemmLoops<T>& gemm_loops();
}

}  // namespace adamqlr
