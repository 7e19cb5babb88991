#include "gemm_partition.h"

#include "cpu_info.h"

namespace adamqlr {
namespace {

// Measured on Zen 4 (2 cores) with OpenBLAS 0.3.21 and the built-in product; the figures only move speed.
constexpr int64_t kMaxTiles = 32;      // more do not balance better on the machines this is for
constexpr double kTileFlops = 1.5e6;   // about 15 microseconds on one core
constexpr double kShardFlops = 0.5e6;  // shards of k pack nothing twice, so they may be shorter
constexpr int64_t kMinRows = 96;       // a shorter tile pays for packing the other operand again
constexpr int64_t kMinColumns = 96;
constexpr int64_t kMinDepth = 192;
constexpr int64_t kMaxShardedCells = 64 * 1024;  // partial results are kept apart only where C is small
constexpr int64_t kVectorElements = 32 * 1024;   // elements of the matrix per tile of a matrix-vector product

/// Where OpenBLAS 0.3.21 is faster than the built-in product on one core of Zen 4 (native/test/gemm_bench.cc; speed of
/// the built-in one as a part of OpenBLAS', float32, measured in turn). With AVX-512 next to nowhere: 512x1024x1024 1.05,
/// 1024x512x1024 A' 1.02, 512x1024x1024 B' 1.03, 50x784x50 1.25, 784x50x50 A' 1.10, 3200x784x50 1.3, 3200x50x10 1.40,
/// 588x8x50 1.01, 200x50x10 0.94; the exception is 784x25x50 A' 0.88. With AVX2 (against its kernels for Haswell) where
/// there is much work: 512x1024x1024 0.89, 784x200x50 A' 0.90, 50x784x50 0.88, but not in 588x8x50 1.04, 125x9x100 1.17,
/// 3200x50x10 1.12, 512x1024x10 1.21.
bool blas_wins(int64_t m, int64_t n, int64_t k) {
  return isa() != Isa::kAvx512 && n >= 16 && k >= 16 && 2.0 * m * n * k >= 1e6;
}

/// Columns of B that are read in place: beyond them its rows lie too far apart, in too few sets of the caches. A
/// product with much of the same B to read packs it from fewer columns on, where they are more than two panels. With
/// AVX2, as a part of OpenBLAS' speed: 3200x784x50 0.85 -> 0.98, 784x200x50 A' 0.70 -> 0.90; but 25x784x50 0.98 -> 0.66.
constexpr int64_t kColumnsInPlace = 128;
constexpr int64_t kRowsToPack = 24;  // fewer rows do not pay for packing B

bool packs_b(int64_t m, int64_t n, int64_t k, int64_t panel) {
  return (n > kColumnsInPlace && m >= kRowsToPack) || (n > 2 * panel && m >= 128 && k >= 128);
}

int64_t parts(int64_t wanted, int64_t size, int64_t least) {
  return std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, size / least));
}

/// About `count` pieces of n whose size is a multiple of `unit`.
Pieces cut(int64_t n, int64_t count, int64_t unit) {
  return {n, round_up(std::max<int64_t>(1, ceil_div(n, count)), unit)};
}

}  // namespace

GemmPartition whole(GemmPath path, int64_t m, int64_t n, int64_t k) {
  return {path, {m, std::max<int64_t>(1, m)}, {n, std::max<int64_t>(1, n)}, {k, std::max<int64_t>(1, k)}};
}

GemmPath choose_path(int64_t m, int64_t n, int64_t k, bool has_blas) {
  if (m == 0 || n == 0 || k == 0) return GemmPath::kZero;
  if (m == 1 || n == 1) return GemmPath::kVector;
  return has_blas && blas_wins(m, n, k) ? GemmPath::kBlas : GemmPath::kBuiltin;
}

Packing choose_packing(int64_t m, int64_t n, int64_t k, bool transpose_a, bool transpose_b, int64_t panel,
                       int64_t element_bytes) {
  // Rows of a transposed A that lie a multiple of 512 bytes apart share few sets of the first-level cache.
  const bool collides = m * element_bytes % 512 == 0;
  return {transpose_a && collides && n > 64 && k >= 128, transpose_b || packs_b(m, n, k, panel)};
}

GemmPartition partition_vector(int64_t m, int64_t n, int64_t k, bool streams_rows) {
  const int64_t length = std::max(m, n);
  const int64_t wanted = std::clamp<int64_t>(length * k / kVectorElements, 1, kMaxTiles);
  const int64_t room = std::max<int64_t>(1, kMaxShardedCells / std::max<int64_t>(1, length));
  int64_t along, deep;
  if (streams_rows) {
    deep = std::min(room, parts(wanted, k, 128));
    along = parts(wanted / deep, length, 512);
  } else {
    along = parts(wanted, length, 64);
    deep = along < 4 ? std::min(room, parts(wanted / along, k, 2048)) : 1;
  }
  GemmPartition p{GemmPath::kVector, {m, std::max<int64_t>(1, m)}, {n, std::max<int64_t>(1, n)}, cut(k, deep, 64)};
  (m >= n ? p.rows : p.columns) = cut(length, along, 64);
  return p;
}

GemmPartition partition_product(GemmPath path, int64_t m, int64_t n, int64_t k, int64_t row_unit, int64_t column_unit) {
  const double flops = 2.0 * m * n * k;
  if (flops < 2 * kShardFlops) return whole(path, m, n, k);
  const int64_t wanted = std::clamp<int64_t>(static_cast<int64_t>(flops / kTileFlops), 1, kMaxTiles);
  int64_t down, across;
  if (m >= n) {
    down = parts(wanted, m, kMinRows);
    across = parts(wanted / down, n, kMinColumns);
  } else {
    across = parts(wanted, n, kMinColumns);
    down = parts(wanted / across, m, kMinRows);
  }
  int64_t deep = 1;
  if (down * across < 8 && m * n <= kMaxShardedCells) {
    const int64_t shards = std::clamp<int64_t>(static_cast<int64_t>(flops / kShardFlops), 1, 8);
    deep = parts(shards / (down * across), k, kMinDepth);
  }
  if (path == GemmPath::kBlas) row_unit = column_unit = 16;
  return {path, cut(m, down, row_unit), cut(n, across, column_unit), cut(k, deep, 4)};
}

}  // namespace adamqlr
