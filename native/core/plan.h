#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "buffer.h"
#include "kernel.h"
#include "status.h"
#include "view.h"

namespace adamqlr {

constexpr uint32_t kPlanMagic = 0x50514141;  // 'AAQP'
constexpr uint32_t kPlanVersion = 2;
constexpr uint32_t kNoCommit = 0xffffffff;
constexpr int kMaxNesting = 16;
constexpr int kMaxDimSymbols = 8;
constexpr int64_t kMaxElements = int64_t{1}
                                 << 36;  // of any tensor or iteration space; keeps every product far from overflow
constexpr int64_t kMaxBytes = int64_t{1} << 40;  // of an arena, a slot or a kernel's scratch
constexpr size_t kMaxOperands = 4096;            // of one instruction, inputs and outputs each
constexpr size_t kMaxStats = 4096;               // scalars recorded per step

struct Symbol {
  std::string name;
  int64_t capacity = 1;
};

/// factor * product of symbols.
struct Dim {
  int64_t factor = 1;
  uint8_t count = 0;
  uint8_t symbols[kMaxDimSymbols] = {};
};

/// Rows in blocks. Cut c of a plan with s named sizes gives two more: s + 2c, the rows of one block (`block`, fewer in the last), and
/// s + 2c + 1, the number of blocks.
struct Cut {
  Dim rows;
  int64_t block = 1;
};

enum class Storage : uint8_t { kArena = 0, kCurrent = 1, kNext = 2, kConstant = 3, kWindow = 4, kShape = 5, kLocal = 6 };

struct Tensor {
  Storage storage = Storage::kArena;
  DType dtype = DType::kFloat32;
  int rank = 0;
  Dim dims[kMaxRank];
  int64_t where = 0;  // byte offset or slot index, by storage
};

struct Instruction;
struct Block {
  std::vector<Instruction> instructions;
};

struct Instruction {
  uint32_t place = 0;  // in the written order of all instructions of the plan, a region after its owner
  std::string name;
  std::vector<uint32_t> in, out;
  std::vector<int64_t> ints;
  std::vector<double> reals;
  std::vector<std::string> names;
  std::vector<Block> regions;
  // Resolved by the verifier; null for scan, cond and blocks, which the executor runs itself.
  const Kernel* kernel = nullptr;
  std::unique_ptr<Prepared> prepared;

  Attributes attributes() const { return {ints, reals, names}; }
};

/// One plan as read from its bytes. Only what verify() has passed may be bound or run.
struct Plan {
  std::vector<Symbol> symbols;  // the named sizes, and after verify() those of the cuts
  std::vector<Cut> cuts;
  size_t named = 0;  // sizes that a caller binds: the first of the symbols
  std::vector<Tensor> tensors;
  Buffer constants;
  int64_t arena_bytes = 0;
  int64_t local_bytes = 0;  // memory of each thread that runs blocks
  std::vector<uint32_t> stats;
  uint32_t commit = kNoCommit;
  std::vector<uint32_t> next_slots;
  Block main;
};

/// Reads the bytes of docs/contracts.md, section 4. Checks the grammar only: memory use is bounded by the bytes'
/// length, but ids and extents may still be anything.
Status read_plan(std::span<const uint8_t> bytes, Plan* plan);

/// The ids in the ints of a `scan` instruction, which must have been verified.
struct ScanIds {
  explicit ScanIds(const Instruction& scan);
  std::span<const int64_t> carry_in, carry_out, x_windows, y_windows;
  bool reverse;
};

/// The ids in the ints of a `blocks` instruction, which must have been verified.
struct BlocksIds {
  explicit BlocksIds(const Instruction& blocks);
  std::span<const int64_t> x_windows, y_windows, partials;
};

/// The value of a dimension at the given sizes.
int64_t value_of(const Dim& dim, std::span<const int64_t> sizes);

/// dims of `tensor` at the given sizes, in a view without data. The tensor and sizes must have been verified.
View shape_of(const Tensor& tensor, std::span<const int64_t> sizes);

/// "float32[n, 784]", with the symbols' names, for error sentences.
std::string shape_text(const Tensor& tensor, std::span<const Symbol> symbols);
/// "float32[50, 784]".
std::string shape_text(const View& view);
std::string_view name_of(DType dtype);

/// A name from a plan, shortened so that an error stays one sentence.
std::string quote(std::string_view name);

}  // namespace adamqlr
