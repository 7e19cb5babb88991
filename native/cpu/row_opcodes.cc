#include "row_opcodes.h"

#include "cpu_info.h"
#include "isa_target.h"

namespace adamqlr {

const RowLoops& row_loops() {
#if defined(ADAMQLR_X86)
  if (isa() == Isa::kAvx512) return avx512::row_loops();
  if (isa() == Isa::kAvx2) return avx2::row_loops();
#endif
  return baseline::row_loops();
}

const Opcode* find_opcode(std::string_view name, DType operand, DType result) {
  for (const Opcode& opcode : row_loops().opcodes) {
    const bool reads = opcode.form != Form::kFill && opcode.form != Form::kColumnIndex && opcode.form != Form::kRowIndex;
    if (opcode.name == name && opcode.result == result && (!reads || opcode.operand == operand)) return &opcode;
  }
  return nullptr;
}

}  // namespace adamqlr
