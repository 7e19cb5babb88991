#include "bind.h"

#include <algorithm>
#include <utility>

#include "integers.h"

namespace adamqlr {
namespace {

/// Views that one block's instructions need, regions included; each of `threads` has its own of the bodies of `blocks`, twice.
size_t count_views(const Block& block, size_t threads) {
  size_t views = 0;
  for (const Instruction& instruction : block.instructions) {
    views += instruction.in.size() + instruction.out.size();
    if (instruction.kernel == nullptr) views += instruction.ints.size();  // ids of region instructions live there
    const size_t copies = instruction.name == "blocks" ? 2 * threads : 1;
    for (const Block& region : instruction.regions) views += copies * count_views(region, threads);
  }
  return views;
}

/// Kernels in the body of `blocks` run on the thread that has the block.
Pool* serial_pool() {
  static Pool pool(1);
  return &pool;
}

constexpr int64_t kLine = 64;

bool same_shape(const View& a, const View& b) {
  return a.dtype == b.dtype && a.rank == b.rank && std::equal(a.dims, a.dims + a.rank, b.dims);
}

class Binder {
 public:
  Binder(const Plan& plan, const StateStore& state, const PlanMemory& memory, Pool* pool, Binding* binding)
      : plan_(plan),
        state_(state),
        memory_(memory),
        pool_(pool),
        binding_(*binding),
        sizes_(binding->sizes),
        users_(plan.tensors.size(), nullptr) {
    for (const Cut& cut : plan.cuts) {
      sizes_.push_back(cut.block);
      sizes_.push_back(ceil_div(value_of(cut.rows, sizes_), cut.block));
    }
    shapes_.reserve(plan.tensors.size());
    for (const Tensor& tensor : plan.tensors) shapes_.push_back(shape_of(tensor, sizes_));
    binding_.views.reserve(count_views(plan.main, static_cast<size_t>(pool->threads())) + plan.stats.size() + 1);
  }

  Status run() {
    if (Status status = block(plan_.main, &binding_.main); !status) return status;
    for (const uint32_t id : plan_.stats) binding_.stats.push_back(view(id));
    if (plan_.commit != kNoCommit) binding_.commit = view(plan_.commit);
    for (const auto& [view, data] : addresses_) view->data = data;
    binding_.refresh(state_);
    return Status::ok();
  }

 private:
  /// A new view of tensor `id`, registered with whoever moves its data. Fixed addresses are set at the very end, so
  /// that checks see none.
  View* view(int64_t id) {
    const auto index = static_cast<size_t>(id);
    const Tensor& tensor = plan_.tensors[index];
    binding_.views.push_back(shapes_[index]);
    View* view = &binding_.views.back();
    switch (tensor.storage) {
      case Storage::kArena:
        addresses_.push_back({view, memory_.arena + tensor.where});
        break;
      case Storage::kLocal:
        addresses_.push_back({view, memory_.locals + thread_ * round_up(plan_.local_bytes, kLine) + tensor.where});
        break;
      case Storage::kConstant:
        addresses_.push_back({view, plan_.constants.data() + tensor.where});
        break;
      case Storage::kCurrent:
      case Storage::kNext:
        binding_.slot_views.push_back({view, static_cast<uint32_t>(tensor.where), tensor.storage == Storage::kNext});
        break;
      case Storage::kWindow:
        users_[index]->push_back(view);
        break;
      case Storage::kShape:
        break;
    }
    return view;
  }

  /// Consecutive views of `ids`.
  std::span<View> views(std::span<const uint32_t> ids) {
    const size_t first = binding_.views.size();
    for (const uint32_t id : ids) view(id);
    return std::span<View>(binding_.views).subspan(first, ids.size());
  }

  Status block(const Block& source, BoundBlock* bound) {
    bound->instructions.reserve(source.instructions.size());
    for (const Instruction& instruction : source.instructions) {
      BoundInstruction& target = bound->instructions.emplace_back();
      target.place = instruction.place;
      Status status = instruction.kernel != nullptr ? kernel(instruction, &target)
                      : instruction.name == "scan"  ? scan(instruction, &target)
                      : instruction.name == "cond"  ? cond(instruction, &target)
                                                    : blocks(instruction, &target);
      if (!status) return status;
    }
    return Status::ok();
  }

  Status kernel(const Instruction& source, BoundInstruction* target) {
    target->kernel = source.kernel;
    target->call.in = views(source.in);
    target->call.out = views(source.out);
    target->call.attributes = source.attributes();
    target->call.prepared = source.prepared.get();
    target->call.pool = pool_;
    target->call.rows = rows_;
    int64_t scratch = 0;
    if (Status status = source.kernel->check(target->call, &scratch); !status) return status;
    return need_scratch(source.name, scratch);
  }

  Status need_scratch(std::string_view who, int64_t bytes) {
    if (bytes < 0 || bytes > kMaxBytes) {
      return Status::error(std::string(who) + ": expected scratch bytes in [0, 2^40], got " + std::to_string(bytes));
    }
    binding_.scratch_bytes = std::max(binding_.scratch_bytes, bytes);
    return Status::ok();
  }

  Status scan(const Instruction& source, BoundInstruction* target) {
    const ScanIds ids(source);
    const size_t carries = ids.carry_in.size();
    target->scan = std::make_unique<BoundScan>();
    BoundScan& scan = *target->scan;
    scan.reverse = ids.reverse;
    const std::span<View> in = views(source.in), out = views(source.out);
    scan.length = in[0].dims[0];
    scan.windows.resize(ids.x_windows.size() + ids.y_windows.size());
    for (size_t i = 0; i < scan.windows.size(); ++i) {
      const size_t y = i - ids.x_windows.size();
      const bool is_x = i < ids.x_windows.size();
      const View& stack = is_x ? in[1 + carries + i] : out[carries + y];
      if (Status status =
              window("scan", is_x ? ids.x_windows[i] : ids.y_windows[y], stack, scan.length, &scan.windows[i]);
          !status)
        return status;
    }
    if (Status status = block(source.regions[0], &scan.body); !status) return status;
    for (size_t i = 0; i < carries; ++i) {
      const View* inner = view(ids.carry_in[i]);
      scan.begin.push_back({&in[1 + i], inner});
      if (ids.carry_out[i] != ids.carry_in[i]) scan.advance.push_back({view(ids.carry_out[i]), inner});
      scan.end.push_back({inner, &out[i]});
    }
    for (const int64_t id : ids.x_windows) users_[static_cast<size_t>(id)] = nullptr;
    for (const int64_t id : ids.y_windows) users_[static_cast<size_t>(id)] = nullptr;
    for (const std::vector<Copy>* copies : {&scan.begin, &scan.advance, &scan.end}) {
      if (Status status = check_copies("scan", *copies); !status) return status;
    }
    return Status::ok();
  }

  Status window(const char* who, int64_t id, const View& stack, int64_t length, Window* window) {
    const auto index = static_cast<size_t>(id);
    const View& slice = shapes_[index];
    const bool fits = stack.rank == slice.rank + 1 && stack.dtype == slice.dtype && stack.dims[0] == length &&
                      std::equal(slice.dims, slice.dims + slice.rank, stack.dims + 1);
    if (!fits) {
      return Status::error(std::string(who) + ": expected slices along a leading dimension of " + std::to_string(length) + ", got " +
                           shape_text(stack) + " with slices " + shape_text(slice));
    }
    window->stack = &stack;
    window->slice_bytes = slice.bytes();
    users_[index] = &window->users;
    return Status::ok();
  }

  Status cond(const Instruction& source, BoundInstruction* target) {
    target->cond = std::make_unique<BoundCond>();
    BoundCond& cond = *target->cond;
    cond.predicate = view(source.in[0]);
    const std::span<View> out = views(source.out);
    for (size_t r = 0; r < 2; ++r) {
      if (Status status = block(source.regions[r], &cond.regions[r]); !status) return status;
      for (size_t i = 0; i < out.size(); ++i) {
        const int64_t id = source.ints[1 + r * out.size() + i];
        if (id != source.out[i]) cond.results[r].push_back({view(id), &out[i]});
      }
      if (Status status = check_copies("cond", cond.results[r]); !status) return status;
    }
    return Status::ok();
  }

  Status check_copies(const char* who, const std::vector<Copy>& copies) {
    int64_t staged = 0;
    for (const Copy& copy : copies) {
      if (!same_shape(*copy.from, *copy.to)) {
        return Status::error(std::string(who) + ": expected equal shapes of carries and results, got " +
                             shape_text(*copy.from) + " and " + shape_text(*copy.to));
      }
      staged += copy.from->bytes();
    }
    return need_scratch(who, copies.size() > 1 ? staged : 0);
  }

  Status blocks(const Instruction& source, BoundInstruction* target) {
    target->blocks = std::make_unique<BoundBlocks>();
    BoundBlocks& blocks = *target->blocks;
    const size_t symbol = plan_.tensors[source.in[0]].dims[0].symbols[0];
    const Cut& cut = plan_.cuts[(symbol - plan_.named) / 2];
    const int64_t rows = value_of(cut.rows, sizes_), rest = rows % cut.block;
    const std::span<View> in = views(source.in), out = views(source.out);
    if (Status status = check_shared(source, in, out); !status) return status;
    blocks.count = sizes_[symbol + 1];
    blocks.rows = cut.block;
    blocks.pool = std::exchange(pool_, serial_pool());
    blocks.failures.assign(static_cast<size_t>(blocks.pool->threads()), {0, Status::ok()});
    const int64_t scratch = std::exchange(binding_.scratch_bytes, 0);
    Status status = Status::ok();
    for (const int64_t size : {cut.block, rest}) {
      if (size == 0 || size > rows) continue;
      std::vector<BoundBody>& bodies = size == cut.block ? blocks.full : blocks.last;
      bodies.resize(blocks.failures.size());
      resize(symbol, rows_ = size);
      for (thread_ = 0; status && thread_ < blocks.pool->threads(); ++thread_)
        status = body(source, in, out, {cut.block, size, rows}, &bodies[static_cast<size_t>(thread_)]);
    }
    thread_ = 0;
    rows_ = 1;
    resize(symbol, cut.block);
    pool_ = blocks.pool;
    blocks.scratch_bytes = round_up(binding_.scratch_bytes, kLine);
    binding_.scratch_bytes = std::max(scratch, blocks.scratch_bytes * pool_->threads());
    return status;
  }

  /// Rows that are read and written in one place must be as long in both, or one block's would be another's too. The verifier has seen
  /// that they are at capacity.
  Status check_shared(const Instruction& source, std::span<const View> in, std::span<const View> out) const {
    for (size_t i = 1; i < in.size(); ++i) {
      const Tensor& from = plan_.tensors[source.in[i]];
      for (size_t o = 0; o < static_cast<size_t>(source.ints[1]); ++o) {
        const Tensor& to = plan_.tensors[source.out[o]];
        const bool shared = from.storage != Storage::kWindow && from.storage == to.storage && from.where == to.where;
        if (shared && in[i].bytes() != out[o].bytes())
          return Status::error("blocks: expected equal sizes of rows in one place, got " + shape_text(in[i]) + " and " +
                               shape_text(out[o]));
      }
    }
    return Status::ok();
  }

  /// Gives the rows of a block another number, and the shapes that depend on it.
  void resize(size_t symbol, int64_t size) {
    sizes_[symbol] = size;
    for (size_t id = 0; id < shapes_.size(); ++id) {
      const Tensor& tensor = plan_.tensors[id];
      for (int i = 0; i < tensor.rank; ++i) {
        const Dim& dim = tensor.dims[i];
        if (std::count(dim.symbols, dim.symbols + dim.count, symbol) > 0) shapes_[id].dims[i] = value_of(dim, sizes_);
      }
    }
  }

  struct BlockSize {
    int64_t block, size, rows;  // of all blocks but the last, of this one, of all together
  };

  Status body(const Instruction& source, std::span<const View> in, std::span<const View> out, const BlockSize& size,
              BoundBody* body) {
    const BlocksIds ids(source);
    body->windows.reserve(ids.x_windows.size() + ids.y_windows.size() + ids.partials.size());
    for (size_t i = 0; i < ids.x_windows.size(); ++i) {
      if (Status status = rows_window(ids.x_windows[i], in[1 + i], size, body); !status) return status;
    }
    for (size_t i = 0; i < ids.y_windows.size(); ++i) {
      if (Status status = rows_window(ids.y_windows[i], out[i], size, body); !status) return status;
    }
    for (size_t i = 0; i < ids.partials.size(); ++i) {
      const View& stack = out[ids.y_windows.size() + i];
      Window& target = body->windows.emplace_back();
      if (Status status = window("blocks", ids.partials[i], stack, ceil_div(size.rows, size.block), &target); !status)
        return status;
    }
    if (Status status = block(source.regions[0], &body->block); !status) return status;
    for (const auto& list : {ids.x_windows, ids.y_windows, ids.partials}) {
      for (const int64_t id : list) users_[static_cast<size_t>(id)] = nullptr;
    }
    return Status::ok();
  }

  /// A window on the rows of one block.
  Status rows_window(int64_t id, const View& stack, const BlockSize& size, BoundBody* body) {
    const auto index = static_cast<size_t>(id);
    const View& slice = shapes_[index];
    const int64_t per_row = slice.count() / size.size;
    if (slice.dtype != stack.dtype || slice.count() != per_row * size.size || stack.count() != per_row * size.rows) {
      return Status::error("blocks: expected windows of " + std::to_string(size.size) + " of " + std::to_string(size.rows) +
                           " rows, got " + shape_text(slice) + " of " + shape_text(stack));
    }
    Window& window = body->windows.emplace_back();
    window.stack = &stack;
    window.slice_bytes = per_row * size.block * size_of(slice.dtype);
    users_[index] = &window.users;
    return Status::ok();
  }

  const Plan& plan_;
  const StateStore& state_;
  const PlanMemory& memory_;
  Pool* pool_;
  Binding& binding_;
  std::vector<int64_t> sizes_;  // of all symbols
  int thread_ = 0;              // whose body of `blocks` is being bound
  int64_t rows_ = 1;            // and of how many rows
  std::vector<View> shapes_;                // by tensor id, without data
  std::vector<std::vector<View*>*> users_;  // by tensor id, for windows of the regions around the current block
  std::vector<std::pair<View*, std::byte*>> addresses_;
};

}  // namespace

Status bind_plan(const Plan& plan, std::span<const int64_t> sizes, const StateStore& state, const PlanMemory& memory,
                 Pool* pool, std::unique_ptr<Binding>* result) {
  if (sizes.size() != plan.named) {
    return Status::error("run: expected " + std::to_string(plan.named) + " sizes, got " +
                         std::to_string(sizes.size()));
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || sizes[i] > plan.symbols[i].capacity) {
      return Status::error("run: expected size " + quote(plan.symbols[i].name) + " in [0, " +
                           std::to_string(plan.symbols[i].capacity) + "], got " + std::to_string(sizes[i]));
    }
  }
  auto binding = std::make_unique<Binding>();
  binding->sizes.assign(sizes.begin(), sizes.end());
  if (Status status = Binder(plan, state, memory, pool, binding.get()).run(); !status) return status;
  *result = std::move(binding);
  return Status::ok();
}

}  // namespace adamqlr
