#include <algorithm>
#include <bit>

#include "row_pass_writer.h"

namespace adamqlr {

const RowStep* PassWriter::maker(int reg) const {
  for (const RowStep& step : steps_) {
    if (step.dst == reg) return &step;
  }
  return nullptr;
}

void PassWriter::write_step(const RowStep& step) {
  switch (*op(step)) {
    case PassOp::kAdd:
      return binary(codes_.add(), step);
    case PassOp::kSub:
      return binary(codes_.packed(0x5C), step);
    case PassOp::kMul:
      return binary(codes_.multiply(), step);
    case PassOp::kDiv:
      return binary(codes_.packed(0x5E), step);
    case PassOp::kSquare: {
      const Zmm x = need(step.a);
      used(step.a);
      return out_.vector(codes_.multiply(), result(step.dst), x, x);
    }
    case PassOp::kSqrt:
      return unary(codes_.packed(0x51), step);
    case PassOp::kCopy:
    case PassOp::kSpread:
      return unary(codes_.move(), step);
    case PassOp::kNeg:
      return with_constant(codes_.exclusive_or(), step);
    case PassOp::kAbs:
      return with_constant(codes_.prefixed(1, 0xDB), step);
    case PassOp::kReciprocal:
      return with_constant(codes_.packed(0x5E), step);
    case PassOp::kRelu:
      return with_constant(codes_.packed(0x5F), step);  // of 0 and NaN, or 0 and -0, the second
    case PassOp::kCompare:
      return compare(step);
    case PassOp::kAnd:
    case PassOp::kOr:
    case PassOp::kNot:
      return logical(step);
    case PassOp::kSelect:
      return select(step);
    case PassOp::kFromInt:
    case PassOp::kFromByte:
      return convert(step);
    case PassOp::kRowDot:
      return dot(step);
    case PassOp::kColumnSum: {
      const Zmm sum = sum_of(step.dst);
      out_.vector(codes_.add(), sum, sum, need(step.a));
      return used(step.a);
    }
    case PassOp::kColumnDot: {
      const Zmm x = need(step.a), w = need(step.b);
      out_.vector(codes_.multiply_add_to_sum(), sum_of(step.dst), x, w);
      used(step.a);
      return used(step.b);
    }
  }
}

Zmm PassWriter::sum_of(int reg) const {
  return std::find_if(sums_.begin(), sums_.end(), [reg](const Sum& sum) { return sum.reg == reg; })->lanes[row_];
}

void PassWriter::unary(VectorCode code, const RowStep& step) {
  const Zmm x = need(step.a);
  used(step.a);
  out_.vector(code, result(step.dst), kNone, x);
}

void PassWriter::binary(VectorCode code, const RowStep& step) {
  const Zmm x = need(step.a), y = need(step.b);
  used(step.a);
  used(step.b);
  out_.vector(code, result(step.dst), x, y);
}

std::optional<uint64_t> PassWriter::constant_of(const RowStep& step) const {
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

const Zmm* PassWriter::lanes_of(uint64_t bits) const {
  for (const Constant& constant : constants_) {
    if (constant.bits == bits) return &constant.lanes;
  }
  return nullptr;
}

void PassWriter::with_constant(VectorCode code, const RowStep& step) {
  const Zmm x = need(step.a);
  used(step.a);
  out_.vector(code, result(step.dst), *lanes_of(*constant_of(step)), x);
}

void PassWriter::compare(const RowStep& step) {
  static constexpr std::pair<std::string_view, uint8_t> kPredicates[] = {{"eq", 0},  {"ne", 4},  {"lt", 17},
                                                                         {"le", 18}, {"gt", 30}, {"ge", 29}};
  const Zmm x = need(step.a), y = need(step.b);
  const Mask mask = take_mask();
  out_.vector(codes_.packed(0xC2), {mask.number}, x, y);
  for (const auto& [name, predicate] : kPredicates) {
    if (name == step.opcode->name) out_.immediate(predicate);
  }
  value(step.dst).mask = mask.number;
  used(step.a);
  used(step.b);
}

void PassWriter::logical(const RowStep& step) {
  const Mask x = need_mask(step.a);
  const Mask y = step.b >= 0 ? need_mask(step.b) : x;
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

void PassWriter::select(const RowStep& step) {
  const Mask condition = need_mask(step.a);
  const Zmm yes = need(step.b), no = need(step.c);
  used(step.b);
  used(step.c);
  out_.vector(codes_.prefixed(2, 0x65), result(step.dst), no, yes, {condition, false});
  used(step.a);
}

void PassWriter::convert(const RowStep& step) {
  const Zmm to = result(step.dst);
  if (info(step.a).dtype == DType::kInt32) {
    out_.vector(kFromInts, to, kNone, address(step.a), some(true));
  } else {
    out_.vector(kBytesToInts, to, kNone, address(step.a), some(true));
    out_.vector(kFromInts, to, kNone, to);
  }
  used(step.a);
}

void PassWriter::dot(const RowStep& step) {
  const Zmm x = need(step.a), y = need(step.b);
  out_.vector(codes_.multiply_add_to_sum(), sum_of(step.dst), x, y, some(false));
  used(step.a);
  used(step.b);
}

}  // namespace adamqlr
