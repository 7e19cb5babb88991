#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "buffer.h"
#include "status.h"
#include "view.h"

namespace adamqlr {

enum class SlotKind : uint8_t { kState = 0, kData = 1 };

struct SlotSpec {
  std::string name;
  DType dtype = DType::kFloat32;
  std::vector<int64_t> shape;  // at capacity
  SlotKind kind = SlotKind::kState;
};

/// Named values that outlive a step. A 'state' slot has two buffers: steps read the current one and write the next one,
/// and a commit swaps them. A 'data' slot has one, written by the host or as an output. All begin as zeros.
class StateStore {
 public:
  Status create(std::vector<SlotSpec> specs);

  size_t size() const { return slots_.size(); }
  const SlotSpec& spec(size_t slot) const { return slots_[slot].spec; }
  int64_t count(size_t slot) const { return slots_[slot].count; }
  int64_t slot_bytes(size_t slot) const { return slots_[slot].count * size_of(slots_[slot].spec.dtype); }
  std::byte* current(size_t slot) const { return slots_[slot].buffers[slots_[slot].current].data(); }
  /// The buffer a step writes; the current one of a data slot.
  std::byte* next(size_t slot) const;
  void swap(size_t slot) { slots_[slot].current ^= 1; }
  /// Bytes of all buffers.
  int64_t bytes() const { return bytes_; }

  /// Copies `count` elements into or out of the current buffer from element `start` on.
  Status write(size_t slot, DType dtype, const void* data, int64_t count, int64_t start);
  Status read(size_t slot, DType dtype, void* into, int64_t count, int64_t start) const;

 private:
  struct Slot {
    SlotSpec spec;
    int64_t count = 0;
    Buffer buffers[2];
    int current = 0;
  };
  Status check_range(const char* who, size_t slot, DType dtype, int64_t count, int64_t start) const;
  std::vector<Slot> slots_;
  int64_t bytes_ = 0;
};

}  // namespace adamqlr
