#pragma once
#include <vector>

#include "../core/kernel.h"
#include "code_memory.h"
#include "row_opcodes.h"
#include "row_pass.h"

namespace adamqlr {

/// How an operand of a row program spans the space [rows, cols].
/// A stack holds several values per element; their sum is what an input of this mode loads.
enum class RowMode : uint8_t { kElement = 0, kRow = 1, kColumn = 2, kScalar = 3, kStack = 4 };

/// Whether an output adds up over the space: sums are stored when all tiles are done, other values tile by tile.
constexpr bool is_sum(RowMode output) { return output == RowMode::kColumn || output == RowMode::kScalar; }

/// A column register adds up over the tiles of a chunk, one float64 per column, and is only stored.
enum class RegisterKind : uint8_t { kElement = 0, kRow = 1, kColumn = 2 };

constexpr int kNever = -1;
constexpr int kAlways = 1 << 30;

/// A register, written once. A uniform one holds a single value for the whole space and costs nothing per tile.
struct RowRegister {
  RegisterKind kind;
  DType dtype;
  bool uniform = false;
  bool defined = false;
  int written = kNever;  // tile step that writes it; kNever for inputs and uniform registers
  int last_read =
      kNever;             // last tile step that reads it; kAlways when an output or a sum reads it at the end of a tile
  int64_t slot = kNever;  // byte offset, in units of one value, of its tile memory; kNever when it needs none; the
                          // number of a column register
};

struct RowStep {
  Loop loop;
  int dst, a, b, c;  // registers, -1 where unused
  double real;
  bool elementwise;  // reads value i of each operand before it writes value i, and nothing else
  bool one_row = false;           // reads the one row of b
  const Opcode* opcode = nullptr;  // null where the step is not that of one opcode
  const RowPass* pass = nullptr;   // in place of all the above
};

struct RowInput {
  RowMode mode;
  bool stored;  // also the register of an element or row output: moved to a slot first when some output overlaps its
                // memory
  bool repeated;  // a column that is wanted as a tile of rows; otherwise its one row will do
};

struct RowOutput {
  RowMode mode;
  int reg;
  int sum = 0;      // of a sum over everything: its number
  int by = kNever;  // of a sum over products: the register of the other factor
  bool direct = false;  // the step that computes the register may write the output itself, where memory allows
  bool in_pass = false;  // of a sum over everything: a pass adds it up
};

/// Where in a thread's memory a register is: fixed + per_element * (values of a tile) + per_row * (rows of a tile).
struct TilePlace {
  int64_t fixed, per_element, per_row;
};

/// A row program ready to run: parsed, verified, loops resolved, tile memory assigned.
struct RowProgram : Prepared {
  std::vector<RowInput> inputs;
  std::vector<RowOutput> outputs;
  std::vector<RowRegister> registers;
  std::vector<RowStep> uniform_steps;  // run once per chunk with count 1
  std::vector<RowStep> steps;          // run per tile
  std::vector<std::unique_ptr<RowPass>> passes;
  CodeMemory code;  // of the passes
  bool uses_rows = false;              // rows and columns matter; otherwise the space is one long row
  bool whole_rows = false;             // a tile must not be a part of a row
  int64_t column_registers = 0;
  int64_t scalar_sums = 0;
  std::vector<int> sums_over_rows;  // the column registers
  static constexpr int64_t kPointers = 64;  // offsets in a thread's memory
  int64_t elements_begin = 0;
  std::vector<TilePlace> places;  // by register
  int64_t element_bytes = 0;           // tile memory per element and per row
  int64_t row_bytes = 0;
  int64_t tile_elements = 0;                           // values an element register holds per tile, about
  Loop adds[kDTypeCount] = {};  // of two tiles; null for bool
  const Opcode* casts[kDTypeCount][kDTypeCount] = {};  // from, to: scalar inputs take their register's dtype

  /// Whether a register is an input of one value per column.
  bool is_column(int reg) const {
    return reg < static_cast<int>(inputs.size()) && inputs[static_cast<size_t>(reg)].mode == RowMode::kColumn;
  }
};

/// The registers a step reads, and those it writes.
std::vector<int> operands(const RowStep& step);
std::vector<int> results(const RowStep& step);

/// Joins steps that one loop can do in one pass.
void combine_steps(RowProgram* program);

/// The `prepare` of kernel `row`: every rule of the format (docs/contracts.md section 5) that does not need sizes.
Status prepare_row_program(const Attributes& attributes, int inputs, int outputs, std::unique_ptr<Prepared>* prepared);

}  // namespace adamqlr
