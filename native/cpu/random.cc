#include <cmath>
#include <numbers>
#include <utility>

#include "families.h"
#include "operands.h"
#include "partition.h"
#include "philox.h"

namespace adamqlr {
namespace {

Status check_key(std::string_view who, const View& key) {
  if (key.dtype == DType::kInt32 && key.count() == 2) return Status::ok();
  return expected(who, "a key int32[2]", describe(key));
}

PhiloxKey key_of(const View& key) {
  const int32_t* words = key.as<int32_t>();
  return {static_cast<uint32_t>(words[0]), static_cast<uint32_t>(words[1])};
}

/// Calls body(block, count) for blocks of `width` elements: elements width * block to width * block + count - 1.
template <typename Body>
void for_blocks(int64_t elements, int64_t width, Pool* pool, const Body& body) {
  const int64_t blocks = ceil_div(elements, width);
  const Pieces chunks = pieces_of(blocks, 4 * width);
  pool->parallel(chunks.count(), [&](int64_t chunk, int) {
    for (int64_t block = chunks[chunk].begin; block < chunks[chunk].end; ++block)
      body(block, std::min(width, elements - width * block));
  });
}

// randomBits: word i % 4 of block i / 4.

Status check_random_bits(const Call& call, int64_t*) {
  if (Status status = check_operands("randomBits", call, 1, 1); !status) return status;
  if (call.out[0].dtype != DType::kInt32) return expected("randomBits", "an int32 output", describe(call.out[0]));
  return check_key("randomBits", call.in[0]);
}

Status run_random_bits(const Call& call) {
  const PhiloxKey key = key_of(call.in[0]);
  int32_t* y = call.out[0].as<int32_t>();
  for_blocks(call.out[0].count(), 4, call.pool, [&](int64_t block, int64_t count) {
    const PhiloxWords words = philox_block(key, block);
    for (int64_t i = 0; i < count; ++i) y[4 * block + i] = static_cast<int32_t>(words[i]);
  });
  return Status::ok();
}

// randomUniform in [0, 1): float32 from the top 24 bits of word i, float64 from the top 53 of words 2i and 2i + 1.

Status check_random_float(std::string_view who, const Call& call) {
  if (Status status = check_operands(who, call, 1, 1); !status) return status;
  if (!is_float(call.out[0].dtype)) return expected(who, "a float32 or float64 output", describe(call.out[0]));
  return check_key(who, call.in[0]);
}
Status check_random_uniform(const Call& call, int64_t*) { return check_random_float("randomUniform", call); }

double unit53(uint32_t high, uint32_t low) { return static_cast<double>(join_words(high, low) >> 11) * 0x1p-53; }

Status run_random_uniform(const Call& call) {
  const PhiloxKey key = key_of(call.in[0]);
  const View& y = call.out[0];
  if (y.dtype == DType::kFloat32) {
    for_blocks(y.count(), 4, call.pool, [&, to = y.as<float>()](int64_t block, int64_t count) {
      const PhiloxWords words = philox_block(key, block);
      for (int64_t i = 0; i < count; ++i) to[4 * block + i] = static_cast<float>(words[i] >> 8) * 0x1p-24f;
    });
  } else {
    for_blocks(y.count(), 2, call.pool, [&, to = y.as<double>()](int64_t block, int64_t count) {
      const PhiloxWords words = philox_block(key, block);
      for (int64_t i = 0; i < count; ++i) to[2 * block + i] = unit53(words[2 * i], words[2 * i + 1]);
    });
  }
  return Status::ok();
}

// randomNormal: elements 2p and 2p + 1 are sqrt(-2 ln u1) times cos and sin of 2 pi u2 (Box and Muller 1958), from
// block p: u1 = 1 - (53 bits of words 0 and 1), so in (0, 1], and u2 = 53 bits of words 2 and 3. Float32 is the same
// value, rounded.

Status check_random_normal(const Call& call, int64_t*) { return check_random_float("randomNormal", call); }

std::pair<double, double> normal_pair(PhiloxKey key, int64_t pair) {
  const PhiloxWords words = philox_block(key, pair);
  const double radius = std::sqrt(-2 * std::log(1 - unit53(words[0], words[1])));
  const double angle = 2 * std::numbers::pi * unit53(words[2], words[3]);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

template <typename T>
void random_normal(PhiloxKey key, T* y, int64_t count, Pool* pool) {
  for_blocks(count, 2, pool, [&](int64_t pair, int64_t elements) {
    const auto [first, second] = normal_pair(key, pair);
    y[2 * pair] = static_cast<T>(first);
    if (elements > 1) y[2 * pair + 1] = static_cast<T>(second);
  });
}

Status run_random_normal(const Call& call) {
  const View& y = call.out[0];
  if (y.dtype == DType::kFloat32)
    random_normal(key_of(call.in[0]), y.as<float>(), y.count(), call.pool);
  else
    random_normal(key_of(call.in[0]), y.as<double>(), y.count(), call.pool);
  return Status::ok();
}

// foldIn: a new key, words 0 and 1 of the counter (data, 'fold', 0, 0).

Status check_fold_in(const Call& call, int64_t*) {
  if (Status status = check_operands("foldIn", call, 2, 1); !status) return status;
  const View& data = call.in[1];
  if (data.dtype != DType::kInt32 || data.count() != 1) return expected("foldIn", "data int32[]", describe(data));
  if (Status status = check_key("foldIn", call.in[0]); !status) return status;
  return check_key("foldIn", call.out[0]);
}

Status run_fold_in(const Call& call) {
  constexpr uint32_t kFold = 0x666f6c64;
  const PhiloxWords words = philox({static_cast<uint32_t>(*call.in[1].as<int32_t>()), kFold, 0, 0}, key_of(call.in[0]));
  int32_t* key = call.out[0].as<int32_t>();
  key[0] = static_cast<int32_t>(words[0]);
  key[1] = static_cast<int32_t>(words[1]);
  return Status::ok();
}

// permutation of 0 .. length - 1: Fisher-Yates from the end. Draw t (position i = length - 1 - t) has 64 bits, words 2t
// and 2t + 1 of the stream, and swaps positions i and (bits * (i + 1)) >> 64.

Status check_permutation(const Call& call, int64_t*) {
  if (Status status = check_operands("permutation", call, 1, 1); !status) return status;
  const View& y = call.out[0];
  if (y.dtype != DType::kInt32 || y.rank != 1 || y.dims[0] > INT32_MAX)
    return expected("permutation", "an int32 output of one axis", describe(y));
  return check_key("permutation", call.in[0]);
}

/// The high 64 bits of a * b for b < 2^32.
uint64_t multiply_high(uint64_t a, uint64_t b) { return ((a >> 32) * b + ((a & 0xffffffff) * b >> 32)) >> 32; }

Status run_permutation(const Call& call) {
  const PhiloxKey key = key_of(call.in[0]);
  int32_t* y = call.out[0].as<int32_t>();
  const int64_t length = call.out[0].dims[0];
  for (int64_t i = 0; i < length; ++i) y[i] = static_cast<int32_t>(i);
  PhiloxWords words{};
  for (int64_t draw = 0; draw < length - 1; ++draw) {
    if (draw % 2 == 0) words = philox_block(key, draw / 2);
    const int64_t i = length - 1 - draw, word = draw % 2 * 2;
    const uint64_t j = multiply_high(join_words(words[word], words[word + 1]), static_cast<uint64_t>(i + 1));
    std::swap(y[i], y[j]);
  }
  return Status::ok();
}

constexpr Kernel kKernels[] = {
    {"randomBits", check_random_bits, run_random_bits},
    {"randomUniform", check_random_uniform, run_random_uniform},
    {"randomNormal", check_random_normal, run_random_normal},
    {"foldIn", check_fold_in, run_fold_in},
    {"permutation", check_permutation, run_permutation},
};

}  // namespace

std::span<const Kernel> random_kernels() { return kKernels; }

}  // namespace adamqlr
