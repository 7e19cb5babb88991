#include "plan.h"

#include <bit>
#include <cstring>

namespace adamqlr {
namespace {

static_assert(std::endian::native == std::endian::little, "plans are little-endian and read in place");

/// Takes values off the front of the bytes. After the first failure everything reads as zero, and every list as empty.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <typename T>
  T value() {
    T result{};
    if (need(sizeof(T))) {
      std::memcpy(&result, bytes_.data() + at_, sizeof(T));
      at_ += sizeof(T);
    }
    return result;
  }

  /// A list's length, refused when that many items of at least `item_bytes` cannot follow.
  size_t count(size_t item_bytes) {
    const size_t items = value<uint32_t>();
    if (!failed() && items > (bytes_.size() - at_) / item_bytes) {
      fail("plan: expected a list that fits into the remaining " + std::to_string(bytes_.size() - at_) +
           " bytes, got " + std::to_string(items) + " items at byte " + std::to_string(at_));
    }
    return failed() ? 0 : items;
  }

  template <typename T>
  std::vector<T> list() {
    std::vector<T> items(count(sizeof(T)));
    if (!items.empty()) std::memcpy(items.data(), bytes_.data() + at_, items.size() * sizeof(T));
    at_ += items.size() * sizeof(T);
    return items;
  }

  std::string text() {
    const size_t length = count(1);
    std::string result(reinterpret_cast<const char*>(bytes_.data()) + at_, length);
    at_ += length;
    return result;
  }

  std::span<const uint8_t> blob() {
    const size_t length = count(1);
    at_ += length;
    return bytes_.subspan(at_ - length, length);
  }

  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    at_ = bytes_.size();
  }
  bool failed() const { return !error_.empty(); }
  size_t remaining() const { return bytes_.size() - at_; }
  Status status() const { return failed() ? Status::error(error_) : Status::ok(); }

  uint32_t instructions = 0;  // read so far

 private:
  bool need(size_t length) {
    if (failed()) return false;
    if (bytes_.size() - at_ >= length) return true;
    fail("plan: expected " + std::to_string(length) + " more bytes at byte " + std::to_string(at_) + ", got " +
         std::to_string(bytes_.size() - at_) + "; the plan is truncated");
    return false;
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  std::string error_;
};

Dim read_dim(Reader& reader) {
  Dim dim;
  dim.factor = reader.value<int64_t>();
  const uint8_t count = reader.value<uint8_t>();
  if (count > kMaxDimSymbols)
    reader.fail("plan: expected at most 8 symbols in a dimension, got " + std::to_string(count));
  if (reader.failed()) return dim;
  dim.count = count;
  for (int i = 0; i < count; ++i) dim.symbols[i] = reader.value<uint8_t>();
  return dim;
}

Tensor read_tensor(Reader& reader) {
  Tensor tensor;
  const uint8_t storage = reader.value<uint8_t>(), dtype = reader.value<uint8_t>(), rank = reader.value<uint8_t>();
  if (storage > static_cast<uint8_t>(Storage::kLocal)) {
    reader.fail("plan: expected a storage in [0, 6], got " + std::to_string(storage));
  }
  if (dtype >= kDTypeCount) reader.fail("plan: expected a dtype in [0, 4], got " + std::to_string(dtype));
  if (rank > kMaxRank) reader.fail("plan: expected at most 8 dimensions, got " + std::to_string(rank));
  if (reader.failed()) return tensor;
  tensor.storage = static_cast<Storage>(storage);
  tensor.dtype = static_cast<DType>(dtype);
  tensor.rank = rank;
  for (int i = 0; i < rank; ++i) tensor.dims[i] = read_dim(reader);
  tensor.where = reader.value<int64_t>();
  return tensor;
}

Block read_block(Reader& reader, int depth);

Instruction read_instruction(Reader& reader, int depth) {
  Instruction instruction;
  instruction.place = reader.instructions++;
  instruction.name = reader.text();
  instruction.in = reader.list<uint32_t>();
  instruction.out = reader.list<uint32_t>();
  instruction.ints = reader.list<int64_t>();
  instruction.reals = reader.list<double>();
  const size_t names = reader.count(4);
  for (size_t i = 0; i < names && !reader.failed(); ++i) instruction.names.push_back(reader.text());
  const size_t regions = reader.count(4);
  if (regions > 0 && depth >= kMaxNesting) reader.fail("plan: expected at most 16 nested regions, got more");
  for (size_t i = 0; i < regions && !reader.failed(); ++i) instruction.regions.push_back(read_block(reader, depth + 1));
  return instruction;
}

Block read_block(Reader& reader, int depth) {
  constexpr size_t kLeastInstruction = 7 * 4;
  Block block;
  const size_t count = reader.count(kLeastInstruction);
  for (size_t i = 0; i < count && !reader.failed(); ++i) block.instructions.push_back(read_instruction(reader, depth));
  return block;
}

void read_constants(Reader& reader, Plan* plan) {
  const std::span<const uint8_t> blob = reader.blob();
  if (!plan->constants.allocate(static_cast<int64_t>(blob.size()))) {
    reader.fail("plan: expected " + std::to_string(blob.size()) + " bytes for the constants, got none; out of memory");
  } else if (!blob.empty()) {
    std::memcpy(plan->constants.data(), blob.data(), blob.size());
  }
}

}  // namespace

Status read_plan(std::span<const uint8_t> bytes, Plan* plan) {
  Reader reader(bytes);
  if (const auto magic = reader.value<uint32_t>(); !reader.failed() && magic != kPlanMagic) {
    return Status::error("plan: expected the magic number 'AAQP', got other bytes; this is not a plan");
  }
  if (const auto version = reader.value<uint32_t>(); !reader.failed() && version != kPlanVersion) {
    return Status::error("plan: expected version 2, got " + std::to_string(version) +
                         "; the addon and the library are of different releases");
  }
  const size_t symbols = reader.count(12);
  for (size_t i = 0; i < symbols && !reader.failed(); ++i) {
    std::string name = reader.text();
    plan->symbols.push_back({std::move(name), reader.value<int64_t>()});
  }
  plan->named = plan->symbols.size();
  const size_t cuts = reader.count(17);
  for (size_t i = 0; i < cuts && !reader.failed(); ++i) {
    const Dim rows = read_dim(reader);
    plan->cuts.push_back({rows, reader.value<int64_t>()});
  }
  const size_t tensors = reader.count(11);
  for (size_t i = 0; i < tensors && !reader.failed(); ++i) plan->tensors.push_back(read_tensor(reader));
  read_constants(reader, plan);
  plan->arena_bytes = reader.value<int64_t>();
  plan->local_bytes = reader.value<int64_t>();
  plan->stats = reader.list<uint32_t>();
  plan->commit = reader.value<uint32_t>();
  plan->next_slots = reader.list<uint32_t>();
  plan->main = read_block(reader, 0);
  if (!reader.failed() && reader.remaining() > 0) {
    reader.fail("plan: expected the bytes to end after the main block, got " + std::to_string(reader.remaining()) +
                " more");
  }
  return reader.status();
}

ScanIds::ScanIds(const Instruction& scan) {
  const std::span<const int64_t> ints = scan.ints;
  const auto carries = static_cast<size_t>(ints[1]), xs = static_cast<size_t>(ints[2]),
             ys = static_cast<size_t>(ints[3]);
  reverse = ints[4] != 0;
  carry_in = ints.subspan(5, carries);
  carry_out = ints.subspan(5 + carries, carries);
  x_windows = ints.subspan(5 + 2 * carries, xs);
  y_windows = ints.subspan(5 + 2 * carries + xs, ys);
}

BlocksIds::BlocksIds(const Instruction& blocks) {
  const std::span<const int64_t> ints = blocks.ints;
  const auto xs = static_cast<size_t>(ints[0]), ys = static_cast<size_t>(ints[1]), sums = static_cast<size_t>(ints[2]);
  x_windows = ints.subspan(3, xs);
  y_windows = ints.subspan(3 + xs, ys);
  partials = ints.subspan(3 + xs + ys, sums);
}

int64_t value_of(const Dim& dim, std::span<const int64_t> sizes) {
  int64_t value = dim.factor;
  for (int s = 0; s < dim.count; ++s) value *= sizes[dim.symbols[s]];
  return value;
}

View shape_of(const Tensor& tensor, std::span<const int64_t> sizes) {
  View view;
  view.dtype = tensor.dtype;
  view.rank = tensor.rank;
  for (int i = 0; i < tensor.rank; ++i) view.dims[i] = value_of(tensor.dims[i], sizes);
  return view;
}

std::string_view name_of(DType dtype) {
  constexpr std::string_view kNames[kDTypeCount] = {"float32", "float64", "int32", "uint8", "bool"};
  return kNames[static_cast<int>(dtype)];
}

std::string shape_text(const Tensor& tensor, std::span<const Symbol> symbols) {
  std::string text = std::string(name_of(tensor.dtype)) + "[";
  for (int i = 0; i < tensor.rank; ++i) {
    const Dim& dim = tensor.dims[i];
    if (i > 0) text += ", ";
    if (dim.factor != 1 || dim.count == 0) text += std::to_string(dim.factor) + (dim.count > 0 ? "*" : "");
    for (int s = 0; s < dim.count; ++s) {
      if (s > 0) text += "*";
      text += dim.symbols[s] < symbols.size() ? symbols[dim.symbols[s]].name.substr(0, 32) : "?";
    }
  }
  return text + "]";
}

std::string shape_text(const View& view) {
  std::string text = std::string(name_of(view.dtype)) + "[";
  for (int i = 0; i < view.rank; ++i) text += (i > 0 ? ", " : "") + std::to_string(view.dims[i]);
  return text + "]";
}

std::string quote(std::string_view name) {
  constexpr size_t kLongest = 64;
  std::string text(1, '\'');
  text.append(name.substr(0, kLongest));
  if (name.size() > kLongest) text.append("...");
  return text + '\'';
}

}  // namespace adamqlr
