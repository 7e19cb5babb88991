#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace adamqlr {

/// Zeroed, 64-byte aligned memory with one owner. Never empty once allocated, so a view of no elements has an address.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Buffer() { std::free(block_); }

  /// Replaces the content by `bytes` zeros; false (and unchanged) when the system refuses the memory.
  [[nodiscard]] bool allocate(int64_t bytes) {
    // calloc, because large zeroed blocks are mapped lazily: memory that a plan never touches costs nothing.
    void* block = std::calloc(static_cast<size_t>(bytes) + 2 * kAlignment, 1);
    if (block == nullptr) return false;
    std::free(block_);
    block_ = block;
    const auto address = reinterpret_cast<uintptr_t>(block);
    data_ = static_cast<std::byte*>(block) + ((kAlignment - address % kAlignment) % kAlignment);
    bytes_ = bytes;
    return true;
  }

  std::byte* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kAlignment = 64;
  void* block_ = nullptr;
  std::byte* data_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace adamqlr
