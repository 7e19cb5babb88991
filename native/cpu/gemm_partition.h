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

/// `column_unit` is the width that columns must be cut at multiples of (the panel of the built-in product).
GemmPartition partition_product(GemmPath path, int64_t m, int64_t n, int64_t k, int64_t column_unit);

}  // namespace adamqlr
