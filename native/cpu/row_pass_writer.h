#pragma once
#include <vector>

#include "row_program.h"

namespace adamqlr {

// Arguments in the order of the System V convention, then what is counted.
inline constexpr Gpr kRegisters = Gpr::kRdi, kRows = Gpr::kRsi, kCols = Gpr::kRdx, kTotals = Gpr::kRcx;
inline constexpr Gpr kAny = Gpr::kRax, kColumn = Gpr::kR9, kRow = Gpr::kR10, kEnd = Gpr::kR11;
inline constexpr int kRowsAtOnce = 4;
inline constexpr Gpr kElements[kRowsAtOnce] = {Gpr::kR8, Gpr::kR12, Gpr::kR13, Gpr::kR14};  // in each of these rows
inline constexpr Gpr kBases[] = {Gpr::kRbx, Gpr::kRbp, Gpr::kR15, Gpr::kRcx};
inline constexpr Gpr kFirst = Gpr::kRcx;  // row of some, where no base is there
inline constexpr Gpr kSaved[] = {Gpr::kRbx, Gpr::kRbp, Gpr::kR12, Gpr::kR13, Gpr::kR14, Gpr::kR15, kTotals};
inline constexpr Mask kTail{1}, kUpperTail{7};  // lanes of the last values of a row; their upper half
inline constexpr int kMaxUniforms = 12;         // values that stay in a register all the time
inline constexpr int kRowsInT = 32;             // sums over rows go on in float64 after so many, as those without passes do
inline constexpr Zmm kNone{0};

/// Whether a vector instruction works on float32 or on float64 is one bit, or a bit and a prefix.
struct Codes {
  uint8_t wide;
  VectorCode packed(uint8_t opcode) const { return {1, wide, wide, opcode}; }
  VectorCode prefixed(uint8_t map, uint8_t opcode) const { return {map, 1, wide, opcode}; }
  VectorCode load() const { return packed(0x10); }
  VectorCode store() const { return packed(0x11); }
  VectorCode move() const { return packed(0x28); }
  VectorCode add() const { return packed(0x58); }
  VectorCode multiply() const { return packed(0x59); }
  VectorCode broadcast() const { return prefixed(2, wide ? 0x19 : 0x18); }
  VectorCode multiply_add_to_sum() const { return prefixed(2, 0xB8); }  // dst += a b
  VectorCode exclusive_or() const { return prefixed(1, 0xEF); }
  VectorCode interleave(bool upper) const { return packed(upper ? 0x15 : 0x14); }
  VectorCode permute() const { return {3, 1, wide, static_cast<uint8_t>(wide ? 0x05 : 0x04)}; }
  VectorCode store_first() const { return {1, static_cast<uint8_t>(wide ? 3 : 2), wide, 0x11}; }
};
inline constexpr Codes kSingle{0}, kDouble{1};
inline constexpr VectorCode kToDouble{1, 0, 0, 0x5A};       // 8 float32 -> 8 float64
inline constexpr VectorCode kUpperHalf{3, 1, 1, 0x1B};      // 256 bits of 512, by the immediate
inline constexpr VectorCode kUpperQuarter{3, 1, 0, 0x19};   // 128 bits of 256
inline constexpr VectorCode kFromInts{1, 0, 0, 0x5B};       // int32 -> float32
inline constexpr VectorCode kBytesToInts{2, 1, 0, 0x31}, kBytesToLongs{2, 1, 0, 0x32};
inline constexpr VectorCode kIntsToBytes{2, 2, 0, 0x31}, kLongsToBytes{2, 2, 0, 0x32};

/// Writes the code of one pass: loops over rows and columns (row_pass_loops.cc), in them the steps (row_pass_steps.cc)
/// on values in vector registers (row_pass_values.cc), and what is summed (row_pass_sums.cc).
class PassWriter {
 public:
  PassWriter(const RowProgram& program, const RowPass& pass, DType lanes, Assembler* assembler);
  bool write();

 private:
  /// Where the value of a register is while code is written.
  struct Value {
    int zmm = -1, mask = -1, uses = 0;
    bool fixed = false;  // stays in its register
  };
  /// A sum over everything is two registers of float64.
  struct Total {
    int reg;
    Zmm low, high;
  };
  /// A sum over a row or over rows, in lanes of their own; for each of the rows at once where it is one over a row.
  struct Sum {
    int reg;
    Zmm lanes[kRowsAtOnce];
  };

  /// A value in all lanes that the steps themselves need.
  struct Constant {
    uint64_t bits;
    Zmm lanes;
  };

  const RowRegister& info(int reg) const { return program_.registers[static_cast<size_t>(reg)]; }
  Value& value(int reg) { return values_[static_cast<size_t>(reg)]; }
  bool is_column(int reg) const { return program_.is_column(reg); }
  bool is_row(int reg) const { return info(reg).kind == RegisterKind::kRow && !pass_.flat; }
  /// Whether all rows read the same values.
  bool is_shared(int reg) const { return info(reg).uniform || is_column(reg); }

  /// The values of a row are loaded into all lanes where they are read, so a spread needs no instruction.
  void name_rows();
  bool is_total(int reg) const;
  Lanes some(bool zero) const { return tail_ ? Lanes{kTail, zero} : Lanes{}; }

  void add_base(int reg);
  Gpr base(int reg);
  Address address(int reg);
  Zmm take();
  void give(Zmm zmm) { free_.push_back(zmm.number); }

  Mask take_mask();
  void zero(Zmm zmm) { out_.vector(codes_.exclusive_or(), zmm, zmm, zmm); }

  /// One value in all lanes: of a uniform register or of the row.
  void spread(int reg, Zmm to) { out_.vector(codes_.broadcast(), to, kNone, address(reg)); }

  Zmm need(int reg);
  Mask need_mask(int reg);

  /// One reading less; after the last one the place is free.
  void used(int reg);
  Zmm result(int reg);
  void begin();
  void end();
  void add_upper_half(const Codes& codes, Zmm sum, Zmm other);
  void add_upper_quarter(const Codes& codes, Zmm sum, Zmm other);

  /// The sum of all lanes into the first.
  void add_lanes(const Codes& codes, Zmm sum, Zmm other);

  /// a = the lanes of a and b in turn, each the sum of one from the lower half of a quarter and one from the upper.
  void add_in_turn(const Codes& parts, Zmm a, Zmm b, Zmm other);

  /// The sums of all lanes of four registers, added as add_lanes does.
  void store_sums(const Sum& sum);
  void store_sum(const Sum& sum);
  void along_rows();

  /// All columns of some rows.
  void along(int rows);

  /// Some rows at a time, so that they stay in the first-level cache while their columns pass.
  void down_columns();

  /// The rows from kFirst to kEnd of as many columns as there are lanes.
  void down();

  /// The next rows before kEnd, some at once, as long as there are so many.
  void down_rows(int rows);

  /// Adds the sum of some rows to the float64 of its columns.
  void add_to_columns(const Sum& sum);

  /// The steps on one register of lanes of each of some rows.
  void body(int rows);
  void of_row();
  bool is_row_sum(int reg) const;

  /// How often values are read. What rows share stays until the last of them.
  void count_uses(bool last);
  const RowStep* maker(int reg) const;

  void write_step(const RowStep& step);
  Zmm sum_of(int reg) const;
  void unary(VectorCode code, const RowStep& step);
  void binary(VectorCode code, const RowStep& step);

  /// The first operand of a step that needs a constant.
  std::optional<uint64_t> constant_of(const RowStep& step) const;
  std::optional<PassOp> op(const RowStep& step) const {
    return pass_op(program_, step, size_ == 8 ? DType::kFloat64 : DType::kFloat32);
  }

  const Zmm* lanes_of(uint64_t bits) const;

  /// op(constant, x)
  void with_constant(VectorCode code, const RowStep& step);

  void compare(const RowStep& step);
  void logical(const RowStep& step);
  void select(const RowStep& step);
  void convert(const RowStep& step);
  void dot(const RowStep& step);
  void add_total(const Total& total);
  void store(int reg);

  const RowProgram& program_;
  const RowPass& pass_;
  const Codes codes_;
  const int size_, lanes_;
  Assembler& out_;
  std::vector<Value> values_;
  std::vector<uint8_t> free_, free_masks_{6, 5, 4, 3, 2};
  std::vector<int> bases_;
  std::vector<Constant> constants_;
  std::vector<Total> totals_;
  std::vector<Sum> sums_;
  std::vector<RowStep> steps_;
  int row_ = 0;        // of the rows at once
  bool tail_ = false;  // the columns at hand are the last ones, fewer than a register has lanes
  bool good_ = true;
};

}  // namespace adamqlr
