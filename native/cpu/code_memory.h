#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace adamqlr {

/// Machine code made at run time: written once, then executable and no longer writable.
class CodeMemory {
 public:
  CodeMemory() = default;
  CodeMemory(const CodeMemory&) = delete;
  CodeMemory& operator=(const CodeMemory&) = delete;
  ~CodeMemory();

  /// Whether this build can run such code, if the system lets it.
  static bool supported();

  /// Puts code into memory; false where the system does not allow that. At most once.
  bool place(std::span<const uint8_t> code);
  const std::byte* at(size_t offset) const { return memory_ + offset; }

 private:
  std::byte* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace adamqlr
