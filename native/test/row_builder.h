#pragma once
#include "kernel_call.h"

namespace adamqlr::test {

constexpr DType kF32 = DType::kFloat32, kF64 = DType::kFloat64, kI32 = DType::kInt32, kU8 = DType::kUint8,
                kBool = DType::kBool;
enum : int64_t { kElement, kRow, kColumn, kScalar, kStack };

/// One instruction of a row program; operands are registers.
struct Step {
  const char* opcode;
  int64_t dst, a = -1, b = -1, c = -1;
  double real = 0;
};

/// A row program by its parts, in the order of the attributes.
struct Program {
  std::vector<int64_t> inputs, outputs;
  std::vector<std::pair<int64_t, DType>> registers;  // kind, dtype
  std::vector<int64_t> stored;
  std::vector<Step> steps;
};

/// The attributes of kernel `row`; one name and, for fill, one real per step.
inline Instruction encode(const Program& program) {
  Instruction row{"row"};
  row.ints = program.inputs;
  row.ints.insert(row.ints.end(), program.outputs.begin(), program.outputs.end());
  row.ints.push_back(static_cast<int64_t>(program.registers.size()));
  for (const auto& [kind, dtype] : program.registers)
    row.ints.insert(row.ints.end(), {kind, static_cast<int64_t>(dtype)});
  row.ints.insert(row.ints.end(), program.stored.begin(), program.stored.end());
  row.ints.push_back(static_cast<int64_t>(program.steps.size()));
  for (const Step& step : program.steps) {
    const bool fills = std::string(step.opcode) == "fill";
    row.ints.insert(row.ints.end(), {static_cast<int64_t>(row.names.size()), step.dst, step.a, step.b, step.c,
                                     fills ? static_cast<int64_t>(row.reals.size()) : -1});
    row.names.push_back(step.opcode);
    if (fills) row.reals.push_back(step.real);
  }
  return row;
}

/// The shape tensor of an iteration space.
inline Tensor space(int64_t rows, int64_t cols) { return Tensor(kBool, {rows, cols}); }

/// Spaces in which tiles are empty, rows, parts of rows, or everything.
struct Space {
  int64_t rows, cols;
};
constexpr Space kSpaces[] = {{0, 5},    {5, 0},      {0, 0},    {1, 1},    {7, 3},    {1, 64},  {33, 50},
                             {3, 5000}, {2, 100001}, {3000, 1}, {700, 10}, {2049, 2}, {5, 2048}};

}  // namespace adamqlr::test
