#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace adamqlr {

/// General registers by their number in the instruction encoding.
enum class Gpr : uint8_t {
  kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8, kR9, kR10, kR11, kR12, kR13, kR14, kR15
};

/// A vector register, of 512 bits unless an instruction says otherwise.
struct Zmm {
  uint8_t number;
};

/// A mask register. k0 as the mask of an instruction means all lanes.
struct Mask {
  uint8_t number;
};

/// base + index * scale + 64 * lines; scale 0: no index.
struct Address {
  Gpr base;
  Gpr index = Gpr::kRsp;
  uint8_t scale = 0;
  int8_t lines = 0;
};

/// Opcode map, mandatory prefix, W and opcode of a vector instruction, as the manuals list them.
struct VectorCode {
  uint8_t map, prefix, wide, opcode;
};

enum class Width : uint8_t { k128 = 0, k256 = 1, k512 = 2 };

/// Which lanes of the destination an instruction writes, and what becomes of the others.
struct Lanes {
  Mask mask{0};
  bool zero = false;
};

/// A place in the code to jump to.
struct Label {
  static constexpr size_t kNowhere = ~size_t{0};
  size_t at = kNowhere;
  std::vector<size_t> jumps;
};

enum class Condition : uint8_t { kEqual = 0x4, kNotEqual = 0x5, kLess = 0xC, kGreaterEqual = 0xD };

/// Writes x86-64 machine code: the few general instructions a loop needs, and EVEX and mask instructions in general.
class Assembler {
 public:
  const std::vector<uint8_t>& code() const { return code_; }

  void push(Gpr reg);
  void pop(Gpr reg);
  void ret();
  void vzeroupper();
  void move(Gpr to, Gpr from);
  void load(Gpr to, Gpr base, int32_t offset);
  void zero(Gpr reg);
  void add(Gpr to, Gpr what);
  void subtract(Gpr from, Gpr what);
  void add(Gpr to, int32_t value);
  void multiply(Gpr to, Gpr by);
  void and_with(Gpr reg, int32_t value);
  void compare(Gpr a, Gpr b);
  void lower_bits(Gpr to, Gpr count);  // ones in the lowest `count` bits; `to` may not be `count`
  void move_if(Condition condition, Gpr to, Gpr from);
  void jump(Label* label);
  void jump_if(Condition condition, Label* label);
  void bind(Label* label);

  /// dst = op(a, b); `a` and `dst` are whatever registers the encoding has in those fields.
  void vector(VectorCode code, Zmm dst, Zmm a, Zmm b, Lanes lanes = {}, Width width = Width::k512);
  void vector(VectorCode code, Zmm dst, Zmm a, Address b, Lanes lanes = {}, Width width = Width::k512);
  /// One 32-bit or 64-bit constant to all lanes, from the pool behind the code.
  void constant(VectorCode code, Zmm dst, uint64_t bits);
  void immediate(uint8_t value) { byte(value); }  // the last byte of an instruction that has one

  void mask_from(Mask to, Gpr from);
  void mask_and(Mask to, Mask a, Mask b) { mask_operation(0x41, 1, to, a, b); }
  void mask_or(Mask to, Mask a, Mask b) { mask_operation(0x45, 1, to, a, b); }
  void mask_shift(Mask to, Mask from, uint8_t right);
  void mask_not(Mask to, Mask from) { mask_operation(0x44, 0, to, {0}, from); }

  /// Puts the constants behind the code. Nothing may follow.
  void finish();

 private:
  struct Constant {
    uint64_t bits;
    size_t displacement;  // where in the code its distance goes
  };

  void byte(unsigned value) { code_.push_back(static_cast<uint8_t>(value)); }
  void word(uint32_t value);
  void patch(size_t at, size_t target);
  void two(uint8_t opcode, Gpr reg, Gpr rm);
  void jump_to(Label* label);
  void prefix(VectorCode code, unsigned dst, unsigned a, bool low_index, bool low_base, Lanes lanes, Width width);
  void mask_operation(uint8_t opcode, unsigned length, Mask to, Mask a, Mask b);

  std::vector<uint8_t> code_;
  std::vector<Constant> constants_;
};

}  // namespace adamqlr
