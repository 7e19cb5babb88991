#include "bind.h"

#include <algorithm>

namespace adamqlr {
namespace {

/// Views that one block's instructions need, regions included.
size_t count_views(const Block& block) {
  size_t views = 0;
  for (const Instruction& instruction : block.instructions) {
    views += instruction.in.size() + instruction.out.size();
    if (instruction.kernel == nullptr) views += instruction.ints.size();  // ids of region instructions live there
    for (const Block& region : instruction.regions) views += count_views(region);
  }
  return views;
}

bool same_shape(const View& a, const View& b) {
  return a.dtype == b.dtype && a.rank == b.rank && std::equal(a.dims, a.dims + a.rank, b.dims);
}

class Binder {
 public:
  Binder(const Plan& plan, const StateStore& state, std::byte* arena, Pool* pool, Binding* binding)
      : plan_(plan),
        state_(state),
        arena_(arena),
        pool_(pool),
        binding_(*binding),
        users_(plan.tensors.size(), nullptr) {
    shapes_.reserve(plan.tensors.size());
    for (const Tensor& tensor : plan.tensors) shapes_.push_back(shape_of(tensor, binding_.sizes));
    binding_.views.reserve(count_views(plan.main) + plan.stats.size() + 1);
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
        addresses_.push_back({view, arena_ + tensor.where});
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
                                                    : cond(instruction, &target);
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
      if (Status status = window(is_x ? ids.x_windows[i] : ids.y_windows[y], stack, scan.length, &scan.windows[i]);
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

  Status window(int64_t id, const View& stack, int64_t length, Window* window) {
    const auto index = static_cast<size_t>(id);
    const View& slice = shapes_[index];
    const bool fits = stack.rank == slice.rank + 1 && stack.dtype == slice.dtype && stack.dims[0] == length &&
                      std::equal(slice.dims, slice.dims + slice.rank, stack.dims + 1);
    if (!fits) {
      return Status::error("scan: expected slices along a leading dimension of " + std::to_string(length) + ", got " +
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

  const Plan& plan_;
  const StateStore& state_;
  std::byte* arena_;
  Pool* pool_;
  Binding& binding_;
  std::vector<View> shapes_;                // by tensor id, without data
  std::vector<std::vector<View*>*> users_;  // by tensor id, for windows of the scans around the current block
  std::vector<std::pair<View*, std::byte*>> addresses_;
};

}  // namespace

Status bind_plan(const Plan& plan, std::span<const int64_t> sizes, const StateStore& state, std::byte* arena,
                 Pool* pool, std::unique_ptr<Binding>* result) {
  if (sizes.size() != plan.symbols.size()) {
    return Status::error("run: expected " + std::to_string(plan.symbols.size()) + " sizes, got " +
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
  if (Status status = Binder(plan, state, arena, pool, binding.get()).run(); !status) return status;
  *result = std::move(binding);
  return Status::ok();
}

}  // namespace adamqlr
