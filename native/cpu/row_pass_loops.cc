#include <algorithm>

#include "row_pass_writer.h"

namespace adamqlr {

PassWriter::PassWriter(const RowProgram& program, const RowPass& pass, DType lanes, Assembler* assembler)
    : program_(program), pass_(pass), codes_{lanes == DType::kFloat64 ? kDouble : kSingle},
      size_(lanes == DType::kFloat64 ? 8 : 4), lanes_(64 / size_), out_(*assembler),
      values_(program.registers.size()) {
  name_rows();
  for (int i = 31; i >= 0; --i) free_.push_back(static_cast<uint8_t>(i));
  for (const int reg : pass.writes) add_base(reg);
  for (const int reg : pass.reads) add_base(reg);
}

bool PassWriter::write() {
  begin();
  if (pass_.by_column)
    down_columns();
  else
    along_rows();
  end();
  return good_;
}

void PassWriter::name_rows() {
  for (RowStep step : pass_.steps) {
    for (int* operand : {&step.a, &step.b, &step.c}) {
      const RowStep* made = *operand < 0 ? nullptr : maker(*operand);
      if (made != nullptr && made->opcode->form == Form::kSpread) *operand = made->a;
    }
    steps_.push_back(step);
  }
  std::erase_if(steps_, [this](const RowStep& step) {
    const bool stored = std::count(pass_.writes.begin(), pass_.writes.end(), step.dst) > 0;
    return step.opcode->form == Form::kSpread && !stored && !is_total(step.dst);
  });
}

bool PassWriter::is_total(int reg) const {
  return std::any_of(pass_.totals.begin(), pass_.totals.end(),
                     [&](int output) { return program_.outputs[static_cast<size_t>(output)].reg == reg; });
}

void PassWriter::add_base(int reg) {
  if (!info(reg).uniform && bases_.size() < std::size(kBases) - (pass_.by_column ? 1 : 0)) bases_.push_back(reg);
}

void PassWriter::begin() {
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
    if (!bits.has_value() || lanes_of(*bits) != nullptr) continue;
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

void PassWriter::end() {
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

void PassWriter::along_rows() {
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

void PassWriter::along(int rows) {
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
  body(rows);
  out_.add(kColumn, lanes_);
  for (int i = 0; i < rows; ++i) out_.add(kElements[i], lanes_);
  out_.compare(kColumn, kEnd);
  out_.jump_if(Condition::kLess, &more);
  out_.bind(&last);
  out_.compare(kColumn, kCols);
  out_.jump_if(Condition::kGreaterEqual, &row_end);
  tail_ = true;
  body(rows);
  tail_ = false;
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

void PassWriter::down_columns() {
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
  down();
  out_.add(kColumn, lanes_);
  out_.jump(&more);
  out_.bind(&last);
  out_.compare(kColumn, kCols);
  out_.jump_if(Condition::kGreaterEqual, &next);
  tail_ = true;
  down();
  tail_ = false;
  out_.bind(&next);
  out_.move(kFirst, kEnd);
  out_.jump(&some_rows);
  out_.bind(&done);
}

void PassWriter::down() {
  std::vector<int> columns;
  for (const int reg : pass_.reads) {
    if (!is_column(reg) || info(reg).dtype == DType::kInt32 || size_of(info(reg).dtype) != size_) continue;
    need(reg);
    value(reg).fixed = true;
    columns.push_back(reg);
  }
  out_.move(kRow, kFirst);
  out_.move(kElements[0], kFirst);
  out_.multiply(kElements[0], kCols);
  out_.add(kElements[0], kColumn);
  for (const Sum& sum : sums_) zero(sum.lanes[0]);
  down_rows(kRowsAtOnce);
  down_rows(1);
  for (const Sum& sum : sums_) add_to_columns(sum);
  for (const int reg : columns) {
    value(reg).fixed = false;
    value(reg).uses = 1;
    used(reg);
  }
}

void PassWriter::down_rows(int rows) {
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
  body(rows);
  out_.add(kRow, rows);
  if (rows > 1) out_.move(kElements[0], kElements[rows - 1]);
  out_.add(kElements[0], kCols);
  out_.jump(&more);
  out_.bind(&done);
}

void PassWriter::body(int rows) {
  for (row_ = 0; row_ < rows; ++row_) {
    count_uses(row_ == rows - 1);
    of_row();
  }
  row_ = 0;
}

void PassWriter::of_row() {
  for (const RowStep& step : steps_) {
    write_step(step);
    for (const Total& total : totals_) {
      if (total.reg == step.dst) add_total(total);
    }
    if (value(step.dst).uses == 0) used(step.dst);
  }
  for (const int reg : pass_.writes) {
    if (info(reg).kind == RegisterKind::kColumn || is_row_sum(reg)) continue;
    store(reg);
    used(reg);
  }
}

void PassWriter::count_uses(bool last) {
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

bool write_pass(const RowProgram& program, const RowPass& pass, DType lanes, Assembler* assembler) {
  return PassWriter(program, pass, lanes, assembler).write();
}

}  // namespace adamqlr
