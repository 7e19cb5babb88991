#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "../core/plan.h"

namespace adamqlr::test {

using Bytes = std::vector<uint8_t>;

template <typename T>
void put(Bytes* bytes, T value) {
  const auto* raw = reinterpret_cast<const uint8_t*>(&value);
  bytes->insert(bytes->end(), raw, raw + sizeof(T));
}
inline void put_text(Bytes* bytes, const std::string& text) {
  put<uint32_t>(bytes, static_cast<uint32_t>(text.size()));
  bytes->insert(bytes->end(), text.begin(), text.end());
}
template <typename T>
void put_list(Bytes* bytes, const std::vector<T>& items) {
  put<uint32_t>(bytes, static_cast<uint32_t>(items.size()));
  for (const T& item : items) put<T>(bytes, item);
}

/// A block's bytes, grown instruction by instruction.
class BlockWriter {
 public:
  struct Attributes {
    std::vector<int64_t> ints = {};
    std::vector<double> reals = {};
    std::vector<std::string> names = {};
    std::vector<BlockWriter> regions = {};
  };
  BlockWriter& add(const std::string& kernel, const std::vector<uint32_t>& in, const std::vector<uint32_t>& out) {
    return add(kernel, in, out, Attributes());
  }
  BlockWriter& add(const std::string& kernel, const std::vector<uint32_t>& in, const std::vector<uint32_t>& out,
                   const Attributes& attributes) {
    put_text(&bytes_, kernel);
    put_list(&bytes_, in);
    put_list(&bytes_, out);
    put_list(&bytes_, attributes.ints);
    put_list(&bytes_, attributes.reals);
    put<uint32_t>(&bytes_, static_cast<uint32_t>(attributes.names.size()));
    for (const std::string& name : attributes.names) put_text(&bytes_, name);
    put<uint32_t>(&bytes_, static_cast<uint32_t>(attributes.regions.size()));
    for (const BlockWriter& region : attributes.regions) region.write(&bytes_);
    ++count_;
    return *this;
  }
  void write(Bytes* bytes) const {
    put<uint32_t>(bytes, count_);
    bytes->insert(bytes->end(), bytes_.begin(), bytes_.end());
  }

 private:
  Bytes bytes_;
  uint32_t count_ = 0;
};

/// Writes plans as docs/contracts.md, section 4 has them, without checking anything.
class PlanWriter {
 public:
  struct Size {
    int64_t factor = 1;
    std::vector<uint8_t> symbols = {};
  };

  uint8_t symbol(const std::string& name, int64_t capacity) {
    symbols_.push_back({name, capacity});
    return static_cast<uint8_t>(symbols_.size() - 1);
  }
  /// Rows in blocks; the symbols of the rows of a block and, one higher, of the number of blocks. After all symbols.
  uint8_t cut(const Size& rows, int64_t block) {
    put<int64_t>(&cuts_, rows.factor);
    put<uint8_t>(&cuts_, static_cast<uint8_t>(rows.symbols.size()));
    for (const uint8_t symbol : rows.symbols) put<uint8_t>(&cuts_, symbol);
    put<int64_t>(&cuts_, block);
    return static_cast<uint8_t>(symbols_.size() + 2 * cut_count_++);
  }
  uint32_t tensor(Storage storage, DType dtype, const std::vector<Size>& dims, int64_t where) {
    put<uint8_t>(&tensors_, static_cast<uint8_t>(storage));
    put<uint8_t>(&tensors_, static_cast<uint8_t>(dtype));
    put<uint8_t>(&tensors_, static_cast<uint8_t>(dims.size()));
    for (const Size& dim : dims) {
      put<int64_t>(&tensors_, dim.factor);
      put<uint8_t>(&tensors_, static_cast<uint8_t>(dim.symbols.size()));
      for (const uint8_t symbol : dim.symbols) put<uint8_t>(&tensors_, symbol);
    }
    put<int64_t>(&tensors_, where);
    return tensor_count_++;
  }
  /// A float64 tensor in the arena, apart from all others; `elements` at capacity.
  uint32_t arena(const std::vector<Size>& dims, int64_t elements, DType dtype = DType::kFloat64) {
    const int64_t where = arena_bytes;
    arena_bytes += (elements * size_of(dtype) + 63) / 64 * 64;
    return tensor(Storage::kArena, dtype, dims, where);
  }
  uint32_t current(int64_t slot, const std::vector<Size>& dims = {}, DType dtype = DType::kFloat64) {
    return tensor(Storage::kCurrent, dtype, dims, slot);
  }
  uint32_t next(int64_t slot, const std::vector<Size>& dims = {}, DType dtype = DType::kFloat64) {
    return tensor(Storage::kNext, dtype, dims, slot);
  }
  uint32_t constant(double value) {
    const auto where = static_cast<int64_t>(constants_.size());
    put<double>(&constants_, value);
    return tensor(Storage::kConstant, DType::kFloat64, {}, where);
  }
  uint32_t window(const std::vector<Size>& dims) { return tensor(Storage::kWindow, DType::kFloat64, dims, -1); }
  /// A float64 tensor in the memory of a thread, apart from all others; `elements` at capacity.
  uint32_t local(const std::vector<Size>& dims, int64_t elements) {
    const int64_t where = local_bytes;
    local_bytes += (elements * 8 + 63) / 64 * 64;
    return tensor(Storage::kLocal, DType::kFloat64, dims, where);
  }
  uint32_t shape(const std::vector<Size>& dims) { return tensor(Storage::kShape, DType::kFloat64, dims, -1); }

  Bytes finish() const {
    Bytes bytes;
    put<uint32_t>(&bytes, kPlanMagic);
    put<uint32_t>(&bytes, kPlanVersion);
    put<uint32_t>(&bytes, static_cast<uint32_t>(symbols_.size()));
    for (const Symbol& symbol : symbols_) {
      put_text(&bytes, symbol.name);
      put<int64_t>(&bytes, symbol.capacity);
    }
    put<uint32_t>(&bytes, cut_count_);
    bytes.insert(bytes.end(), cuts_.begin(), cuts_.end());
    put<uint32_t>(&bytes, tensor_count_);
    bytes.insert(bytes.end(), tensors_.begin(), tensors_.end());
    put<uint32_t>(&bytes, static_cast<uint32_t>(constants_.size()));
    bytes.insert(bytes.end(), constants_.begin(), constants_.end());
    put<int64_t>(&bytes, arena_bytes);
    put<int64_t>(&bytes, local_bytes);
    put_list(&bytes, stats);
    put<uint32_t>(&bytes, commit);
    put_list(&bytes, next_slots);
    main.write(&bytes);
    return bytes;
  }

  int64_t arena_bytes = 0, local_bytes = 0;
  std::vector<uint32_t> stats;
  uint32_t commit = kNoCommit;
  std::vector<uint32_t> next_slots;
  BlockWriter main;

 private:
  std::vector<Symbol> symbols_;
  uint32_t tensor_count_ = 0, cut_count_ = 0;
  Bytes cuts_, tensors_, constants_;
};

}  // namespace adamqlr::test
