#pragma once
#include <span>
#include <string_view>

#include "../core/view.h"

namespace adamqlr {

/// The part of the iteration space a step of a row program works on.
struct Tile {
  int64_t rows, cols;  // a run of whole rows, or one part of one row
  int64_t row0, col0;  // where it starts in the space
};

/// One step over `count` values. `dst` may be the same memory as an operand of the same element size (exactly, not
/// shifted). A uniform operand points to one value; `real` is the constant of `fill`.
using Loop = void (*)(const Tile& tile, int64_t count, void* dst, const void* a, const void* b, const void* c,
                      double real);

/// Sum of `count` values in float64, by a fixed set of partial sums.
using Total = double (*)(const void* values, int64_t count);

/// What an opcode reads and writes.
enum class Form : uint8_t {
  kUnary,      // a -> dst
  kBinary,     // a, b of one dtype -> dst
  kSelect,     // a bool, b and c of one dtype -> dst
  kFill,       // -> dst
  kSpread,     // row a -> element dst
  kRowReduce,  // element a -> row dst
  kRowDot,     // element a, element b -> row dst
  kColumnReduce,  // element a -> column dst, one float64 per column, to which the tile is added
  kColumnDot,     // element a, row b -> column dst
  kColumnIndex,
  kRowIndex,
};

/// One row of the opcode table: an opcode at one operand dtype and one result dtype.
struct Opcode {
  std::string_view name;
  Form form;
  DType operand, result;
  /// By which operands are uniform: bit 0 for the first value operand, bit 1 for the second (a, b; for select b, c).
  /// Null: no such loop, uniform operands have to be repeated in memory first. The second loop of kRowDot is for a b that
  /// is the same in every row.
  Loop loops[4];
};

/// Sum of the products of `count` values in float64, by a fixed set of partial sums.
using DotTotal = double (*)(const void* a, const void* b, int64_t count);

/// Loops for several steps at once, for one float dtype (row_combine.cc).
struct CombinedLoops {
  Loop add_relu;         // relu(a + b)
  Loop where_positive;   // a > 0 ? b : 0
  Loop scale_rows;       // element a times row b
  Loop multiply_add[3];  // a b + c; [1]: a is one value, [2]: b is
  Loop scaled_square;    // a a b, b one value
  Loop scaled_root;      // sqrt(a b) + c, b and c one value
  Loop scaled_ratio[2];  // a b / c, b one value; [1]: its negative
  DotTotal dot;
};

/// The loops of one instruction set.
struct RowLoops {
  std::span<const Opcode> opcodes;
  Loop repeat[kDTypeCount];  // a[0] -> dst[0..count)
  Total total[kDTypeCount];
  const CombinedLoops* combined[2];  // float32, float64
};

/// The loops for this machine, and those of each instruction set this build has.
const RowLoops& row_loops();
namespace baseline {
const RowLoops& row_loops();
}
namespace avx2 {
const RowLoops& row_loops();
}
namespace avx512 {
const RowLoops& row_loops();
}

/// The table row of an opcode, or null. Operands are ignored by forms that have none (fill and the indices).
const Opcode* find_opcode(std::string_view name, DType operand, DType result);

}  // namespace adamqlr
