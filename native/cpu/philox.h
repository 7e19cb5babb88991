#pragma once
#include <array>
#include <cstdint>

namespace adamqlr {

using PhiloxWords = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

/// Philox4x32-10: four random words from a counter and a key. Salmon, Moraes, Dror, Shaw: Parallel random numbers: as
/// easy as 1, 2, 3 (SC 2011), section 3.
constexpr PhiloxWords philox(PhiloxWords counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t even = uint64_t{0xD2511F53} * counter[0];
    const uint64_t odd = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(odd >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(odd),
               static_cast<uint32_t>(even >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(even)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// Block `index` of the stream of a key: the words 4 index to 4 index + 3.
constexpr PhiloxWords philox_block(PhiloxKey key, int64_t index) {
  return philox({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), 0, 0}, key);
}

/// 64 bits from two words, the first one high.
constexpr uint64_t join_words(uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; }

}  // namespace adamqlr
