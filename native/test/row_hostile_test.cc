// Row programs that must be rejected, and thousands of damaged ones that must be rejected or run within their memory.
#include "row_builder.h"

namespace adamqlr::test {
namespace {

const Program kGood{
    {kElement, kRow, kColumn, kScalar},
    {kElement, kRow, kScalar},
    {{0, kF32}, {1, kF32}, {0, kF32}, {0, kF32}, {0, kF32}, {0, kF32}, {1, kF32}, {0, kBool}, {0, kF32}, {0, kF64}},
    {8, 6, 4},
    {{"add", 4, 0, 2}, {"spread", 5, 1}, {"rowMax", 6, 4}, {"lt", 7, 4, 5}, {"select", 8, 7, 0, 3}, {"cast", 9, 8}}};

Status prepare(const Instruction& row, int inputs, int outputs) {
  std::unique_ptr<Prepared> prepared;
  return cpu_backend().find("row")->prepare({row.ints, row.reals, row.names}, inputs, outputs, &prepared);
}

Status prepare(const Program& p) {
  return prepare(encode(p), static_cast<int>(p.inputs.size()) + 1, static_cast<int>(p.outputs.size()));
}

/// The good program with one change.
template <typename Change>
Status changed(const Change& change) {
  Program p = kGood;
  change(p);
  return prepare(p);
}

const Program kSums{{kElement, kColumn, kRow},
                    {kColumn, kColumn, kRow},
                    {{0, kF32}, {0, kF32}, {1, kF32}, {2, kF32}, {2, kF32}, {1, kF32}},
                    {3, 4, 5},
                    {{"columnSum", 3, 0}, {"columnDot", 4, 0, 2}, {"rowDot", 5, 0, 1}}};

void test_rejected_sums() {
  const auto changed_sums = [](auto change) {
    Program p = kSums;
    change(p);
    return prepare(p);
  };
  CHECK_OK(prepare(kSums));
  CHECK_ERROR("column outputs to store", changed_sums([](Program& p) { p.stored[0] = 0; }));
  CHECK_ERROR("column outputs to store", changed_sums([](Program& p) { p.outputs[1] = kScalar; }));
  CHECK_ERROR("column registers as results",
              changed_sums([](Program& p) { p.registers[3].first = 0, p.outputs[0] = 0; }));
  CHECK_ERROR("row register as result", changed_sums([](Program& p) { p.registers[5].first = 0, p.outputs[2] = 0; }));
  CHECK_ERROR("right kind", changed_sums([](Program& p) { p.steps[0].a = 2; }));
  CHECK_ERROR("right kind", changed_sums([](Program& p) { p.steps[1].b = 1; }));
  CHECK_ERROR("right kind", changed_sums([](Program& p) { p.steps[2].b = 2; }));
  CHECK_ERROR("right kind", changed_sums([](Program& p) { p.steps[2].b = 4; }));
  CHECK_ERROR("opcode that exists", changed_sums([](Program& p) { p.registers[3].second = kF64; }));
  // Column registers are no operands, and only sums write them.
  CHECK_ERROR("column registers as results", changed_sums([](Program& p) { p.steps[1] = {"neg", 4, 3}; }));
  CHECK_ERROR("column registers as results", changed_sums([](Program& p) { p.steps[1] = {"fill", 4}; }));
  CHECK_ERROR("column registers as results", changed_sums([](Program& p) { p.steps[1] = {"rowIndex", 4}; }));
  CHECK_ERROR("element register as result", changed_sums([](Program& p) { p.steps[1] = {"spread", 4, 2}; }));
}

void test_rejected_programs() {
  CHECK_OK(prepare(kGood));
  CHECK_ERROR("input mode", changed([](Program& p) { p.inputs[0] = 5; }));
  CHECK_ERROR("output mode", changed([](Program& p) { p.outputs[0] = 4; }));
  CHECK_ERROR("output mode", changed([](Program& p) { p.outputs[0] = -1; }));
  CHECK_ERROR("register kind", changed([](Program& p) { p.registers[0].first = 3; }));
  CHECK_ERROR("register of its kind", changed([](Program& p) { p.registers[3].first = 2; }));
  CHECK_ERROR("register of its kind", changed([](Program& p) { p.inputs[1] = kStack; }));
  CHECK_ERROR("stacks of numbers", changed([](Program& p) { p.inputs[0] = kStack, p.registers[0].second = kBool; }));
  CHECK_ERROR("register dtype", changed([](Program& p) { p.registers[4].second = static_cast<DType>(5); }));
  CHECK_ERROR("register of its kind", changed([](Program& p) { p.registers[0].first = 1; }));
  CHECK_ERROR("register of its kind", changed([](Program& p) { p.registers[1].first = 0; }));
  CHECK_ERROR("row output to store a row register", changed([](Program& p) { p.stored[1] = 8; }));
  CHECK_ERROR("element output to store an element register", changed([](Program& p) { p.stored[0] = 6; }));
  CHECK_ERROR("column outputs to store column registers", changed([](Program& p) { p.outputs[0] = kColumn; }));
  CHECK_ERROR("output register", changed([](Program& p) { p.stored[0] = 10; }));
  CHECK_ERROR("output register to be written",
              changed([](Program& p) { p.registers.emplace_back(0, kF32), p.stored[0] = 10; }));
  CHECK_ERROR("destination register", changed([](Program& p) { p.steps[0].dst = 3; }));
  CHECK_ERROR("destination register", changed([](Program& p) { p.steps[0].dst = 10; }));
  CHECK_ERROR("written once", changed([](Program& p) { p.steps[1].dst = 4; }));
  CHECK_ERROR("before they are read", changed([](Program& p) { p.steps[0].a = 5; }));
  CHECK_ERROR("before they are read", changed([](Program& p) { p.steps[0].b = 4; }));
  CHECK_ERROR("operands to be registers", changed([](Program& p) { p.steps[0].a = -1; }));
  CHECK_ERROR("operands to be registers", changed([](Program& p) { p.steps[4].c = 99; }));
  CHECK_ERROR("'nonsense'", changed([](Program& p) { p.steps[0].opcode = "nonsense"; }));
  CHECK_ERROR("right kind", changed([](Program& p) { p.steps[0].b = 1; }));
  CHECK_ERROR("right kind", changed([](Program& p) { p.steps[1].a = 0; }));
  CHECK_ERROR("opcode that exists", changed([](Program& p) { p.registers[4].second = kF64; }));
  CHECK_ERROR("opcode that exists", changed([](Program& p) { p.steps[5].opcode = "exp"; }));
  CHECK_ERROR("operands of one dtype", changed([](Program& p) { p.steps[4].a = 0; }));
  CHECK_ERROR("row register as result", changed([](Program& p) { p.registers[6].first = 0, p.stored[1] = 1; }));
  CHECK_ERROR("element register as result", changed([](Program& p) { p.registers[5].first = 1; }));
  test_rejected_sums();
  Instruction fill = encode({{}, {kScalar}, {{0, kF64}}, {0}, {{"fill", 0, -1, -1, -1, 1.0}}});
  CHECK_OK(prepare(fill, 1, 1));
  fill.reals.clear();
  CHECK_ERROR("index of a real", prepare(fill, 1, 1));
  Instruction row = encode(kGood);
  CHECK_ERROR("input", prepare(row, 0, 3));
  row.ints.push_back(0);
  CHECK_ERROR("no integers after", prepare(row, 5, 3));
  row = encode(kGood);
  for (size_t size = 0; size < row.ints.size(); ++size) {
    Instruction cut = row;
    cut.ints.resize(size);
    CHECK(!prepare(cut, 5, 3));
  }
  row.ints[7] = INT64_MAX;  // the register count
  CHECK_ERROR("register count", prepare(row, 5, 3));
}

void test_rejected_shapes() {
  const Instruction row = encode(kGood);
  const Tensor shape = space(6, 4), x(kF32, {6, 4}), r(kF32, {6}), c(kF32, {4}), s(kF64, {}), wide(kF64, {6, 4}),
               count(kI32, {}), wide_c(kF64, {4});
  const auto reject = [&](std::vector<const Tensor*> in, std::vector<const Tensor*> out) {
    return invoke(row, views(in), views(out), 1, false);
  };
  CHECK_OK(reject({&shape, &x, &r, &c, &s}, {&x, &r, &s}));
  CHECK_ERROR("input of 24 elements", reject({&shape, &r, &r, &c, &s}, {&x, &r, &s}));
  CHECK_ERROR("input of 6 elements", reject({&shape, &x, &c, &c, &s}, {&x, &r, &s}));
  CHECK_ERROR("input of 4 elements", reject({&shape, &x, &r, &r, &s}, {&x, &r, &s}));
  CHECK_ERROR("input of 1 elements", reject({&shape, &x, &r, &c, &c}, {&x, &r, &s}));
  CHECK_ERROR("output of 24 elements", reject({&shape, &x, &r, &c, &s}, {&r, &r, &s}));
  CHECK_ERROR("output of 1 elements", reject({&shape, &x, &r, &c, &s}, {&x, &r, &wide}));
  CHECK_ERROR("sums to be floats", reject({&shape, &x, &r, &c, &s}, {&x, &r, &count}));
  CHECK_ERROR("register's dtype", reject({&shape, &wide, &r, &c, &s}, {&x, &r, &s}));
  CHECK_ERROR("register's dtype", reject({&shape, &x, &r, &c, &s}, {&wide, &r, &s}));
  CHECK_ERROR("shape tensor", reject({&r, &x, &r, &c, &s}, {&x, &r, &s}));
  View huge = shape.view(), long_x = x.view(), long_r = r.view(), long_c = c.view();
  huge.dims[0] = 1, huge.dims[1] = long_x.dims[1] = long_c.dims[0] = int64_t{1} << 46;
  long_x.dims[0] = long_r.dims[0] = 1;
  CHECK_ERROR("1 TB", invoke(row, {huge, long_x, long_r, long_c, s.view()}, {long_x, long_r, s.view()}, 1, false));
  const Instruction columns = encode({{kElement}, {kColumn}, {{0, kF32}, {2, kF32}}, {1}, {{"columnSum", 1, 0}}});
  CHECK_OK(invoke(columns, views({&shape, &x}), views({&c}), 1, false));
  CHECK_ERROR("output of 4 elements", invoke(columns, views({&shape, &x}), views({&r}), 1, false));
  CHECK_ERROR("register's dtype", invoke(columns, views({&shape, &x}), views({&wide_c}), 1, false));
  const Instruction stack = encode({{kStack}, {kElement}, {{0, kF32}, {0, kF32}}, {1}, {{"neg", 1, 0}}});
  const Tensor three(kF32, {3, 6, 4}), none(kF32, {0, 6, 4}), odd(kF32, {25}), nothing = space(0, 4),
               empty(kF32, {0, 4});
  CHECK_OK(invoke(stack, views({&shape, &three}), views({&x}), 1, false));
  CHECK_OK(invoke(stack, views({&shape, &none}), views({&x}), 1, false));
  CHECK_OK(invoke(stack, views({&nothing, &empty}), views({&empty}), 1, false));
  CHECK_ERROR("several times 24 elements", invoke(stack, views({&shape, &odd}), views({&x}), 1, false));
  CHECK_ERROR("several times 0 elements", invoke(stack, views({&nothing, &odd}), views({&empty}), 1, false));
  CHECK_ERROR("register's dtype", invoke(stack, views({&shape, &wide}), views({&x}), 1, false));
  CHECK_ERROR("1 TB", invoke(columns, {huge, long_x}, {long_c}, 1, false));
}

/// Damages attributes of a valid program at random; what is still accepted must stay within exactly sized memory.
void test_damaged_programs(const Program& good, uint64_t seed) {
  Numbers numbers(seed);
  const char* const opcodes[] = {"add",  "select", "spread", "rowSum", "rowMax", "columnIndex",
                                 "fill", "cast",   "exp",    "lt",     "and",    "rowIndex",
                                 "not",  "div",    "rowDot", "columnDot", "columnSum"};
  const int inputs = static_cast<int>(good.inputs.size()), outputs = static_cast<int>(good.outputs.size());
  int accepted = 0;
  for (int round = 0; round < 30000; ++round) {
    Instruction row = encode(good);
    row.reals = {1.5};
    const int64_t damages = 1 + numbers.below(4);
    for (int64_t i = 0; i < damages; ++i) {
      if (numbers.below(4) == 0)
        row.names[static_cast<size_t>(numbers.below(static_cast<int64_t>(row.names.size())))] =
            opcodes[numbers.below(17)];
      else
        row.ints[static_cast<size_t>(numbers.below(static_cast<int64_t>(row.ints.size())))] =
            numbers.below(10) == 0 ? static_cast<int64_t>(numbers.bits()) : numbers.below(12) - 1;
    }
    if (!prepare(row, inputs + 1, outputs)) continue;
    // Operands of the size and dtype the damaged program asks for.
    const int64_t rows = 1 + numbers.below(5), cols = 1 + numbers.below(40);
    const auto operand = [&](int64_t mode, int64_t dtype) {
      return Tensor(mode == kScalar ? kF64 : static_cast<DType>(dtype), {mode == kElement  ? rows * cols
                                                                         : mode == kStack  ? rows * cols * (round % 4)
                                                                         : mode == kRow    ? rows
                                                                         : mode == kColumn ? cols
                                                                                           : 1});
    };
    const auto number = [&](int64_t i) { return row.ints[static_cast<size_t>(i)]; };
    const int64_t kinds = inputs + outputs + 1, registers = number(kinds - 1);
    std::vector<Tensor> tensors;
    for (int i = 0; i < inputs; ++i) tensors.push_back(operand(number(i), number(kinds + 1 + 2 * i)));
    for (int i = 0; i < outputs; ++i)
      tensors.push_back(operand(number(inputs + i), number(kinds + 1 + 2 * number(kinds + 2 * registers + i))));
    const Tensor shape = space(rows, cols);
    std::vector<View> in = views({&shape}), out;
    for (Tensor& tensor : tensors) {
      std::memset(static_cast<void*>(tensor.data()), 0, static_cast<size_t>(tensor.bytes()));
      (static_cast<int>(in.size()) <= inputs ? in : out).push_back(tensor.view());
    }
    CHECK_OK(invoke(row, in, out, 2));
    ++accepted;
  }
  CHECK(accepted > 100);
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  test_rejected_programs();
  test_rejected_shapes();
  test_damaged_programs(kGood, 99);
  test_damaged_programs(kSums, 100);
  return finish("row_hostile");
}
