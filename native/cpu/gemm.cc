#include <cstring>

#include "blas.h"
#include "builtin_gemm.h"
#include "families.h"
#include "gemm_partition.h"
#include "operands.h"

namespace adamqlr {
namespace {

/// c[batch, m, n] = op(a[batch, ...]) op(b[batch, ...]).
struct Product {
  int64_t batch = 1, m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;

  double flops() const { return 2.0 * m * n * k; }
  // Strides of op(A)[i, k] and op(B)[k, j].
  int64_t a_row() const { return transpose_a ? 1 : k; }
  int64_t a_column() const { return transpose_a ? m : 1; }
  int64_t b_row() const { return transpose_b ? 1 : n; }
  int64_t b_column() const { return transpose_b ? k : 1; }
};

Product product_of(const Call& call) {
  const View &a = call.in[0], &b = call.in[1];
  Product p;
  p.transpose_a = call.attributes.ints[0] != 0;
  p.transpose_b = call.attributes.ints[1] != 0;
  for (int i = 0; i < a.rank - 2; ++i) p.batch *= a.dims[i];
  p.m = a.dims[a.rank - (p.transpose_a ? 1 : 2)];
  p.k = a.dims[a.rank - (p.transpose_a ? 2 : 1)];
  p.n = b.dims[b.rank - (p.transpose_b ? 2 : 1)];
  return p;
}

/// Whether the matrix of a matrix-vector product is stored with the summed index outermost.
bool streams_rows(const Product& p) { return (p.n == 1 ? p.a_column() : p.b_row()) != 1; }

/// One product at a time by all threads, or many small ones side by side.
constexpr double kSharedFlops = 8e6;
bool side_by_side(const Product& p) { return p.batch > 1 && p.flops() < kSharedFlops; }

/// How a product runs and what it needs: packed operands (one copy, or one per thread), partial results of the shards
/// of k.
template <typename T>
struct GemmPlan {
  Product product;
  GemmPartition partition;
  Packing packing;
  int64_t packed_a = 0, packed_b = 0, partial = 0;  // elements
  bool batched = false;

  explicit GemmPlan(const Product& p) : product(p) {
    const GemmPath path = p.batch == 0 ? GemmPath::kZero : choose_path(p.m, p.n, p.k, has_blas(p.m, p.n, p.k));
    batched = side_by_side(p);
    if (path == GemmPath::kZero || batched) {
      partition = whole(path, p.m, p.n, p.k);
    } else if (path == GemmPath::kVector) {
      partition = partition_vector(p.m, p.n, p.k, streams_rows(p));
    } else {
      partition = partition_product(path, p.m, p.n, p.k, gemm_loops<T>().rows, gemm_loops<T>().panel);
    }
    if (path == GemmPath::kBuiltin) {
      packing = choose_packing(p.m, p.n, p.k, p.transpose_a, p.transpose_b, gemm_loops<T>().panel, sizeof(T));
      if (packing.a) packed_a = round_up(p.m * p.k, 16);
      if (packing.b) packed_b = round_up(gemm_loops<T>().packed_size(p.n, p.k), 16);
    }
    if (partition.sharded()) partial = partition.shards.count() * p.m * p.n;
  }

  int64_t scratch_bytes(int threads) const {
    return static_cast<int64_t>(sizeof(T)) * ((batched ? threads : 1) * (packed_a + packed_b) + partial);
  }
};

template <typename T>
Status check_scratch(const Product& p, int threads, int64_t* scratch_bytes) {
  if (1.0 * p.k * (p.n + p.m + 64) * threads + 64.0 * p.m * p.n > 1e12)
    return expected("matmul", "operands that fit in 1 TB of scratch", "larger ones");
  *scratch_bytes = GemmPlan<T>(p).scratch_bytes(threads);
  return Status::ok();
}

Status check_matmul(const Call& call, int64_t* scratch_bytes) {
  if (Status status = check_operands("matmul", call, 2, 1); !status) return status;
  if (Status status = check_ints("matmul", call, 2); !status) return status;
  const View &a = call.in[0], &b = call.in[1], &c = call.out[0];
  for (const int64_t flag : call.attributes.ints) {
    if (flag != 0 && flag != 1) return expected("matmul", "transpose flags 0 or 1", std::to_string(flag));
  }
  const std::string operands = describe(a) + " and " + describe(b);
  if (!is_float(a.dtype) || b.dtype != a.dtype || c.dtype != a.dtype)
    return expected("matmul", "operands of one float dtype", operands);
  if (a.rank < 2 || b.rank != a.rank) return expected("matmul", "operands of equal rank, 2 or more", operands);
  for (int i = 0; i < a.rank - 2; ++i) {
    if (a.dims[i] != b.dims[i]) return expected("matmul", "equal leading sizes", operands);
  }
  const Product p = product_of(call);
  if (b.dims[b.rank - (p.transpose_b ? 1 : 2)] != p.k) return expected("matmul", "equal inner sizes", operands);
  View result = a;
  result.dims[a.rank - 2] = p.m;
  result.dims[a.rank - 1] = p.n;
  if (!same_shape(c, result)) return expected("matmul", describe(result), describe(c));
  const int threads = call.pool->threads();
  return a.dtype == DType::kFloat32 ? check_scratch<float>(p, threads, scratch_bytes)
                                    : check_scratch<double>(p, threads, scratch_bytes);
}

/// The tile [rows, columns] of one product over [depth], on one thread; c is its first element.
template <typename T>
struct TileTask {
  Range rows, columns, depth;
  const T *a, *b, *packed_a, *packed_b;
  T* c;
  int64_t c_row;
};

/// Matrix times vector: m = 1 is the transposed case with A and B exchanged. The result is contiguous either way.
template <typename T>
void vector_tile(const Product& p, const TileTask<T>& t) {
  const bool column = p.n == 1;
  const T *matrix = column ? t.a : t.b, *x = column ? t.b : t.a;
  const int64_t row = column ? p.a_row() : p.b_column(), along = column ? p.a_column() : p.b_row();  // one of them is 1
  const Range rows = column ? t.rows : t.columns;
  // The result is written at its own index, so c is moved back to element 0.
  T* y = t.c - rows.begin;
  if (!streams_rows(p))
    gemm_loops<T>().multiply_rows(matrix, row, x, rows, t.depth, y);
  else
    gemm_loops<T>().multiply_columns(matrix, along, x, rows, t.depth, y);
}

template <typename T>
void run_tile(const GemmPlan<T>& plan, const TileTask<T>& t) {
  const Product& p = plan.product;
  if (plan.partition.path == GemmPath::kVector) return vector_tile(p, t);
  if (plan.partition.path == GemmPath::kBlas) {
    const T* a = t.a + t.rows.begin * p.a_row() + t.depth.begin * p.a_column();
    const T* b = t.b + t.depth.begin * p.b_row() + t.columns.begin * p.b_column();
    return blas_gemm(p.transpose_a, p.transpose_b, t.rows.size(), t.columns.size(), t.depth.size(), a,
                     p.transpose_a ? p.m : p.k, b, p.transpose_b ? p.k : p.n, t.c, t.c_row);
  }
  const auto [packs_a, packs_b] = plan.packing;
  const BuiltinOperands<T> operands{{packs_a ? t.packed_a : t.a, p.a_row(), p.a_column()},
                                    {packs_b ? t.packed_b : t.b, p.b_row(), p.b_column()},
                                    p.m, p.n, p.k, packs_a, packs_b};
  gemm_loops<T>().multiply(operands, t.rows, t.columns, t.depth, t.c, t.c_row);
}

/// Copies of the operands that are packed, by all threads.
template <typename T>
void pack(const GemmPlan<T>& plan, const T* a, const T* b, T* packed_a, T* packed_b, Pool* pool) {
  const Product& p = plan.product;
  const GemmLoops<T>& loops = gemm_loops<T>();
  const Pieces depths{p.k, 512}, rows{p.m, 16 * loops.rows}, panels{p.n, loops.panel};
  const int64_t of_a = plan.packing.a ? rows.count() * depths.count() : 0;
  const int64_t of_b = plan.packing.b ? panels.count() * depths.count() : 0;
  pool->parallel(of_a + of_b, [&](int64_t chunk, int) {
    if (chunk < of_a) {
      loops.pack_a({a, p.a_row(), p.a_column()}, p.m, p.k, rows[chunk / depths.count()], depths[chunk % depths.count()],
                   packed_a);
    } else {
      chunk -= of_a;
      loops.pack_b({b, p.b_row(), p.b_column()}, p.n, p.k, depths[chunk % depths.count()],
                   panels[chunk / depths.count()], packed_b);
    }
  });
}

/// c = the sum of the shards, in their order.
template <typename T>
void add_shards(const T* partial, int64_t shards, int64_t cells, T* c, Pool* pool) {
  const Pieces chunks = pieces_of(cells, shards);
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    const Range range = chunks[chunk];
    std::memcpy(c + range.begin, partial + range.begin, static_cast<size_t>(range.size()) * sizeof(T));
    for (int64_t shard = 1; shard < shards; ++shard) {
      const T* from = partial + shard * cells;
      for (int64_t i = range.begin; i < range.end; ++i) c[i] += from[i];
    }
  });
}

template <typename T>
void run_shared(const GemmPlan<T>& plan, const T* a, const T* b, T* c, T* scratch, Pool* pool) {
  const Product& p = plan.product;
  const GemmPartition& cut = plan.partition;
  T *packed_a = scratch, *packed_b = packed_a + plan.packed_a, *partial = packed_b + plan.packed_b;
  if (plan.packing.a || plan.packing.b) pack(plan, a, b, packed_a, packed_b, pool);
  const int64_t columns = cut.columns.count(), shards = cut.shards.count();
  pool->parallel(cut.tiles(), [&](int64_t tile, int) {
    const int64_t shard = tile % shards, column = tile / shards % columns, row = tile / shards / columns;
    TileTask<T> task{cut.rows[row], cut.columns[column], cut.shards[shard], a, b, packed_a, packed_b, nullptr, p.n};
    task.c = (shards > 1 ? partial + shard * p.m * p.n : c) + task.rows.begin * p.n + task.columns.begin;
    run_tile(plan, task);
  });
  if (shards > 1) add_shards(partial, shards, p.m * p.n, c, pool);
}

/// One product by the calling thread alone.
template <typename T>
void run_alone(const GemmPlan<T>& plan, const T* a, const T* b, T* c, T* scratch) {
  const Product& p = plan.product;
  T *packed_a = scratch, *packed_b = scratch + plan.packed_a;
  const TileTask<T> task{{0, p.m}, {0, p.n}, {0, p.k}, a, b, packed_a, packed_b, c, p.n};
  const GemmLoops<T>& loops = gemm_loops<T>();
  if (plan.packing.a) loops.pack_a({a, p.a_row(), p.a_column()}, p.m, p.k, task.rows, task.depth, packed_a);
  if (plan.packing.b) loops.pack_b({b, p.b_row(), p.b_column()}, p.n, p.k, task.depth, task.columns, packed_b);
  run_tile(plan, task);
}

/// Many small products: each one by a single thread.
template <typename T>
void run_side_by_side(const GemmPlan<T>& plan, const T* a, const T* b, T* c, T* scratch, Pool* pool) {
  const Product& p = plan.product;
  const Pieces chunks{p.batch, std::max<int64_t>(1, static_cast<int64_t>(1e6 / p.flops()))};
  pool->parallel(chunks.count(), [&](int64_t chunk, int thread) {
    T* own = scratch + thread * (plan.packed_a + plan.packed_b);
    for (int64_t i = chunks[chunk].begin; i < chunks[chunk].end; ++i)
      run_alone(plan, a + i * p.m * p.k, b + i * p.k * p.n, c + i * p.m * p.n, own);
  });
}

template <typename T>
void matmul(const Call& call) {
  const GemmPlan<T> plan(product_of(call));
  const Product& p = plan.product;
  const T *a = call.in[0].as<T>(), *b = call.in[1].as<T>();
  T* c = call.out[0].as<T>();
  T* scratch = reinterpret_cast<T*>(call.scratch);
  if (plan.partition.path == GemmPath::kZero) {
    if (call.out[0].count() > 0) std::memset(c, 0, static_cast<size_t>(call.out[0].bytes()));
    return;
  }
  if (p.batch == 1 && plan.partition.whole()) return run_alone(plan, a, b, c, scratch);
  if (plan.batched) return run_side_by_side(plan, a, b, c, scratch, call.pool);
  for (int64_t i = 0; i < p.batch; ++i)
    run_shared(plan, a + i * p.m * p.k, b + i * p.k * p.n, c + i * p.m * p.n, scratch, call.pool);
}

Status run_matmul(const Call& call) {
  if (call.out[0].dtype == DType::kFloat32)
    matmul<float>(call);
  else
    matmul<double>(call);
  return Status::ok();
}

constexpr Kernel kKernels[] = {{"matmul", check_matmul, run_matmul}};

}  // namespace

std::span<const Kernel> gemm_kernels() { return kKernels; }

}  // namespace adamqlr
