#include "verify.h"

#include <algorithm>
#include <set>

#include "integers.h"

namespace adamqlr {
namespace {

constexpr int64_t kMaxLocalBytes = int64_t{1} << 32;  // of each thread
constexpr size_t kMaxSymbols = 256;

/// The memory a tensor occupies at capacity. Two ranges can only meet in one space.
struct Range {
  int64_t space = -1;  // -1 none, 0 arena, 1 constants, 2 locals, 4 + 2 * slot current, 5 + 2 * slot next
  int64_t begin = 0, end = 0;
  int64_t window = -1;  // the window tensor's id: then the bytes are one slice somewhere in the range
};

bool overlap(const Range& a, const Range& b) {
  return a.space == b.space && a.space >= 0 && a.begin < b.end && b.begin < a.end;
}

bool same_bytes(const Range& a, const Range& b) {
  return a.space == b.space && a.begin == b.begin && a.end == b.end && a.window == b.window;
}

enum class Active : uint8_t { kNo, kReadOnly, kWritable };

class Verifier {
 public:
  Verifier(const StateStore& state, const Backend& backend, Plan* plan)
      : state_(state), backend_(backend), plan_(*plan) {}

  Status run() {
    if (Status status = symbols(); !status) return status;
    if (Status status = cuts(); !status) return status;
    if (Status status = commits(); !status) return status;
    if (plan_.arena_bytes < 0 || plan_.arena_bytes > kMaxBytes) {
      return Status::error("plan: expected arena bytes in [0, 2^40], got " + std::to_string(plan_.arena_bytes));
    }
    if (plan_.local_bytes < 0 || plan_.local_bytes > kMaxLocalBytes) {
      return Status::error("plan: expected local bytes in [0, 2^32], got " + std::to_string(plan_.local_bytes));
    }
    ranges_.resize(plan_.tensors.size());
    active_.resize(plan_.tensors.size(), Active::kNo);
    for (size_t id = 0; id < plan_.tensors.size(); ++id) {
      if (Status status = tensor(id); !status) return status;
    }
    if (Status status = block(plan_.main, &written_); !status) return status;
    return results();
  }

 private:
  Status symbols() {
    std::set<std::string_view> names;
    for (const Symbol& symbol : plan_.symbols) {
      if (symbol.capacity < 1 || symbol.capacity > kMaxElements) {
        return Status::error("plan: expected a capacity in [1, 2^36] for symbol " + quote(symbol.name) + ", got " +
                             std::to_string(symbol.capacity));
      }
      if (!names.insert(symbol.name).second)
        return Status::error("plan: expected symbols to differ, got " + quote(symbol.name) + " twice");
    }
    return Status::ok();
  }

  /// Appends the two sizes of each cut to the symbols.
  Status cuts() {
    if (plan_.named + 2 * plan_.cuts.size() > kMaxSymbols) return Status::error("plan: expected at most 256 sizes, got more");
    for (const Cut& cut : plan_.cuts) {
      int64_t rows = cut.rows.factor;
      bool fits = rows >= 1 && rows <= kMaxElements && cut.block >= 1 && cut.block <= kMaxElements;
      for (int s = 0; fits && s < cut.rows.count; ++s) {
        fits = cut.rows.symbols[s] < plan_.named && rows <= kMaxElements / plan_.symbols[cut.rows.symbols[s]].capacity;
        if (fits) rows *= plan_.symbols[cut.rows.symbols[s]].capacity;
      }
      if (!fits) return Status::error("plan: expected cuts of 1 to 2^36 rows into blocks of 1 to 2^36, got others");
      plan_.symbols.push_back({"block", cut.block});
      plan_.symbols.push_back({"blocks", ceil_div(rows, cut.block)});
    }
    return Status::ok();
  }

  Status commits() {
    committed_.resize(state_.size(), false);
    for (const uint32_t slot : plan_.next_slots) {
      if (slot >= state_.size())
        return Status::error("plan: expected slots < " + std::to_string(state_.size()) + ", got " +
                             std::to_string(slot));
      if (state_.spec(slot).kind != SlotKind::kState) {
        return Status::error("plan: expected to commit state slots, got data slot " + quote(state_.spec(slot).name));
      }
      if (committed_[slot])
        return Status::error("plan: expected slot " + quote(state_.spec(slot).name) +
                             " once in the commit list, got it twice");
      committed_[slot] = true;
    }
    return Status::ok();
  }

  /// Bytes at capacity. Zero dimensions count as one in the limit, so partial products cannot overflow in a kernel.
  Status capacity_bytes(size_t id, int64_t* bytes) {
    const Tensor& t = plan_.tensors[id];
    int64_t elements = 1, largest = 1;
    for (int i = 0; i < t.rank; ++i) {
      const Dim& dim = t.dims[i];
      int64_t size = dim.factor;
      bool fits = size >= 0 && size <= kMaxElements;
      for (int s = 0; fits && s < dim.count; ++s) {
        if (dim.symbols[s] >= plan_.symbols.size())
          return fail(id, "symbol indices < " + std::to_string(plan_.symbols.size()), std::to_string(dim.symbols[s]));
        const int64_t capacity = plan_.symbols[dim.symbols[s]].capacity;
        fits = std::max<int64_t>(size, 1) <= kMaxElements / capacity;
        if (fits) size *= capacity;
      }
      const int64_t least = std::max<int64_t>(size, 1);
      if (!fits || least > kMaxElements / largest)
        return fail(id, "dimensions >= 0 with a product <= 2^36 at capacity", "more");
      largest *= least;
      elements *= size;
    }
    *bytes = elements * size_of(t.dtype);
    return Status::ok();
  }

  Status tensor(size_t id) {
    const Tensor& t = plan_.tensors[id];
    int64_t bytes = 0;
    if (Status status = capacity_bytes(id, &bytes); !status) return status;
    switch (t.storage) {
      case Storage::kArena:
        return memory(id, 0, 64, plan_.arena_bytes, bytes);
      case Storage::kConstant:
        return memory(id, 1, 8, plan_.constants.bytes(), bytes);
      case Storage::kLocal:
        return memory(id, 2, 64, plan_.local_bytes, bytes);
      case Storage::kCurrent:
      case Storage::kNext:
        return slot(id, bytes);
      case Storage::kWindow:
      case Storage::kShape:
        return Status::ok();
    }
    return fail(id, "a storage in [0, 6]", "another");
  }

  Status memory(size_t id, int64_t space, int64_t alignment, int64_t limit, int64_t bytes) {
    const int64_t where = plan_.tensors[id].where;
    if (where < 0 || where % alignment != 0)
      return fail(id, "an offset >= 0 aligned to " + std::to_string(alignment) + " bytes", std::to_string(where));
    if (where > limit || bytes > limit - where) {
      return fail(id, "an extent within " + std::to_string(limit) + " bytes",
                  std::to_string(bytes) + " bytes from " + std::to_string(where));
    }
    ranges_[id] = {space, where, where + bytes};
    return Status::ok();
  }

  Status slot(size_t id, int64_t bytes) {
    const Tensor& t = plan_.tensors[id];
    if (t.where < 0 || t.where >= static_cast<int64_t>(state_.size()))
      return fail(id, "a slot < " + std::to_string(state_.size()), std::to_string(t.where));
    const auto index = static_cast<size_t>(t.where);
    const SlotSpec& spec = state_.spec(index);
    if (t.dtype != spec.dtype)
      return fail(id, std::string(name_of(spec.dtype)) + " as slot " + quote(spec.name), std::string(name_of(t.dtype)));
    if (bytes > state_.slot_bytes(index)) {
      return fail(
          id, "an extent within the " + std::to_string(state_.slot_bytes(index)) + " bytes of slot " + quote(spec.name),
          std::to_string(bytes) + " bytes");
    }
    const bool next = t.storage == Storage::kNext;
    if (next && !committed_[index]) return fail(id, "next buffers of committed slots only", "slot " + quote(spec.name));
    ranges_[id] = {4 + 2 * t.where + (next ? 1 : 0), 0, bytes};
    return Status::ok();
  }

  /// `id` may be read as data here. 64 bits because region instructions carry ids in their ints.
  Status readable(int64_t id) const {
    if (id < 0 || id >= static_cast<int64_t>(plan_.tensors.size())) {
      return Status::error("plan: expected tensor ids < " + std::to_string(plan_.tensors.size()) + ", got " +
                           std::to_string(id));
    }
    const auto index = static_cast<size_t>(id);
    if (plan_.tensors[index].storage == Storage::kShape) return fail(index, "a tensor with data", "a shape tensor");
    if (plan_.tensors[index].storage == Storage::kWindow && active_[index] == Active::kNo) {
      return fail(index, "a window to be used inside its scan or blocks", "it elsewhere");
    }
    if (plan_.tensors[index].storage == Storage::kLocal && blocks_ == nullptr) {
      return fail(index, "the memory of a thread to be used inside blocks", "it elsewhere");
    }
    return Status::ok();
  }

  Status writable(int64_t id) const {
    if (Status status = readable(id); !status) return status;
    const auto index = static_cast<size_t>(id);
    const Tensor& t = plan_.tensors[index];
    if (blocks_ != nullptr && t.storage != Storage::kLocal && !is_part_of_result(id)) {
      return fail(index, "blocks to write their windows and the memory of their thread", "another tensor");
    }
    if (t.storage == Storage::kConstant) return fail(index, "a writable tensor", "a constant");
    if (t.storage == Storage::kWindow && active_[index] != Active::kWritable)
      return fail(index, "a writable tensor", "a slice of an input");
    if (t.storage == Storage::kCurrent && state_.spec(static_cast<size_t>(t.where)).kind == SlotKind::kState) {
      return fail(index, "a writable tensor",
                  "the committed buffer of slot " + quote(state_.spec(static_cast<size_t>(t.where)).name));
    }
    return Status::ok();
  }

  Status block(Block& block, std::set<int64_t>* written) {
    for (Instruction& instruction : block.instructions) {
      if (instruction.in.size() > kMaxOperands || instruction.out.size() > kMaxOperands) {
        return Status::error("plan: expected at most 4096 operands, got more in " + quote(instruction.name));
      }
      Status status = instruction.name == "scan"   ? scan(instruction)
                      : instruction.name == "cond"   ? cond(instruction)
                      : instruction.name == "blocks" ? blocks(instruction)
                                                     : kernel(instruction);
      if (!status) return status;
      written->insert(instruction.out.begin(), instruction.out.end());
    }
    return Status::ok();
  }

  Status kernel(Instruction& instruction) {
    instruction.kernel = backend_.find(instruction.name);
    if (instruction.kernel == nullptr) {
      return Status::error("plan: expected backend '" + std::string(backend_.name) + "' to have " +
                           quote(instruction.name) + ", got none");
    }
    if (!instruction.regions.empty())
      return Status::error("plan: expected regions in scan, cond and blocks only, got one in " + quote(instruction.name));
    if (Status status = operands(instruction); !status) return status;
    if (instruction.kernel->prepare == nullptr) return Status::ok();
    return instruction.kernel->prepare(instruction.attributes(), static_cast<int>(instruction.in.size()),
                                       static_cast<int>(instruction.out.size()), &instruction.prepared);
  }

  Status operands(const Instruction& instruction) const {
    const uint32_t traits = instruction.kernel->traits;
    for (size_t i = 0; i < instruction.in.size(); ++i) {
      if (i == 0 && (traits & kShapeInput) != 0 && is_shape(instruction.in[0])) continue;
      if (Status status = readable(instruction.in[i]); !status) return status;
      if (Status status = apart_from_blocks(instruction.in[i]); !status) return status;
    }
    for (const uint32_t id : instruction.out) {
      if (Status status = writable(id); !status) return status;
    }
    for (size_t o = 0; o < instruction.out.size(); ++o) {
      const Range& out = ranges_[instruction.out[o]];
      for (const uint32_t in : instruction.in) {
        if (!overlap(out, ranges_[in]) || ((traits & kInPlace) != 0 && same_bytes(out, ranges_[in]))) continue;
        return fail(instruction.out[o], "an output of " + quote(instruction.name) + " apart from its inputs",
                    "the memory of tensor " + std::to_string(in));
      }
      for (size_t other = 0; other < o; ++other) {
        if (!overlap(out, ranges_[instruction.out[other]])) continue;
        return fail(instruction.out[o], "the outputs of " + quote(instruction.name) + " apart",
                    "the memory of tensor " + std::to_string(instruction.out[other]));
      }
    }
    return Status::ok();
  }

  Status scan(Instruction& instruction) {
    const std::vector<int64_t>& ints = instruction.ints;
    bool sane =
        ints.size() >= 5 && instruction.regions.size() == 1 && instruction.names.empty() && instruction.reals.empty();
    for (size_t i = 0; sane && i < 4; ++i) sane = ints[i] >= 0 && ints[i] <= static_cast<int64_t>(kMaxOperands);
    sane = sane && (ints[4] == 0 || ints[4] == 1);
    if (sane) {
      const auto carries = static_cast<size_t>(ints[1]), xs = static_cast<size_t>(ints[2]),
                 ys = static_cast<size_t>(ints[3]);
      sane = ints.size() == 5 + 2 * carries + xs + ys && instruction.in.size() == 1 + carries + xs &&
             instruction.out.size() == carries + ys;
    }
    if (!sane)
      return Status::error(
          "plan: expected a scan with one region and the counts and ids of its operands, got other attributes");
    if (!is_shape(instruction.in[0]) || plan_.tensors[instruction.in[0]].rank != 1) {
      return Status::error("plan: expected the first input of scan to be a shape tensor of rank 1, got another");
    }
    return scan_body(instruction);
  }

  Status scan_body(Instruction& instruction) {
    for (size_t i = 1; i < instruction.in.size(); ++i) {
      if (Status status = readable(instruction.in[i]); !status) return status;
    }
    for (const uint32_t id : instruction.out) {
      if (Status status = writable(id); !status) return status;
    }
    const ScanIds ids(instruction);
    for (const int64_t id : ids.carry_in) {
      if (Status status = writable(id); !status) return status;
    }
    const size_t carries = ids.carry_in.size();
    for (size_t i = 0; i < ids.x_windows.size(); ++i) {
      if (Status status = open(ids.x_windows[i], instruction.in[1 + carries + i], Active::kReadOnly); !status)
        return status;
    }
    for (size_t i = 0; i < ids.y_windows.size(); ++i) {
      if (Status status = open(ids.y_windows[i], instruction.out[carries + i], Active::kWritable); !status)
        return status;
    }
    std::set<int64_t> written;
    if (Status status = block(instruction.regions[0], &written); !status) return status;
    for (const int64_t id : ids.carry_out) {
      if (Status status = readable(id); !status) return status;
    }
    for (const int64_t id : ids.y_windows) {
      if (!written.contains(id))
        return fail(static_cast<size_t>(id), "the scan's body to write the slice of its output",
                    "no instruction that does");
    }
    for (const int64_t id : std::span(instruction.ints).subspan(5 + 2 * carries)) active_[static_cast<size_t>(id)] = Active::kNo;
    return Status::ok();
  }

  /// A window on what the blocks around the current block compute.
  bool is_part_of_result(int64_t id) const {
    return std::count(blocks_->ints.begin() + 3 + blocks_->ints[0], blocks_->ints.end(), id) > 0;
  }

  /// What all blocks read must not be what some block writes.
  Status apart_from_blocks(uint32_t id) const {
    if (blocks_ == nullptr || std::count(blocks_->ints.begin() + 3, blocks_->ints.end(), id) > 0) return Status::ok();
    for (const uint32_t stack : blocks_->out) {
      if (overlap(ranges_[id], ranges_[stack])) return fail(id, "memory apart from the results of blocks", "theirs");
    }
    return Status::ok();
  }

  /// No block writes what another reads or writes. Rows of one stack may be read and written: a block has the same of both.
  Status apart(const Instruction& blocks) const {
    for (size_t o = 0; o < blocks.out.size(); ++o) {
      const Range& to = ranges_[blocks.out[o]];
      const auto meets = [&](uint32_t id) { return overlap(ranges_[id], to); };
      const bool rows = static_cast<int64_t>(o) < blocks.ints[1];
      bool good = std::none_of(blocks.out.begin(), blocks.out.begin() + static_cast<int64_t>(o), meets);
      for (size_t i = 1; i < blocks.in.size(); ++i)
        good = good && (!meets(blocks.in[i]) || (rows && same_bytes(ranges_[blocks.in[i]], to)));
      if (!good) return fail(blocks.out[o], "a result of blocks apart from their other operands", "their memory");
    }
    return Status::ok();
  }

  Status blocks(Instruction& instruction) {
    const std::vector<int64_t>& ints = instruction.ints;
    bool sane = blocks_ == nullptr && ints.size() >= 3 && instruction.regions.size() == 1 && instruction.names.empty() &&
                instruction.reals.empty() && !instruction.in.empty();
    for (size_t i = 0; sane && i < 3; ++i) sane = ints[i] >= 0 && ints[i] <= static_cast<int64_t>(kMaxOperands);
    sane = sane && static_cast<int64_t>(ints.size()) == 3 + ints[0] + ints[1] + ints[2] &&
           static_cast<int64_t>(instruction.in.size()) == 1 + ints[0] &&
           static_cast<int64_t>(instruction.out.size()) == ints[1] + ints[2];
    if (!sane)
      return Status::error(
          "plan: expected blocks with one region, the counts and ids of its windows and no blocks around it, got other attributes");
    if (!is_block_size(instruction.in[0])) {
      return Status::error("plan: expected the first input of blocks to be a shape tensor [rows of a block], got another");
    }
    for (size_t i = 1; i < instruction.in.size(); ++i) {
      if (Status status = readable(instruction.in[i]); !status) return status;
    }
    for (const uint32_t id : instruction.out) {
      if (Status status = writable(id); !status) return status;
    }
    if (Status status = apart(instruction); !status) return status;
    blocks_ = &instruction;
    Status status = blocks_body(instruction);
    blocks_ = nullptr;
    return status;
  }

  Status blocks_body(Instruction& instruction) {
    const BlocksIds ids(instruction);
    for (const Instruction& inner : instruction.regions[0].instructions) {
      if (backend_.find(inner.name) == nullptr)
        return Status::error("plan: expected blocks to hold kernels only, got " + quote(inner.name));
    }
    for (size_t i = 0; i < ids.x_windows.size(); ++i) {
      if (Status status = open(ids.x_windows[i], instruction.in[1 + i], Active::kReadOnly); !status) return status;
    }
    const std::span<const int64_t> results = std::span(instruction.ints).subspan(3 + ids.x_windows.size());
    for (size_t i = 0; i < results.size(); ++i) {
      if (Status status = open(results[i], instruction.out[i], Active::kWritable); !status) return status;
    }
    std::set<int64_t> written;
    if (Status status = block(instruction.regions[0], &written); !status) return status;
    for (const int64_t id : results) {
      if (!written.contains(id))
        return fail(static_cast<size_t>(id), "the body of blocks to write this part of its output", "no instruction that does");
    }
    for (const int64_t id : std::span(instruction.ints).subspan(3)) active_[static_cast<size_t>(id)] = Active::kNo;
    return Status::ok();
  }

  /// A shape tensor whose one dimension is the rows of a block.
  bool is_block_size(uint32_t id) const {
    if (!is_shape(id) || plan_.tensors[id].rank != 1) return false;
    const Dim& dim = plan_.tensors[id].dims[0];
    return dim.factor == 1 && dim.count == 1 && dim.symbols[0] >= plan_.named && (dim.symbols[0] - plan_.named) % 2 == 0;
  }

  /// Makes window `id` usable, as slices of `stack`.
  Status open(int64_t id, uint32_t stack, Active mode) {
    if (id < 0 || id >= static_cast<int64_t>(plan_.tensors.size()) ||
        plan_.tensors[static_cast<size_t>(id)].storage != Storage::kWindow) {
      return Status::error("plan: expected window tensors for slices, got tensor " +
                           std::to_string(id));
    }
    const auto index = static_cast<size_t>(id);
    if (active_[index] != Active::kNo)
      return fail(index, "a window to serve one region and one operand at a time", "it twice");
    active_[index] = mode;
    ranges_[index] = ranges_[stack];
    ranges_[index].window = id;
    return Status::ok();
  }

  Status cond(Instruction& instruction) {
    const std::vector<int64_t>& ints = instruction.ints;
    const size_t results = instruction.out.size();
    if (instruction.in.size() != 1 || instruction.regions.size() != 2 || !instruction.names.empty() ||
        !instruction.reals.empty() || ints.size() != 1 + 2 * results || ints[0] != static_cast<int64_t>(results)) {
      return Status::error(
          "plan: expected a cond with a predicate, two regions and the ids of their results, got other attributes");
    }
    if (Status status = flag(instruction.in[0], "a cond's predicate"); !status) return status;
    for (const uint32_t id : instruction.out) {
      if (Status status = writable(id); !status) return status;
    }
    for (size_t r = 0; r < 2; ++r) {
      std::set<int64_t> written;
      if (Status status = block(instruction.regions[r], &written); !status) return status;
      for (size_t i = 0; i < results; ++i) {
        if (Status status = readable(ints[1 + r * results + i]); !status) return status;
      }
    }
    return Status::ok();
  }

  Status flag(uint32_t id, const char* what) const {
    if (Status status = readable(id); !status) return status;
    const Tensor& t = plan_.tensors[id];
    if (t.dtype == DType::kBool && t.rank == 0) return Status::ok();
    return Status::error("plan: expected " + std::string(what) + " to be bool[], got " + shape_text(t, plan_.symbols));
  }

  Status results() {
    if (plan_.stats.size() > kMaxStats)
      return Status::error("plan: expected at most 4096 stats, got " + std::to_string(plan_.stats.size()));
    for (const uint32_t id : plan_.stats) {
      if (Status status = readable(id); !status) return status;
      const Tensor& t = plan_.tensors[id];
      if (t.dtype != DType::kFloat64 || t.rank != 0)
        return Status::error("plan: expected stats to be float64[], got " + shape_text(t, plan_.symbols));
    }
    const bool predicated = plan_.commit != kNoCommit;
    if (Status status = predicated ? flag(plan_.commit, "the commit predicate") : Status::ok(); !status) return status;
    for (const int64_t id : written_) {
      const Tensor& t = plan_.tensors[static_cast<size_t>(id)];
      if (t.storage == Storage::kNext) committed_[static_cast<size_t>(t.where)] = false;
    }
    for (const uint32_t slot : plan_.next_slots) {
      if (committed_[slot])
        return Status::error("plan: expected the main block to write the next value of slot " +
                             quote(state_.spec(slot).name) + ", got no instruction that does");
    }
    return Status::ok();
  }

  bool is_shape(uint32_t id) const { return id < plan_.tensors.size() && plan_.tensors[id].storage == Storage::kShape; }

  Status fail(size_t id, const std::string& what, const std::string& got) const {
    return Status::error("plan: expected " + what + " for tensor " + std::to_string(id) + " " +
                         shape_text(plan_.tensors[id], plan_.symbols) + ", got " + got);
  }

  const StateStore& state_;
  const Backend& backend_;
  Plan& plan_;
  std::vector<Range> ranges_;
  std::vector<Active> active_;
  const Instruction* blocks_ = nullptr;  // around the current block
  std::vector<bool> committed_;  // by slot: named in the commit list; cleared in results() once seen written
  std::set<int64_t> written_;
};

}  // namespace

Status verify_plan(const StateStore& state, const Backend& backend, Plan* plan) {
  return Verifier(state, backend, plan).run();
}

}  // namespace adamqlr
