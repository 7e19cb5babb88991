#include <algorithm>

#include "row_pass_writer.h"

namespace adamqlr {

void PassWriter::add_upper_half(const Codes& codes, Zmm sum, Zmm other) {
  out_.vector(kUpperHalf, sum, kNone, other);
  out_.immediate(1);
  out_.vector(codes.add(), sum, sum, other, {}, Width::k256);
}

void PassWriter::add_upper_quarter(const Codes& codes, Zmm sum, Zmm other) {
  out_.vector(kUpperQuarter, sum, kNone, other, {}, Width::k256);
  out_.immediate(1);
  out_.vector(codes.add(), sum, sum, other, {}, Width::k128);
}

void PassWriter::add_lanes(const Codes& codes, Zmm sum, Zmm other) {
  add_upper_half(codes, sum, other);
  for (int distance = codes.wide ? 1 : 2; distance > 0; distance /= 2) {
    out_.vector(codes.permute(), other, kNone, sum, {}, Width::k256);
    out_.immediate(codes.wide ? 0x05 : distance == 2 ? 0x4E : 0xB1);
    out_.vector(codes.add(), sum, sum, other, {}, Width::k256);
  }
  add_upper_quarter(codes, sum, other);
}

void PassWriter::add_in_turn(const Codes& parts, Zmm a, Zmm b, Zmm other) {
  out_.vector(parts.interleave(true), other, a, b, {}, Width::k256);
  out_.vector(parts.interleave(false), a, a, b, {}, Width::k256);
  out_.vector(codes_.add(), a, a, other, {}, Width::k256);
}

void PassWriter::store_sums(const Sum& sum) {
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

void PassWriter::store_sum(const Sum& sum) {
  const Zmm other = take();
  add_lanes(codes_, sum.lanes[0], other);
  give(other);
  out_.vector(codes_.store_first(), sum.lanes[0], kNone, address(sum.reg), {}, Width::k128);
}

void PassWriter::add_to_columns(const Sum& sum) {
  const Gpr to = base(sum.reg);
  const auto add = [&](Zmm part, Mask mask, int8_t lines) {
    const Lanes lanes = tail_ ? Lanes{mask, false} : Lanes{};
    out_.vector(kDouble.add(), part, part, {to, kColumn, 8, lines}, {lanes.mask, tail_});
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

bool PassWriter::is_row_sum(int reg) const {
  return std::any_of(sums_.begin(), sums_.end(), [reg](const Sum& sum) { return sum.reg == reg; });
}

void PassWriter::add_total(const Total& total) {
  Zmm x = need(total.reg);
  const Zmm part = take(), upper = take();
  if (tail_) {
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

}  // namespace adamqlr
