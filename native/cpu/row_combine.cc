#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "operands.h"
#include "row_program.h"

namespace adamqlr {
namespace {

/// Joins steps of a program that one loop can do in one pass over the tile, where nobody else reads what lies between.
class Combiner {
 public:
  explicit Combiner(RowProgram* program)
      : program_(*program), maker_(program->registers.size(), kNever), uses_(program->registers.size(), 0) {}

  void run() {
    const int count = static_cast<int>(program_.steps.size());
    for (int i = 0; i < count; ++i) {
      for (const int reg : results(program_.steps[at(i)])) maker_[at(reg)] = i;
      for (const int operand : operands(program_.steps[at(i)])) use(operand, 1);
    }
    for (const RowOutput& output : program_.outputs) use(output.reg, output.in_pass ? 0 : 1);
    gone_.assign(at(count), false);
    for (int i = 0; i < count; ++i) combine(i);
    for (RowOutput& output : program_.outputs) combine_sum(output);
    std::vector<RowStep> kept;
    for (int i = 0; i < count; ++i) {
      if (!gone_[at(i)]) kept.push_back(program_.steps[at(i)]);
    }
    program_.steps = std::move(kept);
  }

 private:
  static size_t at(int index) { return static_cast<size_t>(index); }
  void use(int reg, int times) {
    if (reg >= 0) uses_[at(reg)] += times;
  }

  bool uniform(int reg) const { return program_.registers[at(reg)].uniform; }

  bool is(const RowStep& step, std::string_view name) const {
    return step.opcode != nullptr && step.opcode->name == name && is_float(step.opcode->operand);
  }

  /// The step that computes a register for one reader only, if it is of this opcode.
  RowStep* sole(int reg, std::string_view name) {
    const int made = reg < 0 ? kNever : maker_[at(reg)];
    if (made == kNever || uses_[at(reg)] != 1) return nullptr;
    RowStep* step = &program_.steps[at(made)];
    return is(*step, name) ? step : nullptr;
  }

  bool is_zero(int reg, bool of_any_sign) const {
    return std::any_of(program_.uniform_steps.begin(), program_.uniform_steps.end(), [&](const RowStep& step) {
      return step.dst == reg && is(step, "fill") && step.real == 0 && (of_any_sign || !std::signbit(step.real));
    });
  }

  void remove(const RowStep& step) {
    gone_[at(maker_[at(step.dst)])] = true;
    for (const int operand : operands(step)) use(operand, -1);
  }

  /// Gives a step another loop and other operands.
  void replace(RowStep* step, Loop loop, int a, int b, int c) {
    for (const int operand : operands(*step)) use(operand, -1);
    *step = {loop, step->dst, a, b, c, 0, true, false, nullptr};
    for (const int operand : operands(*step)) use(operand, 1);
  }

  const CombinedLoops& loops(const RowStep& step) const { return *row_loops().combined[static_cast<int>(step.opcode->operand)]; }

  void combine(int i) {
    RowStep& step = program_.steps[at(i)];
    if (is(step, "relu")) return combine_relu(&step);
    if (is(step, "select")) return combine_select(&step);
    if (is(step, "mul")) return step.loop == step.opcode->loops[0] ? combine_mul(&step) : combine_scaling(&step);
    if (is(step, "add")) return step.loop == step.opcode->loops[0] ? combine_add(&step) : combine_shift(&step);
    if (is(step, "div")) return combine_div(&step);
    if (is(step, "neg")) return combine_neg(&step);
  }

  /// What a step multiplies by one value, and that value; nothing where it does something else.
  struct Scaled {
    int values = kNever, scale = kNever;
  };
  Scaled scaled(const RowStep& mul) const {
    if (uniform(mul.b)) return {mul.a, mul.b};
    if (uniform(mul.a)) return {mul.b, mul.a};
    return {};
  }

  void combine_scaling(RowStep* step) {
    const Scaled product = scaled(*step);
    const RowStep* square = sole(product.values, "square");
    if (square == nullptr) return;
    const RowStep inner = *square;
    replace(step, loops(*step).scaled_square, inner.a, product.scale, -1);
    remove(inner);
  }

  void combine_shift(RowStep* step) {
    const bool last = uniform(step->b);
    const RowStep* root = sole(last ? step->a : step->b, "sqrt");
    const RowStep* mul = root == nullptr ? nullptr : sole(root->a, "mul");
    const Scaled product = mul == nullptr ? Scaled{} : scaled(*mul);
    if (product.scale == kNever) return;
    const RowStep outer = *root, inner = *mul;
    replace(step, loops(*step).scaled_root, product.values, product.scale, last ? step->b : step->a);
    remove(outer);
    remove(inner);
  }

  void combine_div(RowStep* step) {
    if (step->loop != step->opcode->loops[0]) return;
    const RowStep* mul = sole(step->a, "mul");
    const Scaled product = mul == nullptr ? Scaled{} : scaled(*mul);
    if (product.scale == kNever) return;
    const RowStep inner = *mul;
    replace(step, loops(*step).scaled_ratio[0], product.values, product.scale, step->b);
    remove(inner);
  }

  void combine_neg(RowStep* step) {
    const int made = maker_[at(step->a)];
    if (made == kNever || uses_[at(step->a)] != 1) return;
    const RowStep ratio = program_.steps[at(made)];
    if (ratio.loop != loops(*step).scaled_ratio[0]) return;
    replace(step, loops(*step).scaled_ratio[1], ratio.a, ratio.b, ratio.c);
    remove(ratio);
  }

  void combine_relu(RowStep* step) {
    RowStep* sum = sole(step->a, "add");
    if (sum == nullptr || sum->loop != sum->opcode->loops[0]) return;
    const RowStep add = *sum;
    replace(step, loops(*step).add_relu, add.a, add.b, -1);
    remove(add);
  }

  /// select(gt(x, 0), y, 0): the truth values need not exist.
  void combine_select(RowStep* step) {
    const int made = maker_[at(step->a)];
    if (made == kNever || uniform(step->b) || !uniform(step->c) || !is_zero(step->c, false)) return;
    const RowStep test = program_.steps[at(made)];
    const bool positive = is(test, "gt") && !uniform(test.a) && uniform(test.b) && is_zero(test.b, true);
    if (!positive || test.opcode->operand != step->opcode->operand) return;
    replace(step, loops(*step).where_positive, test.a, step->b, -1);
    if (uses_[at(test.dst)] == 0) remove(test);
  }

  void combine_mul(RowStep* step) {
    for (const auto& [row, other] : {std::pair(step->a, step->b), std::pair(step->b, step->a)}) {
      const RowStep* spread = sole(row, "spread");
      if (spread == nullptr || row == other) continue;
      const RowStep repeat = *spread;
      replace(step, loops(*step).scale_rows, other, repeat.a, -1);
      return remove(repeat);
    }
  }

  void combine_add(RowStep* step) {
    for (const auto& [term, other] : {std::pair(step->a, step->b), std::pair(step->b, step->a)}) {
      const RowStep* mul = sole(term, "mul");
      if (mul == nullptr || term == other) continue;
      const RowStep product = *mul;
      const int mask = (uniform(product.a) ? 1 : 0) + (uniform(product.b) ? 2 : 0);
      replace(step, loops(*step).multiply_add[mask], product.a, product.b, other);
      return remove(product);
    }
  }

  /// A sum of products needs no products in memory.
  void combine_sum(RowOutput& output) {
    if (output.mode != RowMode::kScalar || output.in_pass) return;
    for (const std::string_view name : {"mul", "square"}) {
      const RowStep* found = sole(output.reg, name);
      if (found == nullptr || found->loop != found->opcode->loops[0]) continue;
      const RowStep product = *found;
      use(output.reg, -1);
      output.reg = product.a;
      output.by = product.b >= 0 ? product.b : product.a;
      use(output.reg, 1);
      use(output.by, 1);
      return remove(product);
    }
  }

  RowProgram& program_;
  std::vector<int> maker_, uses_;
  std::vector<bool> gone_;
};

}  // namespace

void combine_steps(RowProgram* program) { Combiner(program).run(); }

}  // namespace adamqlr
