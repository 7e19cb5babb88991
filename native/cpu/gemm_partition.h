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
  bool sharded() const { return shards.size < shards.n; }
  bool whole() const { return rows.size >= rows.n && columns.size >= columns.n && shards.size >= shards.n; }
};

/// Which operands the built-in product copies before it starts.
struct Packing {
  bool a = false, b = false;
};

/// The path of a product of one batch entry. `has_blas`: the build has a vendor's product for these sizes.
GemmPath choose_path(int64_t m, int64_t n, int64_t k, bool has_blas);

/// `panel`: columns of a register block.
Packing choose_packing(int64_t m, int64_t n, int64_t k, bool transpose_a, bool transpose_b, int64_t panel,
                       int64_t element_bytes);

/// One tile.
GemmPartition whole(GemmPath path, int64_t m, int64_t n, int64_t k);

/// `row_unit` and `column_unit` are the height and the width of a register block of the built-in product: what it packs
/// is cut at multiples of them.
GemmPartition partition_product(GemmPath path, int64_t m, int64_t n, int64_t k, int64_t row_unit, int64_t column_unit);

/// The same for a matrix-vector product. `streams_rows`: the matrix is stored with the summed index outermost.
GemmPartition partition_vector(int64_t m, int64_t n, int64_t k, bool streams_rows);

}  // namespace adamqlr
