#pragma once
#include "partition.h"

namespace adamqlr {

/// What computes a product; chosen by shape and build alone.
enum class GemmPath { kZero, kVector, kBlas, kBuiltin };

/// One product C[m, n] = op(A) op(B) over k, cut into tiles of C and shards of k.
struct GemmPartition {
  GemmPath path;
  Pieces rows, columns, shards;
  int64_t tiles() const { return rows.count() * columns.count() * shards.count(); }
  bool sharded() const { return shards.count() > 1; }
};

/// The path of a product of one batch entry. `has_blas`: the build has a vendor's product for these sizes.
GemmPath choose_path(int64_t m, int64_t n, int64_t k, bool has_blas);

/// `column_unit` is the width that columns must be cut at multiples of (the panel of the built-in product).
GemmPartition partition_product(GemmPath path, int64_t m, int64_t n, int64_t k, int64_t column_unit);

/// The same for a matrix-vector product. `streams_rows`: the matrix is stored with the summed index outermost.
GemmPartition partition_vector(int64_t m, int64_t n, int64_t k, bool streams_rows);

}  // namespace adamqlr
