// The names of the instruction-set variants. A variant file defines ADAMQLR_TARGET as one of these and ADAMQLR_VARIANT
// as its namespace, then includes the loops (*.inc): every function marked ADAMQLR_TARGET is compiled for that set
// alone, whatever the flags of the file. Standard headers come before, so that nothing shared is compiled for a newer
// processor.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define ADAMQLR_X86 1
#endif

#define ADAMQLR_TARGET_BASELINE
#define ADAMQLR_TARGET_AVX2 __attribute__((target("avx2,fma")))
#if defined(__clang__)
#define ADAMQLR_TARGET_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define ADAMQLR_TARGET_AVX512 \
  __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
