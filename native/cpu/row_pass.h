#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "../core/view.h"
#include "x64_assembler.h"

namespace adamqlr {

struct RowProgram;
struct RowStep;

/// Steps of a row program as one loop over a tile, in machine code made for them: values that only these steps use
/// never leave the vector registers (row_passes.cc says which steps go together, row_pass_writer.h how they become code).
struct RowPass {
  /// Over `rows` rows of `cols` values each; leaves the sums in `totals`.
  using Code = void (*)(std::byte* const* registers, int64_t rows, int64_t cols, double* totals);
  static constexpr size_t kMaxTotals = 8;

  std::vector<RowStep> steps;
  std::vector<int> reads, writes;  // registers in memory
  std::vector<int> totals;         // outputs that are sums over everything
  bool by_column = false;          // down the rows of some columns, then of the next ones: sums over rows stay in registers
  bool flat = false;               // rows and columns do not matter: one long row
  bool of_rows = false;            // over values of rows
  Code code = nullptr;
};

/// What a pass knows to do at the dtype of its lanes.
enum class PassOp : uint8_t {
  kAdd, kSub, kMul, kDiv, kSqrt, kNeg, kAbs, kSquare, kReciprocal, kRelu, kCompare, kAnd, kOr, kNot, kSelect, kCopy,
  kSpread, kFromInt, kFromByte, kRowDot, kColumnSum, kColumnDot
};

/// The operation of a step, if a pass over lanes of this dtype can have it.
std::optional<PassOp> pass_op(const RowProgram& program, const RowStep& step, DType lanes);

/// Machine code of a pass, behind what `assembler` holds; false if it needs more registers than there are.
bool write_pass(const RowProgram& program, const RowPass& pass, DType lanes, Assembler* assembler);

/// Replaces steps by passes where the machine has AVX-512 and lets a process make code.
void make_passes(RowProgram* program);

}  // namespace adamqlr
