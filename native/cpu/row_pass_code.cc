#include <algorithm>
#include <bit>
#include <utility>

#include "row_program.h"

namespace adamqlr {
namespace {

// Arguments in the order of the System V convention, then what is counted.
constexpr Gpr kRegisters = Gpr::kRdi, kRows = Gpr::kRsi, kCols = Gpr::kRdx, kTotals = Gpr::kRcx;
constexpr Gpr kAny = Gpr::kRax, kColumn = Gpr::kR9, kRow = Gpr::kR10, kEnd = Gpr::kR11;
constexpr int kRowsAtOnce = 4;
constexpr Gpr kElements[kRowsAtOnce] = {Gpr::kR8, Gpr::kR12, Gpr::kR13, Gpr::kR14};  // in each of these rows
constexpr Gpr kBases[] = {Gpr::kRbx, Gpr::kRbp, Gpr::kR15, Gpr::kRcx};
constexpr Gpr kFirst = Gpr::kRcx;  // row of some, where no base is there
constexpr Gpr kSaved[] = {Gpr::kRbx, Gpr::kRbp, Gpr::kR12, Gpr::kR13, Gpr::kR14, Gpr::kR15, kTotals};
constexpr Mask kTail{1}, kUpperTail{7};  // lanes of the last values of a row; their upper half
constexpr int kMaxUniforms = 12;         // values that stay in a register all the time
constexpr int kRowsInT = 32;             // sums over rows go on in float64 after so many, as those without passes do
constexpr Zmm kNone{0};

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
  VectorCode multiply_add_to_sum() const { return prefixed(2, 0xB8); }   // dst += a b
  VectorCode multiply_add_in_place() const { return prefixed(2, 0xA8); }  // dst = a dst + b
  VectorCode exclusive_or() const { return prefixed(1, 0xEF); }
  VectorCode interleave(bool upper) const { return packed(upper ? 0x15 : 0x14); }
  VectorCode permute() const { return {3, 1, wide, static_cast<uint8_t>(wide ? 0x05 : 0x04)}; }
  VectorCode store_first() const { return {1, static_cast<uint8_t>(wide ? 3 : 2), wide, 0x11}; }
};
constexpr Codes kSingle{0}, kDouble{1};
constexpr VectorCode kToDouble{1, 0, 0, 0x5A};       // 8 float32 -> 8 float64
constexpr VectorCode kUpperHalf{3, 1, 1, 0x1B};      // 256 bits of 512, by the immediate
constexpr VectorCode kUpperQuarter{3, 1, 0, 0x19};   // 128 bits of 256
constexpr VectorCode kFromInts{1, 0, 0, 0x5B};       // int32 -> float32
constexpr VectorCode kBytesToInts{2, 1, 0, 0x31}, kBytesToLongs{2, 1, 0, 0x32};
constexpr VectorCode kIntsToBytes{2, 2, 0, 0x31}, kLongsToBytes{2, 2, 0, 0x32};

class PassWriter {
 public:
  PassWriter(const RowProgram& program, const RowPass& pass, DType lanes, Assembler* assembler)
      : program_(program), pass_(pass), codes_{lanes == DType::kFloat64 ? kDouble : kSingle},
        size_(lanes == DType::kFloat64 ? 8 : 4), lanes_(64 / size_), out_(*assembler),
        values_(program.registers.size()) {
    name_rows();
    for (int i = 31; i >= 0; --i) free_.push_back(static_cast<uint8_t>(i));
    for (const int reg : pass.writes) add_base(reg);
    for (const int reg : pass.reads) add_base(reg);
  }

  bool write() {
    begin();
    if (pass_.by_column)
      down_columns();
    else
      along_rows();
    end();
    return good_;
  }

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
  struct Constant {
    uint64_t bits;
    Zmm lanes;
  };
  struct Sum {
    int reg;
    Zmm lanes[kRowsAtOnce];
  };

  const RowRegister& info(int reg) const { return program_.registers[static_cast<size_t>(reg)]; }
  Value& value(int reg) { return values_[static_cast<size_t>(reg)]; }
  bool is_column(int reg) const {
    return reg < static_cast<int>(program_.inputs.size()) && program_.inputs[static_cast<size_t>(reg)].mode == RowMode::kColumn;
  }
  bool is_row(int reg) const { return info(reg).kind == RegisterKind::kRow && !pass_.flat; }
  /// Whether all rows read the same values.
  bool is_shared(int reg) const { return info(reg).uniform || is_column(reg); }

  /// The values of a row are loaded into all lanes where they are read, so a spread needs no instruction.
  void name_rows() {
    for (RowStep step : pass_.steps) {
      for (int* operand : {&step.a, &step.b, &step.c}) {
        const RowStep* made = *operand < 0 ? nullptr : maker(*operand);
        if (made != nullptr && made->opcode->form == Form::kSpread) *operand = made->a;
      }
      steps_.push_back(step);
    }
    std::erase_if(steps_, [this](const RowStep& step) {
      return step.opcode->form == Form::kSpread && std::count(pass_.writes.begin(), pass_.writes.end(), step.dst) == 0 && !is_total(step.dst);
    });
  }

  bool is_total(int reg) const {
    return std::any_of(pass_.totals.begin(), pass_.totals.end(), [&](int output) { return program_.outputs[static_cast<size_t>(output)].reg == reg; });
  }

  Lanes some(bool tail, bool zero) const { return tail ? Lanes{kTail, zero} : Lanes{}; }

  void add_base(int reg) {
    if (!info(reg).uniform && bases_.size() < std::size(kBases) - (pass_.by_column ? 1 : 0)) bases_.push_back(reg);
  }

  Gpr base(int reg) {
    const auto found = std::find(bases_.begin(), bases_.end(), reg);
    if (found != bases_.end()) return kBases[found - bases_.begin()];
    out_.load(kAny, kRegisters, 8 * reg);
    return kAny;
  }

  Address address(int reg) {
    const Gpr from = base(reg);
    if (info(reg).uniform) return {from};
    const auto scale = static_cast<uint8_t>(size_of(info(reg).dtype));
    if (is_column(reg)) return {from, kColumn, scale};
    if (is_row(reg)) return {from, kRow, scale, static_cast<int8_t>(row_)};
    return {from, kElements[row_], scale};
  }

  Zmm take() {
    if (free_.empty()) {
      good_ = false;
      return kNone;
    }
    const Zmm zmm{free_.back()};
    free_.pop_back();
    return zmm;
  }
  void give(Zmm zmm) { free_.push_back(zmm.number); }

  Mask take_mask() {
    if (free_masks_.empty()) {
      good_ = false;
      return kTail;
    }
    const Mask mask{free_masks_.back()};
    free_masks_.pop_back();
    return mask;
  }

  void zero(Zmm zmm) { out_.vector(codes_.exclusive_or(), zmm, zmm, zmm); }

  /// One value in all lanes: of a uniform register or of the row.
  void spread(int reg, Zmm to) { out_.vector(codes_.broadcast(), to, kNone, address(reg)); }

  Zmm need(int reg, bool tail) {
    Value& found = value(reg);
    if (found.zmm >= 0) return {static_cast<uint8_t>(found.zmm)};
    const Zmm zmm = take();
    if (info(reg).uniform || is_row(reg))
      spread(reg, zmm);
    else
      out_.vector(codes_.load(), zmm, kNone, address(reg), some(tail, true));
    found.zmm = zmm.number;
    return zmm;
  }

  Mask need_mask(int reg, bool tail) {
    Value& found = value(reg);
    if (found.mask >= 0) return {static_cast<uint8_t>(found.mask)};
    const Zmm bytes = take();
    const Mask mask = take_mask();
    out_.vector(codes_.wide ? kBytesToLongs : kBytesToInts, bytes, kNone, address(reg), some(tail, true));
    out_.vector(codes_.prefixed(2, 0x27), {mask.number}, bytes, bytes);
    give(bytes);
    found.mask = mask.number;
    return mask;
  }

  /// One reading less; after the last one the place is free.
  void used(int reg) {
    Value& found = value(reg);
    if (--found.uses > 0 || found.fixed) return;
    if (found.zmm >= 0) give({static_cast<uint8_t>(found.zmm)});
    if (found.mask >= 0) free_masks_.push_back(static_cast<uint8_t>(found.mask));
    found.zmm = found.mask = -1;
  }

  Zmm result(int reg) {
    const Zmm zmm = take();
    value(reg).zmm = zmm.number;
    return zmm;
  }

  void begin() {
    for (const Gpr reg : kSaved) out_.push(reg);
    for (size_t i = 0; i < bases_.size(); ++i) out_.load(kBases[i], kRegisters, 8 * bases_[i]);
    int uniforms = 0;
    for (const int reg : pass_.reads) {
      if (!info(reg).uniform || uniforms == kMaxUniforms) continue;
      spread(reg, result(reg));
      value(reg).fixed = true;
      ++uniforms;
    }
    for (const RowStep& step : steps_) {
      const std::optional<uint64_t> bits = constant_of(step);
      const bool known = std::any_of(constants_.begin(), constants_.end(), [bits](const Constant& constant) { return constant.bits == bits; });
      if (!bits.has_value() || known) continue;
      constants_.push_back({*bits, take()});
      out_.constant(codes_.broadcast(), constants_.back().lanes, *bits);
    }
    for (const int output : pass_.totals) {
      totals_.push_back({program_.outputs[static_cast<size_t>(output)].reg, take(), take()});
      zero(totals_.back().low);
      zero(totals_.back().high);
    }
    for (const RowStep& step : steps_) {
      const Form form = step.opcode->form;
      if (form == Form::kRowDot) sums_.push_back({step.dst, {take(), take(), take(), take()}});
      if (form == Form::kColumnReduce || form == Form::kColumnDot) {
        const Zmm sum = take();
        sums_.push_back({step.dst, {sum, sum, sum, sum}});  // whatever the row
      }
    }
    out_.move(kColumn, kCols);
    out_.and_with(kColumn, lanes_ - 1);
    out_.lower_bits(kAny, kColumn);
    out_.mask_from(kTail, kAny);
    if (pass_.by_column && size_ == 4) out_.mask_shift(kUpperTail, kTail, 8);
  }

  void end() {
    out_.pop(kTotals);
    for (size_t i = 0; i < totals_.size(); ++i) {
      const Total& total = totals_[i];
      out_.vector(kDouble.add(), total.low, total.low, total.high);
      add_lanes(kDouble, total.low, total.high);
      out_.vector(kDouble.store_first(), total.low, kNone, {kTotals, Gpr::kRsp, 0, static_cast<int8_t>(i)}, {}, Width::k128);
    }
    out_.vzeroupper();
    for (size_t i = std::size(kSaved) - 1; i-- > 0;) out_.pop(kSaved[i]);
    out_.ret();
  }

  void add_upper_half(const Codes& codes, Zmm sum, Zmm other) {
    out_.vector(kUpperHalf, sum, kNone, other);
    out_.immediate(1);
    out_.vector(codes.add(), sum, sum, other, {}, Width::k256);
  }

  void add_upper_quarter(const Codes& codes, Zmm sum, Zmm other) {
    out_.vector(kUpperQuarter, sum, kNone, other, {}, Width::k256);
    out_.immediate(1);
    out_.vector(codes.add(), sum, sum, other, {}, Width::k128);
  }

  /// The sum of all lanes into the first.
  void add_lanes(const Codes& codes, Zmm sum, Zmm other) {
    add_upper_half(codes, sum, other);
    for (int distance = codes.wide ? 1 : 2; distance > 0; distance /= 2) {
      out_.vector(codes.permute(), other, kNone, sum, {}, Width::k256);
      out_.immediate(codes.wide ? 0x05 : distance == 2 ? 0x4E : 0xB1);
      out_.vector(codes.add(), sum, sum, other, {}, Width::k256);
    }
    add_upper_quarter(codes, sum, other);
  }

  /// a = the lanes of a and b in turn, each the sum of one from the lower half of a quarter and one from the upper.
  void add_in_turn(const Codes& parts, Zmm a, Zmm b, Zmm other) {
    out_.vector(parts.interleave(true), other, a, b, {}, Width::k256);
    out_.vector(parts.interleave(false), a, a, b, {}, Width::k256);
    out_.vector(codes_.add(), a, a, other, {}, Width::k256);
  }

  /// The sums of all lanes of four registers, added as add_lanes does.
  void store_sums(const Sum& sum) {
    const Zmm other = take();
    const Zmm* rows = sum.lanes;
    for (int i = 0; i < kRowsAtOnce; ++i) add_upper_half(codes_, rows[i], other);
    add_in_turn(codes_, rows[0], rows[1], other);
    add_in_turn(codes_, rows[2], rows[3], other);
    const Address to = address(sum.reg);
    if (codes_.wide) {
      add_upper_quarter(codes_, rows[0], other);
      add_upper_quarter(codes_, rows[2], other);
      out_.vector(codes_.store(), rows[0], kNone, to, {}, Width::k128);
      out_.vector(codes_.store(), rows[2], kNone, {to.base, to.index, to.scale, 1}, {}, Width::k128);
    } else {
      add_in_turn(kDouble, rows[0], rows[2], other);
      add_upper_quarter(codes_, rows[0], other);
      out_.vector(codes_.store(), rows[0], kNone, to, {}, Width::k128);
    }
    give(other);
  }

  void store_sum(const Sum& sum) {
    const Zmm other = take();
    add_lanes(codes_, sum.lanes[0], other);
    give(other);
    out_.vector(codes_.store_first(), sum.lanes[0], kNone, address(sum.reg), {}, Width::k128);
  }

  void along_rows() {
    Label one, more, done;
    out_.move(kEnd, kCols);
    out_.and_with(kEnd, -lanes_);
    out_.zero(kElements[0]);
    out_.zero(kRow);
    if (!pass_.flat) {
      out_.bind(&more);
      out_.move(kAny, kRow);
      out_.add(kAny, kRowsAtOnce);
      out_.compare(kRows, kAny);
      out_.jump_if(Condition::kLess, &one);
      along(kRowsAtOnce);
      out_.jump(&more);
    }
    out_.bind(&one);
    out_.compare(kRow, kRows);
    out_.jump_if(Condition::kGreaterEqual, &done);
    along(1);
    out_.jump(&one);
    out_.bind(&done);
  }

  /// All columns of some rows.
  void along(int rows) {
    Label more, last, row_end;
    for (int i = 1; i < rows; ++i) {
      out_.move(kElements[i], kElements[i - 1]);
      out_.add(kElements[i], kCols);
    }
    for (const Sum& sum : sums_) {
      for (int i = 0; i < rows; ++i) zero(sum.lanes[i]);
    }
    out_.zero(kColumn);
    out_.compare(kColumn, kEnd);
    out_.jump_if(Condition::kGreaterEqual, &last);
    out_.bind(&more);
    body(rows, false);
    out_.add(kColumn, lanes_);
    for (int i = 0; i < rows; ++i) out_.add(kElements[i], lanes_);
    out_.compare(kColumn, kEnd);
    out_.jump_if(Condition::kLess, &more);
    out_.bind(&last);
    out_.compare(kColumn, kCols);
    out_.jump_if(Condition::kGreaterEqual, &row_end);
    body(rows, true);
    for (int i = 0; i < rows; ++i) {
      out_.add(kElements[i], kCols);
      out_.subtract(kElements[i], kColumn);
    }
    out_.bind(&row_end);
    for (const Sum& sum : sums_) {
      if (rows == 1)
        store_sum(sum);
      else
        store_sums(sum);
    }
    if (rows > 1) out_.move(kElements[0], kElements[rows - 1]);
    out_.add(kRow, rows);
  }

  /// Some rows at a time, so that they stay in the first-level cache while their columns pass.
  void down_columns() {
    Label some_rows, more, last, next, done;
    out_.zero(kFirst);
    out_.bind(&some_rows);
    out_.compare(kFirst, kRows);
    out_.jump_if(Condition::kGreaterEqual, &done);
    out_.move(kEnd, kFirst);
    out_.add(kEnd, kRowsInT);
    out_.compare(kRows, kEnd);
    out_.move_if(Condition::kLess, kEnd, kRows);
    out_.zero(kColumn);
    out_.bind(&more);
    out_.move(kAny, kColumn);
    out_.add(kAny, lanes_);
    out_.compare(kCols, kAny);
    out_.jump_if(Condition::kLess, &last);
    down(false);
    out_.add(kColumn, lanes_);
    out_.jump(&more);
    out_.bind(&last);
    out_.compare(kColumn, kCols);
    out_.jump_if(Condition::kGreaterEqual, &next);
    down(true);
    out_.bind(&next);
    out_.move(kFirst, kEnd);
    out_.jump(&some_rows);
    out_.bind(&done);
  }

  /// The rows from kFirst to kEnd of as many columns as there are lanes.
  void down(bool tail) {
    std::vector<int> columns;
    for (const int reg : pass_.reads) {
      if (!is_column(reg) || info(reg).dtype == DType::kInt32 || size_of(info(reg).dtype) != size_) continue;
      need(reg, tail);
      value(reg).fixed = true;
      columns.push_back(reg);
    }
    out_.move(kRow, kFirst);
    out_.move(kElements[0], kFirst);
    out_.multiply(kElements[0], kCols);
    out_.add(kElements[0], kColumn);
    for (const Sum& sum : sums_) zero(sum.lanes[0]);
    down_rows(kRowsAtOnce, tail);
    down_rows(1, tail);
    for (const Sum& sum : sums_) add_to_columns(sum, tail);
    for (const int reg : columns) {
      value(reg).fixed = false;
      value(reg).uses = 1;
      used(reg);
    }
  }

  /// The next rows before kEnd, some at once, as long as there are so many.
  void down_rows(int rows, bool tail) {
    Label more, done;
    out_.bind(&more);
    out_.move(kAny, kRow);
    out_.add(kAny, rows);
    out_.compare(kEnd, kAny);
    out_.jump_if(Condition::kLess, &done);
    for (int i = 1; i < rows; ++i) {
      out_.move(kElements[i], kElements[i - 1]);
      out_.add(kElements[i], kCols);
    }
    body(rows, tail);
    out_.add(kRow, rows);
    if (rows > 1) out_.move(kElements[0], kElements[rows - 1]);
    out_.add(kElements[0], kCols);
    out_.jump(&more);
    out_.bind(&done);
  }

  /// Adds the sum of some rows to the float64 of its columns.
  void add_to_columns(const Sum& sum, bool tail) {
    const Gpr to = base(sum.reg);
    const auto add = [&](Zmm part, Mask mask, int8_t lines) {
      const Lanes lanes = tail ? Lanes{mask, false} : Lanes{};
      out_.vector(kDouble.add(), part, part, {to, kColumn, 8, lines}, {lanes.mask, tail});
      out_.vector(kDouble.store(), part, kNone, {to, kColumn, 8, lines}, lanes);
    };
    if (size_ == 8) return add(sum.lanes[0], kTail, 0);
    const Zmm part = take();
    out_.vector(kToDouble, part, kNone, sum.lanes[0]);
    add(part, kTail, 0);
    out_.vector(kUpperHalf, sum.lanes[0], kNone, part);
    out_.immediate(1);
    out_.vector(kToDouble, part, kNone, part);
    add(part, kUpperTail, 1);
    give(part);
  }

  /// The steps on one register of lanes of each of some rows.
  void body(int rows, bool tail) {
    for (row_ = 0; row_ < rows; ++row_) {
      count_uses(row_ == rows - 1);
      of_row(tail);
    }
    row_ = 0;
  }

  void of_row(bool tail) {
    for (const RowStep& step : steps_) {
      if (multiplies_for_add(step)) continue;
      write_step(step, tail);
      for (const Total& total : totals_) {
        if (total.reg == step.dst) add_total(total, tail);
      }
      if (value(step.dst).uses == 0) used(step.dst);
    }
    for (const int reg : pass_.writes) {
      if (info(reg).kind == RegisterKind::kColumn || is_row_sum(reg)) continue;
      store(reg, tail);
      used(reg);
    }
  }

  bool is_row_sum(int reg) const {
    return std::any_of(sums_.begin(), sums_.end(), [reg](const Sum& sum) { return sum.reg == reg; });
  }

  /// How often values are read. What rows share stays until the last of them.
  void count_uses(bool last) {
    for (const RowStep& step : steps_) {
      for (const int reg : {step.a, step.b, step.c}) {
        if (reg >= 0) value(reg).uses = 0;
      }
      value(step.dst).uses = 0;
    }
    for (const RowStep& step : steps_) {
      for (const int reg : {step.a, step.b, step.c}) {
        if (reg >= 0) ++value(reg).uses;
      }
    }
    for (const int reg : pass_.writes) ++value(reg).uses;
    for (const Total& total : totals_) ++value(total.reg).uses;
    for (const int reg : pass_.reads) value(reg).uses += !last && is_shared(reg);
  }

  const RowStep* maker(int reg) const {
    for (const RowStep& step : steps_) {
      if (step.dst == reg) return &step;
    }
    return nullptr;
  }

  /// Whether a product is only wanted as a term of a sum: then it is made there, in one instruction.
  bool multiplies_for_add(const RowStep& step) {
    if (step.opcode->name != "mul" || value(step.dst).uses != 1) return false;
    return std::any_of(steps_.begin(), steps_.end(), [&](const RowStep& reader) {
      return reader.opcode->name == "add" && product_of(reader) == &step;
    });
  }

  /// The product that an addition makes itself.
  const RowStep* product_of(const RowStep& add) {
    for (const int reg : {add.a, add.b}) {
      const RowStep* step = maker(reg);
      const bool once = std::count(pass_.writes.begin(), pass_.writes.end(), reg) == 0 &&
                        std::none_of(totals_.begin(), totals_.end(), [reg](const Total& total) { return total.reg == reg; });
      if (step != nullptr && step->opcode->name == "mul" && once && readers(reg) == 1) return step;
    }
    return nullptr;
  }

  int readers(int reg) const {
    int count = 0;
    for (const RowStep& step : steps_) count += (step.a == reg) + (step.b == reg) + (step.c == reg);
    return count;
  }

  void write_step(const RowStep& step, bool tail) {
    switch (*op(step)) {
      case PassOp::kAdd:
        if (const RowStep* product = product_of(step)) return multiply_add(step, *product, tail);
        return binary(codes_.add(), step, tail);
      case PassOp::kSub:
        return binary(codes_.packed(0x5C), step, tail);
      case PassOp::kMul:
        return binary(codes_.multiply(), step, tail);
      case PassOp::kDiv:
        return binary(codes_.packed(0x5E), step, tail);
      case PassOp::kSquare: {
        const Zmm x = need(step.a, tail);
        used(step.a);
        return out_.vector(codes_.multiply(), result(step.dst), x, x);
      }
      case PassOp::kSqrt:
        return unary(codes_.packed(0x51), step, tail);
      case PassOp::kCopy:
      case PassOp::kSpread:
        return unary(codes_.move(), step, tail);
      case PassOp::kNeg:
        return with_constant(codes_.exclusive_or(), step, tail);
      case PassOp::kAbs:
        return with_constant(codes_.prefixed(1, 0xDB), step, tail);
      case PassOp::kReciprocal:
        return with_constant(codes_.packed(0x5E), step, tail);
      case PassOp::kRelu:
        return with_constant(codes_.packed(0x5F), step, tail);  // of 0 and NaN, or 0 and -0, the second
      case PassOp::kCompare:
        return compare(step, tail);
      case PassOp::kAnd:
      case PassOp::kOr:
      case PassOp::kNot:
        return logical(step, tail);
      case PassOp::kSelect:
        return select(step, tail);
      case PassOp::kFromInt:
      case PassOp::kFromByte:
        return convert(step, tail);
      case PassOp::kRowDot:
        return dot(step, tail);
      case PassOp::kColumnSum: {
        const Zmm sum = sum_of(step.dst);
        out_.vector(codes_.add(), sum, sum, need(step.a, tail));
        return used(step.a);
      }
      case PassOp::kColumnDot: {
        const Zmm x = need(step.a, tail), w = need(step.b, tail);
        out_.vector(codes_.multiply_add_to_sum(), sum_of(step.dst), x, w);
        used(step.a);
        return used(step.b);
      }
    }
  }

  Zmm sum_of(int reg) const {
    return std::find_if(sums_.begin(), sums_.end(), [reg](const Sum& sum) { return sum.reg == reg; })->lanes[row_];
  }

  void unary(VectorCode code, const RowStep& step, bool tail) {
    const Zmm x = need(step.a, tail);
    used(step.a);
    out_.vector(code, result(step.dst), kNone, x);
  }

  void binary(VectorCode code, const RowStep& step, bool tail) {
    const Zmm x = need(step.a, tail), y = need(step.b, tail);
    used(step.a);
    used(step.b);
    out_.vector(code, result(step.dst), x, y);
  }

  /// The first operand of a step that needs a constant.
  std::optional<uint64_t> constant_of(const RowStep& step) const {
    switch (*op(step)) {
      case PassOp::kNeg:
        return codes_.wide ? uint64_t{1} << 63 : 0x80000000u;
      case PassOp::kAbs:
        return codes_.wide ? ~(uint64_t{1} << 63) : 0x7FFFFFFFu;
      case PassOp::kReciprocal:
        return codes_.wide ? std::bit_cast<uint64_t>(1.0) : std::bit_cast<uint32_t>(1.0f);
      case PassOp::kRelu:
        return 0;
      default:
        return std::nullopt;
    }
  }

  std::optional<PassOp> op(const RowStep& step) const { return pass_op(program_, step, size_ == 8 ? DType::kFloat64 : DType::kFloat32); }

  /// op(constant, x)
  void with_constant(VectorCode code, const RowStep& step, bool tail) {
    const Zmm x = need(step.a, tail);
    used(step.a);
    const auto found = std::find_if(constants_.begin(), constants_.end(), [bits = constant_of(step)](const Constant& known) { return known.bits == bits; });
    out_.vector(code, result(step.dst), found->lanes, x);
  }

  /// x y + z, in the register of whichever is not read again.
  void multiply_add(const RowStep& step, const RowStep& product, bool tail) {
    const int rest = step.a == product.dst ? step.b : step.a;
    const Zmm x = need(product.a, tail), y = need(product.b, tail), z = need(rest, tail);
    const auto last = [&](int reg) { return value(reg).uses == 1 && !value(reg).fixed; };
    if (last(rest)) {
      out_.vector(codes_.multiply_add_to_sum(), z, x, y);
      value(step.dst).zmm = std::exchange(value(rest).zmm, -1);
    } else if (last(product.a)) {
      out_.vector(codes_.multiply_add_in_place(), x, y, z);
      value(step.dst).zmm = std::exchange(value(product.a).zmm, -1);
    } else {
      const Zmm to = result(step.dst);
      out_.vector(codes_.move(), to, kNone, z);
      out_.vector(codes_.multiply_add_to_sum(), to, x, y);
    }
    used(rest);
    used(product.a);
    used(product.b);
  }

  void compare(const RowStep& step, bool tail) {
    static constexpr std::pair<std::string_view, uint8_t> kPredicates[] = {{"eq", 0}, {"ne", 4}, {"lt", 17}, {"le", 18}, {"gt", 30}, {"ge", 29}};
    const Zmm x = need(step.a, tail), y = need(step.b, tail);
    const Mask mask = take_mask();
    out_.vector(codes_.packed(0xC2), {mask.number}, x, y);
    for (const auto& [name, predicate] : kPredicates) {
      if (name == step.opcode->name) out_.immediate(predicate);
    }
    value(step.dst).mask = mask.number;
    used(step.a);
    used(step.b);
  }

  void logical(const RowStep& step, bool tail) {
    const Mask x = need_mask(step.a, tail);
    const Mask y = step.b >= 0 ? need_mask(step.b, tail) : x;
    const Mask to = take_mask();
    if (step.b < 0)
      out_.mask_not(to, x);
    else if (step.opcode->name == "and")
      out_.mask_and(to, x, y);
    else
      out_.mask_or(to, x, y);
    value(step.dst).mask = to.number;
    used(step.a);
    if (step.b >= 0) used(step.b);
  }

  void select(const RowStep& step, bool tail) {
    const Mask condition = need_mask(step.a, tail);
    const Zmm yes = need(step.b, tail), no = need(step.c, tail);
    used(step.b);
    used(step.c);
    out_.vector(codes_.prefixed(2, 0x65), result(step.dst), no, yes, {condition, false});
    used(step.a);
  }

  void convert(const RowStep& step, bool tail) {
    const Zmm to = result(step.dst);
    if (info(step.a).dtype == DType::kInt32) {
      out_.vector(kFromInts, to, kNone, address(step.a), some(tail, true));
    } else {
      out_.vector(kBytesToInts, to, kNone, address(step.a), some(tail, true));
      out_.vector(kFromInts, to, kNone, to);
    }
    used(step.a);
  }

  void dot(const RowStep& step, bool tail) {
    const Zmm x = need(step.a, tail), y = need(step.b, tail);
    out_.vector(codes_.multiply_add_to_sum(), sum_of(step.dst), x, y, some(tail, false));
    used(step.a);
    used(step.b);
  }

  void add_total(const Total& total, bool tail) {
    Zmm x = need(total.reg, tail);
    const Zmm part = take(), upper = take();
    if (tail) {
      out_.vector(codes_.move(), part, kNone, x, {kTail, true});
      x = part;
    }
    if (size_ == 8) {
      out_.vector(kDouble.add(), total.low, total.low, x);
    } else {
      out_.vector(kUpperHalf, x, kNone, upper);
      out_.immediate(1);
      out_.vector(kToDouble, upper, kNone, upper);
      out_.vector(kToDouble, part, kNone, x);
      out_.vector(kDouble.add(), total.high, total.high, upper);
      out_.vector(kDouble.add(), total.low, total.low, part);
    }
    give(part);
    give(upper);
    used(total.reg);
  }

  void store(int reg, bool tail) {
    if (info(reg).dtype != DType::kBool) return out_.vector(codes_.store(), need(reg, tail), kNone, address(reg), some(tail, false));
    const Zmm ones = take();
    out_.constant(codes_.prefixed(2, codes_.wide ? 0x59 : 0x58), ones, 1);
    out_.vector(codes_.prefixed(1, 0x6F), ones, kNone, ones, {need_mask(reg, tail), true});
    out_.vector(codes_.wide ? kLongsToBytes : kIntsToBytes, ones, kNone, address(reg), some(tail, false));
    give(ones);
  }

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
  int row_ = 0;  // of the rows at once
  bool good_ = true;
};

}  // namespace

bool write_pass(const RowProgram& program, const RowPass& pass, DType lanes, Assembler* assembler) {
  return PassWriter(program, pass, lanes, assembler).write();
}

}  // namespace adamqlr
