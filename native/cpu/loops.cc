// Chooses the inner loops for this machine.
#include "builtin_gemm.h"
#include "cpu_info.h"
#include "isa_target.h"
#include "reduce_loops.h"
#include "row_opcodes.h"

namespace adamqlr {

#if defined(ADAMQLR_X86)
namespace {

template <typename Loops>
const Loops& choose(const Loops& (*baseline)(), const Loops& (*avx2)(), const Loops& (*avx512)()) {
  return isa() == Isa::kAvx512 ? avx512() : isa() == Isa::kAvx2 ? avx2() : baseline();
}

}  // namespace

const RowLoops& row_loops() { return choose(baseline::row_loops, avx2::row_loops, avx512::row_loops); }
const ReduceLoops& reduce_loops() { return choose(baseline::reduce_loops, avx2::reduce_loops, avx512::reduce_loops); }
template <typename T>
const GemmLoops<T>& gemm_loops() {
  return choose(baseline::gemm_loops<T>, avx2::gemm_loops<T>, avx512::gemm_loops<T>);
}
#else
const RowLoops& row_loops() { return baseline::row_loops(); }
const ReduceLoops& reduce_loops() { return baseline::reduce_loops(); }
template <typename T>
const GemmLoops<T>& gemm_loops() {
  return baseline::gemm_loops<T>();
}
#endif
template const GemmLoops<float>& gemm_loops<float>();
template const GemmLoops<double>& gemm_loops<double>();

const Opcode* find_opcode(std::string_view name, DType operand, DType result) {
  for (const Opcode& opcode : row_loops().opcodes) {
    const bool reads =
        opcode.form != Form::kFill && opcode.form != Form::kColumnIndex && opcode.form != Form::kRowIndex;
    if (opcode.name == name && opcode.result == result && (!reads || opcode.operand == operand)) return &opcode;
  }
  return nullptr;
}

}  // namespace adamqlr
