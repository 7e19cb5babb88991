#include <algorithm>
#include <string>

#include "operands.h"
#include "row_program.h"

namespace adamqlr {
namespace {

constexpr int64_t kMaxRegisters = 4096;
constexpr int64_t kMaxSteps = 16384;

std::string quoted(std::string_view name) { return std::string("'").append(name).append("'"); }

/// Reads the attributes of one program and builds it; the first rule broken stays as `status`.
class RowReader {
 public:
  RowReader(const Attributes& attributes, int inputs, int outputs, RowProgram* program)
      : attributes_(attributes), inputs_(inputs - 1), outputs_(outputs), program_(*program) {}

  Status read() {
    if (inputs_ < 0) fail("a shape tensor as first input", "no inputs");
    read_modes();
    read_registers();
    read_outputs();
    const int64_t steps = next(0, kMaxSteps, "an instruction count");
    for (int64_t i = 0; i < steps && good_; ++i) read_step();
    if (good_ && at_ != attributes_.ints.size())
      fail("no integers after the last instruction", std::to_string(attributes_.ints.size() - at_));
    finish_outputs();
    return good_ ? Status::ok() : status_;
  }

 private:
  void fail(std::string_view what, std::string_view got) {
    if (good_) status_ = expected("row", what, got);
    good_ = false;
  }

  int64_t next(int64_t low, int64_t high, const char* what) {
    if (!good_) return low;
    if (at_ >= attributes_.ints.size()) return fail(what, "the end of the program"), low;
    const int64_t value = attributes_.ints[at_++];
    if (value >= low && value <= high) return value;
    fail(std::string(what) + " in [" + std::to_string(low) + ", " + std::to_string(high) + "]", std::to_string(value));
    return low;
  }

  void read_modes() {
    for (int i = 0; i < inputs_ && good_; ++i)
      program_.inputs.push_back({static_cast<RowMode>(next(0, 4, "an input mode")), false, false});
    for (int i = 0; i < outputs_ && good_; ++i) {
      program_.outputs.push_back({static_cast<RowMode>(next(0, 3, "an output mode")), 0});
    }
  }

  void read_registers() {
    const int64_t count = next(inputs_ < 0 ? 0 : inputs_, kMaxRegisters, "a register count");
    for (int64_t i = 0; i < count && good_; ++i) {
      RowRegister reg{};
      reg.kind = static_cast<RegisterKind>(next(0, 2, "a register kind"));
      reg.dtype = static_cast<DType>(next(0, kDTypeCount - 1, "a register dtype"));
      if (i < inputs_) {
        const RowMode mode = program_.inputs[i].mode;
        reg.defined = true;
        reg.uniform = mode == RowMode::kScalar;
        const bool sums = reg.kind == RegisterKind::kColumn;
        if (sums || (!reg.uniform && (reg.kind == RegisterKind::kRow) != (mode == RowMode::kRow))) {
          fail("input " + std::to_string(i) + " to load into a register of its kind", "another kind");
        }
        if (mode == RowMode::kStack && reg.dtype == DType::kBool) fail("stacks of numbers", "bool");
        if (mode == RowMode::kColumn) program_.uses_rows = true;
      }
      if (reg.kind == RegisterKind::kRow) program_.uses_rows = true;
      program_.registers.push_back(reg);
    }
  }

  void read_outputs() {
    for (RowOutput& output : program_.outputs) {
      output.reg = static_cast<int>(next(0, static_cast<int64_t>(program_.registers.size()) - 1, "an output register"));
      if (!good_) return;
      const RegisterKind kind = program_.registers[output.reg].kind;
      if (output.mode == RowMode::kElement && kind != RegisterKind::kElement)
        fail("an element output to store an element register", "another kind");
      if (output.mode == RowMode::kRow && kind != RegisterKind::kRow)
        fail("a row output to store a row register", "another kind");
      if ((output.mode == RowMode::kColumn) != (kind == RegisterKind::kColumn))
        fail("column outputs to store column registers, and no others", "another kind");
      if (output.mode == RowMode::kRow) program_.whole_rows = true;
    }
  }

  /// An operand register, which must have been written; null after a failure.
  const RowRegister* operand(int64_t index) {
    if (!good_) return nullptr;
    if (index < 0 || index >= static_cast<int64_t>(program_.registers.size())) {
      return fail("operands to be registers", std::to_string(index)), nullptr;
    }
    const RowRegister& reg = program_.registers[index];
    if (!reg.defined)
      return fail("operands written before they are read", "register " + std::to_string(index)), nullptr;
    return &reg;
  }

  void read_step() {
    const int64_t name_index = next(0, static_cast<int64_t>(attributes_.names.size()) - 1, "an opcode index");
    const int64_t dst = next(inputs_, static_cast<int64_t>(program_.registers.size()) - 1, "a destination register");
    constexpr int64_t kAny = int64_t{1} << 40;
    int64_t operands[3];
    for (int64_t& index : operands) index = next(-kAny, kAny, "an operand");
    const int64_t real = next(-kAny, kAny, "a real");
    if (!good_) return;
    const std::string& name = attributes_.names[name_index];
    const RowRegister& result = program_.registers[dst];
    if (result.defined) return fail("registers to be written once", "register " + std::to_string(dst) + " again");
    const int first = name == "select" ? 1 : 0;
    const bool nullary = name == "fill" || name == "columnIndex" || name == "rowIndex";
    const RowRegister* value = nullary ? &result : operand(operands[first]);
    if (value == nullptr) return;
    // Comparisons have a dtype of operands and the result bool; everything else is found by both dtypes.
    const Opcode* opcode = find_opcode(name, value->dtype, result.dtype);
    if (opcode == nullptr)
      return fail("an opcode that exists for the dtypes of its registers", quoted(name.substr(0, 40)));
    lower(*opcode, static_cast<int>(dst), operands, real);
  }

  static bool to_row(Form form) { return form == Form::kRowReduce || form == Form::kRowDot; }
  static bool to_column(Form form) { return form == Form::kColumnReduce || form == Form::kColumnDot; }

  static int operand_count(Form form) {
    switch (form) {
      case Form::kUnary:
      case Form::kSpread:
      case Form::kRowReduce:
      case Form::kColumnReduce:
        return 1;
      case Form::kBinary:
      case Form::kRowDot:
      case Form::kColumnDot:
        return 2;
      case Form::kSelect:
        return 3;
      default:
        return 0;
    }
  }

  static RegisterKind operand_kind(Form form, int operand, RegisterKind result) {
    switch (form) {
      case Form::kSpread:
        return RegisterKind::kRow;
      case Form::kRowReduce:
      case Form::kRowDot:
      case Form::kColumnReduce:
        return RegisterKind::kElement;
      case Form::kColumnDot:
        return operand == 0 ? RegisterKind::kElement : RegisterKind::kRow;
      default:
        return result;
    }
  }

  bool check_kinds(const Opcode& opcode, const RowRegister& result, const int64_t* operands) {
    const int count = operand_count(opcode.form);
    for (int i = 0; i < count; ++i) {
      const RowRegister* reg = operand(operands[i]);
      if (reg == nullptr) return false;
      const DType dtype = opcode.form == Form::kSelect && i == 0 ? DType::kBool : opcode.operand;
      if (reg->dtype != dtype) return fail("operands of one dtype", quoted(opcode.name) + " of several"), false;
      if (reg->kind != operand_kind(opcode.form, i, result.kind))
        return fail("operands of the right kind", quoted(opcode.name) + " of another"), false;
    }
    const bool to_element = opcode.form == Form::kSpread || opcode.form == Form::kColumnIndex;
    if (to_element && result.kind != RegisterKind::kElement)
      return fail("an element register as result", "another kind"), false;
    if (to_row(opcode.form) && result.kind != RegisterKind::kRow)
      return fail("a row register as result", "another kind"), false;
    if (to_column(opcode.form) != (result.kind == RegisterKind::kColumn))
      return fail("column registers as results of column sums, and of nothing else", quoted(opcode.name)), false;
    return true;
  }

  /// Emits one instruction: once per chunk if all it reads is uniform, else per tile with uniform operands in place.
  void lower(const Opcode& opcode, int dst, const int64_t* operands, int64_t real_index) {
    const RowRegister result = program_.registers[dst];
    if (!check_kinds(opcode, result, operands)) return;
    double real = 0;
    if (opcode.form == Form::kFill) {
      if (real_index < 0 || real_index >= static_cast<int64_t>(attributes_.reals.size()))
        return fail("the index of a real", std::to_string(real_index));
      real = attributes_.reals[real_index];
    }
    const int count = operand_count(opcode.form);
    int registers[3] = {-1, -1, -1};
    const bool reduces = to_row(opcode.form) || to_column(opcode.form);
    bool uniform = !reduces && opcode.form != Form::kColumnIndex && opcode.form != Form::kRowIndex;
    for (int i = 0; i < count; ++i) {
      registers[i] = static_cast<int>(operands[i]);
      uniform = uniform && program_.registers[registers[i]].uniform;
    }
    const bool elementwise =
        opcode.form == Form::kUnary || opcode.form == Form::kBinary || opcode.form == Form::kSelect;
    if (!elementwise && opcode.form != Form::kFill) program_.uses_rows = true;
    if (to_row(opcode.form)) program_.whole_rows = true;
    program_.registers[dst].defined = true;
    program_.registers[dst].uniform = uniform;
    if (uniform) {
      // spread of one value is that value: any elementwise copy does.
      const Loop loop =
          opcode.form == Form::kSpread ? row_loops().repeat[static_cast<int>(opcode.operand)] : opcode.loops[0];
      program_.uniform_steps.push_back({loop, dst, registers[0], registers[1], registers[2], real, true, false, &opcode});
      return;
    }
    if (result.kind == RegisterKind::kColumn) {
      program_.registers[dst].slot = program_.column_registers++;
      program_.sums_over_rows.push_back(dst);
    }
    const Loop loop = reduces ? reducing_loop(opcode, count, registers) : loop_for(opcode, count, registers);
    program_.steps.push_back({loop, dst, registers[0], registers[1], registers[2], real, elementwise,
                              reads_one_row(opcode, registers[1]), &opcode});
  }

  /// The loop that takes uniform operands as they are, or else the plain one, with such operands repeated.
  Loop loop_for(const Opcode& opcode, int count, int* registers) {
    const int first = opcode.form == Form::kSelect ? 1 : 0;
    if (first == 1) registers[0] = repeated(registers[0]);
    int mask = 0;
    for (int i = first; i < count; ++i) mask |= program_.registers[registers[i]].uniform ? 1 << (i - first) : 0;
    if (opcode.loops[mask] != nullptr) return opcode.loops[mask];
    for (int i = first; i < count; ++i) registers[i] = repeated(registers[i]);
    return opcode.loops[0];
  }

  Loop reducing_loop(const Opcode& opcode, int count, int* registers) {
    for (int i = 0; i < count; ++i) registers[i] = repeated(registers[i]);
    return opcode.loops[reads_one_row(opcode, registers[1]) ? 1 : 0];
  }

  bool reads_one_row(const Opcode& opcode, int b) const {
    return opcode.form == Form::kRowDot && b < inputs_ && program_.inputs[b].mode == RowMode::kColumn;
  }

  /// The register itself, or for a uniform one a register that holds its value in every place.
  int repeated(int index) {
    const RowRegister reg = program_.registers[index];
    if (!reg.uniform) return index;
    RowRegister copy{};
    copy.kind = reg.kind;
    copy.dtype = reg.dtype;
    copy.defined = true;
    program_.registers.push_back(copy);
    const int dst = static_cast<int>(program_.registers.size()) - 1;
    program_.steps.push_back({row_loops().repeat[static_cast<int>(reg.dtype)], dst, index, -1, -1, 0, false});
    return dst;
  }

  void finish_outputs() {
    if (!good_) return;
    std::vector<bool> taken(program_.registers.size() + program_.outputs.size(), false);
    for (RowOutput& output : program_.outputs) {
      if (!program_.registers[output.reg].defined)
        return fail("every output register to be written", "register " + std::to_string(output.reg));
      output.reg = repeated(output.reg);
      if (output.mode == RowMode::kScalar) output.sum = static_cast<int>(program_.scalar_sums++);
      if (is_sum(output.mode)) continue;
      if (output.reg < inputs_) {
        program_.inputs[output.reg].stored = true;
      } else if (!taken[output.reg]) {
        taken[output.reg] = output.direct = true;
      }
    }
  }

  const Attributes& attributes_;
  const int inputs_, outputs_;
  RowProgram& program_;
  size_t at_ = 0;
  bool good_ = true;
  Status status_ = Status::ok();
};

/// When each register is written and read last, and which columns are wanted as tiles.
void trace_uses(RowProgram* program) {
  const int inputs = static_cast<int>(program->inputs.size());
  const auto read = [&](int reg, int when, bool one_row) {
    if (reg < 0) return;
    program->registers[static_cast<size_t>(reg)].last_read = when;
    if (reg < inputs && !one_row) program->inputs[static_cast<size_t>(reg)].repeated = true;
  };
  for (int number = 0; number < static_cast<int>(program->steps.size()); ++number) {
    const RowStep& step = program->steps[static_cast<size_t>(number)];
    for (const int reg : results(step)) program->registers[static_cast<size_t>(reg)].written = number;
    const auto one_row = [&](int reg) { return step.pass != nullptr || (step.one_row && reg == step.b && reg != step.a); };
    for (const int reg : operands(step)) read(reg, number, one_row(reg));
  }
  for (const RowOutput& output : program->outputs) {
    if (!output.in_pass) read(output.reg, kAlways, false);
    read(output.by, kAlways, false);
  }
}

/// Tile memory for registers, reused after their last reading; one free list per element size and kind.
class SlotPlanner {
 public:
  explicit SlotPlanner(RowProgram* program) : program_(*program) {}

  void plan() {
    for (size_t i = 0; i < program_.inputs.size(); ++i) {
      const RowInput& input = program_.inputs[i];
      const bool made = input.mode == RowMode::kStack || (input.mode == RowMode::kColumn && input.repeated);
      if (made || input.stored) take(program_.registers[i]);  // kept for the whole chunk
    }
    for (int step = 0; step < static_cast<int>(program_.steps.size()); ++step) plan_step(step);
  }

 private:
  std::vector<int64_t>& free_list(const RowRegister& reg) {
    const int64_t size = size_of(reg.dtype);
    return free_[reg.kind == RegisterKind::kRow][size == 8 ? 2 : size == 4 ? 1 : 0];
  }

  void take(RowRegister& reg) {
    std::vector<int64_t>& free = free_list(reg);
    if (!free.empty()) {
      reg.slot = free.back();
      free.pop_back();
      return;
    }
    int64_t& bytes = reg.kind == RegisterKind::kRow ? program_.row_bytes : program_.element_bytes;
    reg.slot = bytes;
    bytes += size_of(reg.dtype);
  }

  void plan_step(int number) {
    const RowStep& step = program_.steps[number];
    const auto release = [&] {
      const std::vector<int> read = operands(step);
      for (size_t i = 0; i < read.size(); ++i) {
        const auto here = read.begin() + static_cast<std::ptrdiff_t>(i);
        const bool again = std::find(read.begin(), here, read[i]) != here;
        if (read[i] < static_cast<int>(program_.inputs.size()) || again) continue;
        const RowRegister& reg = program_.registers[static_cast<size_t>(read[i])];
        if (!reg.uniform && reg.last_read == number) free_list(reg).push_back(reg.slot);
      }
    };
    if (step.elementwise) release();  // the results may take the place of operands
    for (const int reg : results(step)) {
      RowRegister& result = program_.registers[static_cast<size_t>(reg)];
      if (result.kind != RegisterKind::kColumn) take(result);
    }
    if (!step.elementwise) release();
    // A result nobody reads is free again at once.
    for (const int reg : results(step)) {
      RowRegister& result = program_.registers[static_cast<size_t>(reg)];
      if (result.kind != RegisterKind::kColumn && result.last_read == kNever) free_list(result).push_back(result.slot);
    }
  }

  RowProgram& program_;
  std::vector<int64_t> free_[2][3];
};

/// A thread has the pointers to its registers, the values of the uniform ones, and tile memory for those of elements and rows.
void place_registers(RowProgram* program) {
  const auto count = static_cast<int64_t>(program->registers.size());
  const int64_t uniforms = RowProgram::kPointers + (8 * count + 63) / 64 * 64;
  program->elements_begin = uniforms + (8 * count + 63) / 64 * 64;
  for (int64_t i = 0; i < count; ++i) {
    const RowRegister& reg = program->registers[static_cast<size_t>(i)];
    const bool in_tile = !reg.uniform && reg.kind != RegisterKind::kColumn && reg.slot != kNever;
    if (!in_tile)
      program->places.push_back({uniforms + 8 * i, 0, 0});
    else if (reg.kind == RegisterKind::kRow)
      program->places.push_back({program->elements_begin, program->element_bytes, reg.slot});
    else
      program->places.push_back({program->elements_begin, reg.slot, 0});
  }
}

}  // namespace

std::vector<int> operands(const RowStep& step) {
  if (step.pass != nullptr) return step.pass->reads;
  std::vector<int> registers;
  for (const int reg : {step.a, step.b, step.c}) {
    if (reg >= 0) registers.push_back(reg);
  }
  return registers;
}

std::vector<int> results(const RowStep& step) { return step.pass != nullptr ? step.pass->writes : std::vector{step.dst}; }

Status prepare_row_program(const Attributes& attributes, int inputs, int outputs, std::unique_ptr<Prepared>* prepared) {
  auto program = std::make_unique<RowProgram>();
  if (Status status = RowReader(attributes, inputs, outputs, program.get()).read(); !status) return status;
  make_passes(program.get());
  combine_steps(program.get());
  trace_uses(program.get());
  SlotPlanner(program.get()).plan();
  place_registers(program.get());
  // Short tiles for programs that keep many values alive, so that they stay in the first-level cache.
  program->tile_elements = program->element_bytes <= 48 ? 8192 : 1024;
  for (int from = 0; from < kDTypeCount; ++from) {
    const Opcode* add = find_opcode("add", static_cast<DType>(from), static_cast<DType>(from));
    program->adds[from] = add == nullptr ? nullptr : add->loops[0];
    for (int to = 0; to < kDTypeCount; ++to) {
      program->casts[from][to] = find_opcode("cast", static_cast<DType>(from), static_cast<DType>(to));
    }
  }
  *prepared = std::move(program);
  return Status::ok();
}

}  // namespace adamqlr
