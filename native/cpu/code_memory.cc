#include "code_memory.h"

#include <cstring>

#include "isa_target.h"

#if defined(ADAMQLR_X86) && !defined(_WIN32)
#include <sys/mman.h>

namespace adamqlr {

bool CodeMemory::supported() { return true; }

bool CodeMemory::place(std::span<const uint8_t> code) {
  void* memory = mmap(nullptr, code.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  memory_ = static_cast<std::byte*>(memory);
  bytes_ = code.size();
  std::memcpy(memory_, code.data(), bytes_);
  return mprotect(memory_, bytes_, PROT_READ | PROT_EXEC) == 0;
}

CodeMemory::~CodeMemory() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

}  // namespace adamqlr

#else

namespace adamqlr {

bool CodeMemory::supported() { return false; }
bool CodeMemory::place(std::span<const uint8_t>) { return false; }
CodeMemory::~CodeMemory() = default;

}  // namespace adamqlr
#endif
