#include "state.h"

#include <cstring>

#include "plan.h"

namespace adamqlr {
namespace {

/// Elements of a slot, refusing shapes whose products could overflow anywhere.
Status count_elements(const SlotSpec& spec, int64_t* count) {
  int64_t elements = 1, largest = 1;  // largest: zeros taken as ones
  if (spec.shape.size() > kMaxRank)
    return Status::error("slot " + quote(spec.name) + ": expected at most 8 dimensions, got more");
  for (const int64_t dim : spec.shape) {
    const int64_t least = dim > 0 ? dim : 1;
    if (dim < 0 || least > kMaxElements / largest) {
      return Status::error("slot " + quote(spec.name) + ": expected dimensions >= 0 with a product <= 2^36, got " +
                           std::to_string(dim));
    }
    largest *= least;
    elements *= dim;
  }
  *count = elements;
  return Status::ok();
}

}  // namespace

Status StateStore::create(std::vector<SlotSpec> specs) {
  slots_.resize(specs.size());
  for (size_t i = 0; i < specs.size(); ++i) {
    Slot& slot = slots_[i];
    slot.spec = std::move(specs[i]);
    if (Status status = count_elements(slot.spec, &slot.count); !status) return status;
    const int64_t bytes = slot.count * size_of(slot.spec.dtype);
    const int buffers = slot.spec.kind == SlotKind::kState ? 2 : 1;
    for (int b = 0; b < buffers; ++b) {
      if (bytes > kMaxBytes || !slot.buffers[b].allocate(bytes)) {
        return Status::error("slot " + quote(slot.spec.name) + ": expected " + std::to_string(bytes) +
                             " bytes of memory, got none; out of memory");
      }
      bytes_ += bytes;
    }
  }
  return Status::ok();
}

std::byte* StateStore::next(size_t slot) const {
  const Slot& s = slots_[slot];
  return s.spec.kind == SlotKind::kState ? s.buffers[s.current ^ 1].data() : s.buffers[0].data();
}

Status StateStore::check_range(const char* who, size_t slot, DType dtype, int64_t count, int64_t start) const {
  if (slot >= slots_.size()) {
    return Status::error(std::string(who) + ": expected a slot in [0, " + std::to_string(slots_.size()) + "), got " +
                         std::to_string(slot));
  }
  const Slot& s = slots_[slot];
  // A bool and a uint8 are both a Uint8Array in JavaScript.
  const bool same = dtype == s.spec.dtype || (size_of(dtype) == 1 && size_of(s.spec.dtype) == 1);
  if (!same) {
    return Status::error(std::string(who) + ": expected " + std::string(name_of(s.spec.dtype)) + " data for slot " +
                         quote(s.spec.name) + ", got " + std::string(name_of(dtype)));
  }
  if (start < 0 || count < 0 || start > s.count || count > s.count - start) {
    return Status::error(std::string(who) + ": expected elements within [0, " + std::to_string(s.count) + ") of slot " +
                         quote(s.spec.name) + ", got " + std::to_string(count) + " from " + std::to_string(start));
  }
  return Status::ok();
}

Status StateStore::write(size_t slot, DType dtype, const void* data, int64_t count, int64_t start) {
  if (Status status = check_range("write", slot, dtype, count, start); !status) return status;
  if (count == 0) return Status::ok();
  const DType stored = slots_[slot].spec.dtype;
  std::byte* to = current(slot) + start * size_of(stored);
  std::memcpy(to, data, static_cast<size_t>(count * size_of(stored)));
  if (stored == DType::kBool) {
    for (int64_t i = 0; i < count; ++i) to[i] = std::byte{to[i] != std::byte{0}};  // a bool is 0 or 1, whoever wrote it
  }
  return Status::ok();
}

Status StateStore::read(size_t slot, DType dtype, void* into, int64_t count, int64_t start) const {
  if (Status status = check_range("read", slot, dtype, count, start); !status) return status;
  if (count == 0) return Status::ok();
  const int64_t width = size_of(slots_[slot].spec.dtype);
  std::memcpy(into, current(slot) + start * width, static_cast<size_t>(count * width));
  return Status::ok();
}

}  // namespace adamqlr
