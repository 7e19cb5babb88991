#pragma once
#include "partition.h"

namespace adamqlr {

/// A matrix in memory: element [i, j] is data[i * row + j * column], and one of the two strides is 1.
template <typename T>
struct Strided {
  const T* data;
  int64_t row, column;

  const T* at(int64_t i, int64_t j) const { return data + i * row + j * column; }
};

/// op(A)[m, k] and op(B)[k, n] as the built-in product reads them: in place, or packed (then `data` is the packed
/// copy and the strides are not used). B in place has rows without gaps (column = 1).
template <typename T>
struct BuiltinOperands {
  Strided<T> a, b;
  int64_t m, n, k;
  bool packed_a, packed_b;
};

/// The built-in matrix product at one instruction set: register blocks of `rows` rows by one `panel` of columns.
template <typename T>
struct GemmLoops {
  int64_t rows, panel;
  /// Elements of a packed copy of op(B)[k, n].
  int64_t (*packed_size)(int64_t n, int64_t k);
  /// Packs the panels of op(B)[k, n] that cover `columns`, rows `depth` of them.
  void (*pack_b)(const Strided<T>& b, int64_t n, int64_t k, Range depth, Range columns, T* packed);
  /// Packs the blocks of op(A)[m, k] that cover `rows`, columns `depth` of them; the copy has m * k elements.
  void (*pack_a)(const Strided<T>& a, int64_t m, int64_t k, Range rows, Range depth, T* packed);
  /// The tile [rows, columns] of C, over `depth` of k alone, on one thread; c is its first element. Rows of packed A
  /// are cut at multiples of `rows`, columns of packed B at multiples of `panel`.
  void (*multiply)(const BuiltinOperands<T>& operands, Range rows, Range columns, Range depth, T* c, int64_t c_row);
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
