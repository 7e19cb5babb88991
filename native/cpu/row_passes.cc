#include <algorithm>
#include <numeric>

#include "cpu_info.h"
#include "row_program.h"

namespace adamqlr {

namespace {

struct Named {
  std::string_view name;
  PassOp op;
};
constexpr Named kOnLanes[] = {
    {"add", PassOp::kAdd},
    {"sub", PassOp::kSub},
    {"mul", PassOp::kMul},
    {"div", PassOp::kDiv},
    {"sqrt", PassOp::kSqrt},
    {"neg", PassOp::kNeg},
    {"abs", PassOp::kAbs},
    {"square", PassOp::kSquare},
    {"reciprocal", PassOp::kReciprocal},
    {"relu", PassOp::kRelu},
    {"eq", PassOp::kCompare},
    {"ne", PassOp::kCompare},
    {"lt", PassOp::kCompare},
    {"le", PassOp::kCompare},
    {"gt", PassOp::kCompare},
    {"ge", PassOp::kCompare},
    {"select", PassOp::kSelect},
    {"spread", PassOp::kSpread},
    {"stopGradient", PassOp::kCopy},
    {"tap", PassOp::kCopy},
    {"rowDot", PassOp::kRowDot},
    {"columnSum", PassOp::kColumnSum},
    {"columnDot", PassOp::kColumnDot},
};
constexpr Named kOnMasks[] = {{"and", PassOp::kAnd}, {"or", PassOp::kOr}, {"not", PassOp::kNot}};

std::optional<PassOp> named(std::span<const Named> table, std::string_view name) {
  for (const Named& row : table) {
    if (row.name == name) return row.op;
  }
  return std::nullopt;
}

bool is_bool(const RowProgram& program, int reg) {
  return program.registers[static_cast<size_t>(reg)].dtype == DType::kBool;
}

std::optional<PassOp> op_of(const RowProgram& program, const RowStep& step, DType lanes) {
  const Opcode& opcode = *step.opcode;
  if (opcode.name == "cast") {
    if (opcode.result != lanes || lanes != DType::kFloat32) return std::nullopt;
    if (opcode.operand == DType::kInt32) return PassOp::kFromInt;
    if (opcode.operand == DType::kUint8) return PassOp::kFromByte;
    return std::nullopt;
  }
  if (is_bool(program, step.dst) && opcode.operand == DType::kBool) return named(kOnMasks, opcode.name);
  if (opcode.operand != lanes || (opcode.result != lanes && opcode.result != DType::kBool)) return std::nullopt;
  return named(kOnLanes, opcode.name);
}

/// Arranges the steps of a program in passes. A pass cannot read what it has itself summed over a row, nor what a step
/// outside of it makes of its values: so steps have levels, and level by level the steps on elements come first, then
/// those on rows and those that no pass can have.
class PassMaker {
 public:
  PassMaker(RowProgram* program, DType lanes)
      : program_(*program), lanes_(lanes), maker_(program->registers.size(), kNever) {
    for (size_t i = 0; i < program->steps.size(); ++i) maker_[at(program->steps[i].dst)] = static_cast<int>(i);
  }

  void run() {
    find_levels();
    lower_masks();
    arrange();
    for (size_t i = 0; i < groups_.size();) {
      make_pass(groups_[i]);
      Assembler trial;
      if (groups_[i].pass == nullptr || write_pass(program_, *groups_[i].pass, lanes_, &trial))
        ++i;
      else
        halve(i);
    }
    Assembler assembler;
    std::vector<size_t> starts;
    for (const Group& group : groups_) {
      if (group.pass == nullptr) continue;
      starts.push_back(assembler.code().size());
      write_pass(program_, *group.pass, lanes_, &assembler);
    }
    assembler.finish();
    if (!starts.empty() && program_.code.place(assembler.code())) use_passes(starts);
  }

 private:
  struct Group {
    std::vector<int> steps;
    bool together;  // whether a pass can have them
    std::unique_ptr<RowPass> pass = nullptr;
  };

  static size_t at(int index) { return static_cast<size_t>(index); }
  const RowStep& step(int i) const { return program_.steps[at(i)]; }
  const RowRegister& info(int reg) const { return program_.registers[at(reg)]; }
  bool passable(int i) const { return pass_op(program_, step(i), lanes_).has_value(); }

  static bool over_rows(const RowStep& step) {
    return step.opcode != nullptr && (step.opcode->form == Form::kColumnReduce || step.opcode->form == Form::kColumnDot);
  }
  static bool along_row(const RowStep& step) { return step.opcode != nullptr && step.opcode->form == Form::kRowDot; }

  /// Whether a pass over elements can have the step; one over rows is a matter of neighbors.
  bool on_elements(int i) const {
    return passable(i) && (info(step(i).dst).kind != RegisterKind::kRow || along_row(step(i)));
  }

  template <typename Visit>
  void each_operand(int i, Visit visit) const {
    for (const int reg : {step(i).a, step(i).b, step(i).c}) {
      if (reg >= 0) visit(reg);
    }
  }

  void find_levels() {
    const int count = static_cast<int>(program_.steps.size());
    for (int i = 0; i < count; ++i) {
      int level = 0;
      each_operand(i, [&](int reg) {
        const int made = maker_[at(reg)];
        if (made == kNever) return;
        const bool later = on_elements(i) && (!on_elements(made) || along_row(step(made)));
        level = std::max(level, levels_[at(made)] + (later ? 1 : 0));
      });
      levels_.push_back(level);
    }
  }

  /// Comparisons move to the level of their first reader: values that are read there anyway cost less than a mask in memory.
  void lower_masks() {
    for (int i = static_cast<int>(levels_.size()) - 1; i >= 0; --i) {
      const int mask = step(i).dst;
      if (!on_elements(i) || !is_bool(program_, mask) || is_output(mask)) continue;
      int first = 1 << 30;
      for (int reader = 0; reader < static_cast<int>(levels_.size()); ++reader) {
        each_operand(reader, [&](int reg) {
          if (reg == mask) first = std::min(first, on_elements(reader) ? levels_[at(reader)] : levels_[at(i)]);
        });
      }
      if (first != 1 << 30) levels_[at(i)] = first;
    }
  }

  bool is_output(int reg) const {
    return std::any_of(program_.outputs.begin(), program_.outputs.end(),
                       [reg](const RowOutput& output) { return output.reg == reg; });
  }

  void arrange() {
    const int last = levels_.empty() ? -1 : *std::max_element(levels_.begin(), levels_.end());
    for (int level = 0; level <= last; ++level) {
      Group along{{}, true}, down{{}, true};
      std::vector<int> others;
      bool sums_rows = false;
      for (int i = 0; i < static_cast<int>(levels_.size()); ++i)
        sums_rows = sums_rows || (levels_[at(i)] == level && on_elements(i) && along_row(step(i)));
      for (int i = 0; i < static_cast<int>(levels_.size()); ++i) {
        if (levels_[at(i)] != level) continue;
        if (!on_elements(i))
          others.push_back(i);
        else
          (sums_rows && over_rows(step(i)) ? down : along).steps.push_back(i);
      }
      push(std::move(along));
      push(std::move(down));
      arrange_others(others);
    }
  }

  void arrange_others(const std::vector<int>& others) {
    for (const int i : others) {
      const bool together = passable(i);
      if (!together || groups_.empty() || !groups_.back().together || !is_of_rows(groups_.back()))
        groups_.push_back({{}, together});
      groups_.back().steps.push_back(i);
    }
  }

  bool is_of_rows(const Group& group) const {
    return std::none_of(group.steps.begin(), group.steps.end(), [&](int i) { return on_elements(i); });
  }

  void push(Group group) {
    if (!group.steps.empty()) groups_.push_back(std::move(group));
  }

  /// Of a pass that needs too many registers.
  void halve(size_t index) {
    groups_[index].pass = nullptr;
    std::vector<int>& steps = groups_[index].steps;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    Group second{{middle, steps.end()}, true};
    steps.erase(middle, steps.end());
    groups_.insert(groups_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(second));
  }

  bool contains(const Group& group, int made) const { return std::count(group.steps.begin(), group.steps.end(), made) > 0; }

  void make_pass(Group& group) {
    if (!group.together) return;
    auto pass = std::make_unique<RowPass>();
    pass->of_rows = is_of_rows(group);
    pass->flat = true;
    const auto note = [](std::vector<int>* list, int reg) {
      if (std::count(list->begin(), list->end(), reg) == 0) list->push_back(reg);
    };
    for (const int i : group.steps) {
      pass->steps.push_back(step(i));
      pass->by_column = pass->by_column || over_rows(step(i));
      if (along_row(step(i)) || over_rows(step(i))) pass->flat = false;
      each_operand(i, [&](int reg) {
        if (!contains(group, maker_[at(reg)])) note(&pass->reads, reg);
        const bool row = info(reg).kind == RegisterKind::kRow && !pass->of_rows && !info(reg).uniform;
        if (program_.is_column(reg) || row) pass->flat = false;
      });
    }
    find_results(group, pass.get());
    if (pass->steps.size() + pass->totals.size() > 1) group.pass = std::move(pass);
  }

  void find_results(const Group& group, RowPass* pass) const {
    for (size_t o = 0; o < program_.outputs.size(); ++o) {
      const RowOutput& output = program_.outputs[o];
      const int made = maker_[at(output.reg)];
      if (output.mode != RowMode::kScalar || !contains(group, made) || along_row(step(made))) continue;
      if (info(output.reg).dtype == lanes_ && pass->totals.size() < RowPass::kMaxTotals)
        pass->totals.push_back(static_cast<int>(o));
    }
    for (const int i : group.steps) {
      const int reg = step(i).dst;
      bool wanted = over_rows(step(i));
      for (size_t o = 0; o < program_.outputs.size(); ++o) {
        const bool summed = std::count(pass->totals.begin(), pass->totals.end(), static_cast<int>(o)) > 0;
        wanted = wanted || (program_.outputs[o].reg == reg && !summed);
      }
      for (int reader = 0; reader < static_cast<int>(program_.steps.size()) && !wanted; ++reader) {
        if (!contains(group, reader)) each_operand(reader, [&](int operand) { wanted = wanted || operand == reg; });
      }
      if (wanted) pass->writes.push_back(reg);
    }
  }

  void use_passes(const std::vector<size_t>& starts) {
    std::vector<RowStep> steps;
    size_t number = 0;
    for (Group& group : groups_) {
      if (group.pass == nullptr) {
        for (const int i : group.steps) steps.push_back(step(i));
        continue;
      }
      group.pass->code = reinterpret_cast<RowPass::Code>(reinterpret_cast<uintptr_t>(program_.code.at(starts[number++])));
      for (const int output : group.pass->totals) program_.outputs[at(output)].in_pass = true;
      RowStep whole{};
      whole.dst = whole.a = whole.b = whole.c = -1;
      whole.elementwise = true;
      whole.pass = group.pass.get();
      steps.push_back(whole);
      program_.passes.push_back(std::move(group.pass));
    }
    program_.steps = std::move(steps);
  }

  RowProgram& program_;
  const DType lanes_;
  std::vector<int> maker_, levels_;
  std::vector<Group> groups_;
};

}  // namespace

std::optional<PassOp> pass_op(const RowProgram& program, const RowStep& step, DType lanes) {
  if (step.opcode == nullptr) return std::nullopt;
  for (const int reg : {step.a, step.b, step.c}) {
    if (reg < 0 || !is_bool(program, reg)) continue;
    const RowRegister& info = program.registers[static_cast<size_t>(reg)];
    if (info.uniform || program.is_column(reg)) return std::nullopt;
  }
  return op_of(program, step, lanes);
}

void make_passes(RowProgram* program) {
  // Longer programs than models have would take long to arrange.
  constexpr size_t kMaxSteps = 512;
  if (isa() != Isa::kAvx512 || !CodeMemory::supported() || program->steps.size() > kMaxSteps) return;
  const auto count = [program](DType lanes) {
    return std::count_if(program->steps.begin(), program->steps.end(),
                         [&](const RowStep& step) { return pass_op(*program, step, lanes).has_value(); });
  };
  const bool single = count(DType::kFloat32) >= count(DType::kFloat64);
  PassMaker(program, single ? DType::kFloat32 : DType::kFloat64).run();
}

}  // namespace adamqlr
