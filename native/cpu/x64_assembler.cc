#include "x64_assembler.h"

namespace adamqlr {
namespace {

constexpr unsigned low3(unsigned reg) { return reg & 7; }
constexpr unsigned number(Gpr reg) { return static_cast<unsigned>(reg); }
constexpr bool bit(unsigned reg, int place) { return ((reg >> place) & 1) != 0; }

/// The prefix of 64-bit general instructions: W, and the fourth bits of reg and rm.
constexpr unsigned rex(Gpr reg, Gpr rm) { return 0x48 | (bit(number(reg), 3) ? 4 : 0) | (bit(number(rm), 3) ? 1 : 0); }
constexpr unsigned registers(unsigned reg, unsigned rm) { return 0xC0 | low3(reg) << 3 | low3(rm); }

}  // namespace

void Assembler::word(uint32_t value) {
  for (int i = 0; i < 4; ++i) byte(value >> (8 * i) & 0xFF);
}

/// Writes at `at` the distance from behind its four bytes to `target`.
void Assembler::patch(size_t at, size_t target) {
  const auto distance = static_cast<uint32_t>(target - (at + 4));
  for (size_t i = 0; i < 4; ++i) code_[at + i] = static_cast<uint8_t>(distance >> (8 * i));
}

void Assembler::two(uint8_t opcode, Gpr reg, Gpr rm) {
  byte(rex(reg, rm));
  byte(opcode);
  byte(registers(number(reg), number(rm)));
}

void Assembler::push(Gpr reg) {
  if (bit(number(reg), 3)) byte(0x41);
  byte(0x50 + low3(number(reg)));
}

void Assembler::pop(Gpr reg) {
  if (bit(number(reg), 3)) byte(0x41);
  byte(0x58 + low3(number(reg)));
}

void Assembler::ret() { byte(0xC3); }

void Assembler::vzeroupper() {
  byte(0xC5);
  byte(0xF8);
  byte(0x77);
}

void Assembler::move(Gpr to, Gpr from) { two(0x89, from, to); }
void Assembler::add(Gpr to, Gpr what) { two(0x01, what, to); }
void Assembler::subtract(Gpr from, Gpr what) { two(0x29, what, from); }
void Assembler::compare(Gpr a, Gpr b) { two(0x39, b, a); }
void Assembler::zero(Gpr reg) { two(0x31, reg, reg); }

void Assembler::load(Gpr to, Gpr base, int32_t offset) {
  byte(rex(to, base));
  byte(0x8B);
  byte(0x80 | low3(number(to)) << 3 | low3(number(base)));
  if (low3(number(base)) == number(Gpr::kRsp)) byte(0x24);
  word(static_cast<uint32_t>(offset));
}

void Assembler::add(Gpr to, int32_t value) {
  byte(rex(Gpr::kRax, to));
  byte(0x81);
  byte(registers(0, number(to)));
  word(static_cast<uint32_t>(value));
}

void Assembler::multiply(Gpr to, Gpr by) {
  byte(rex(to, by));
  byte(0x0F);
  byte(0xAF);
  byte(registers(number(to), number(by)));
}

void Assembler::and_with(Gpr reg, int32_t value) {
  byte(rex(Gpr::kRax, reg));
  byte(0x81);
  byte(registers(4, number(reg)));
  word(static_cast<uint32_t>(value));
}

void Assembler::lower_bits(Gpr to, Gpr count) {
  // to = -1, then bzhi to, to, count
  byte(rex(Gpr::kRax, to));
  byte(0xC7);
  byte(registers(0, number(to)));
  word(~uint32_t{0});
  byte(0xC4);
  byte((bit(number(to), 3) ? 0 : 0x80) | 0x40 | (bit(number(to), 3) ? 0 : 0x20) | 2);
  byte(0x80 | (~number(count) & 15) << 3);
  byte(0xF5);
  byte(registers(number(to), number(to)));
}

void Assembler::move_if(Condition condition, Gpr to, Gpr from) {
  byte(rex(to, from));
  byte(0x0F);
  byte(0x40 | static_cast<unsigned>(condition));
  byte(registers(number(to), number(from)));
}

void Assembler::jump_to(Label* label) {
  label->jumps.push_back(code_.size());
  word(0);
  if (label->at != Label::kNowhere) patch(label->jumps.back(), label->at);
}

void Assembler::jump(Label* label) {
  byte(0xE9);
  jump_to(label);
}

void Assembler::jump_if(Condition condition, Label* label) {
  byte(0x0F);
  byte(0x80 | static_cast<unsigned>(condition));
  jump_to(label);
}

void Assembler::bind(Label* label) {
  label->at = code_.size();
  for (const size_t jump : label->jumps) patch(jump, label->at);
}

void Assembler::prefix(VectorCode code, unsigned dst, unsigned a, bool low_index, bool low_base, Lanes lanes,
                       Width width) {
  // R, X, B and R' are stored inverted, as are the number of the second operand and its fifth bit.
  byte(0x62);
  byte((bit(dst, 3) ? 0 : 0x80) | (low_index ? 0x40 : 0) | (low_base ? 0x20 : 0) | (bit(dst, 4) ? 0 : 0x10) | code.map);
  byte(code.wide << 7 | (~a & 15) << 3 | 4 | code.prefix);
  byte((lanes.zero ? 0x80 : 0) | static_cast<unsigned>(width) << 5 | (bit(a, 4) ? 0 : 8) | lanes.mask.number);
  byte(code.opcode);
}

void Assembler::vector(VectorCode code, Zmm dst, Zmm a, Zmm b, Lanes lanes, Width width) {
  prefix(code, dst.number, a.number, !bit(b.number, 4), !bit(b.number, 3), lanes, width);
  byte(registers(dst.number, b.number));
}

void Assembler::vector(VectorCode code, Zmm dst, Zmm a, Address b, Lanes lanes, Width width) {
  const unsigned base = number(b.base), index = number(b.index);
  prefix(code, dst.number, a.number, !bit(index, 3), !bit(base, 3), lanes, width);
  const bool indexed = b.scale != 0 || low3(base) == number(Gpr::kRsp);
  byte(0x40 | low3(dst.number) << 3 | (indexed ? 4 : low3(base)));
  if (indexed) {
    const unsigned shift = b.scale == 8 ? 3 : b.scale == 4 ? 2 : b.scale == 2 ? 1 : 0;
    byte(shift << 6 | low3(index) << 3 | low3(base));
  }
  byte(static_cast<uint8_t>(b.lines));
}

void Assembler::constant(VectorCode code, Zmm dst, uint64_t bits) {
  prefix(code, dst.number, 0, true, true, {}, Width::k512);
  byte(low3(dst.number) << 3 | 5);
  constants_.push_back({bits, code_.size()});
  word(0);
}

void Assembler::mask_from(Mask to, Gpr from) {
  byte(0xC5);
  byte(0xF8);
  byte(0x92);
  byte(registers(to.number, number(from)));
}

void Assembler::mask_shift(Mask to, Mask from, uint8_t right) {
  for (const unsigned value : {0xC4u, 0xE3u, 0xF9u, 0x30u, registers(to.number, from.number), unsigned{right}}) byte(value);
}

void Assembler::mask_operation(uint8_t opcode, unsigned length, Mask to, Mask a, Mask b) {
  byte(0xC5);
  byte(0x80 | (~unsigned{a.number} & 15) << 3 | length << 2);
  byte(opcode);
  byte(registers(to.number, b.number));
}

void Assembler::finish() {
  while (code_.size() % 8 != 0) byte(0xCC);
  for (const Constant& constant : constants_) {
    patch(constant.displacement, code_.size());
    for (int i = 0; i < 8; ++i) byte(constant.bits >> (8 * i) & 0xFF);
  }
}

}  // namespace adamqlr
