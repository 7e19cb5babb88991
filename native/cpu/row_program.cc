#include "row_program.h"

#include <cstring>

#include "families.h"
#include "operands.h"
#include "partition.h"

namespace adamqlr {
namespace {

constexpr int64_t kMaxChunks = 64;
constexpr double kMaxScratch = 1e12;

/// How a program cuts the space [rows, cols]: tiles of `rows x cols` values, runs of tiles as chunks. By shape alone.
struct RowSpace {
  Pieces rows, cols;
  int64_t tiles_across;  // at least one: row registers have values also where there are no columns
  int64_t tiles;
  Pieces chunks;

  Tile tile(int64_t index) const {
    const Range r = rows[index / tiles_across], c = cols[index % tiles_across];
    return {r.size(), c.size(), r.begin, c.begin};
  }
};

RowSpace space_of(const RowProgram& program, int64_t rows, int64_t cols) {
  if (!program.uses_rows) {
    cols *= rows;
    rows = cols > 0 ? 1 : 0;
  }
  const int64_t size = program.tile_elements;
  int64_t tile_rows = std::max<int64_t>(1, size / std::max<int64_t>(1, cols));
  if (tile_rows > 16) tile_rows -= tile_rows % 16;
  const int64_t tile_cols = cols > size && !program.whole_rows ? size : std::max<int64_t>(1, cols);
  RowSpace space{{rows, tile_rows}, {cols, tile_cols}, std::max<int64_t>(1, ceil_div(cols, tile_cols)), 0, {}};
  space.tiles = space.rows.count() * space.tiles_across;
  space.chunks = {space.tiles, std::max<int64_t>(1, ceil_div(space.tiles, kMaxChunks))};
  return space;
}

/// Where the value of a register is: in the tile memory of the thread, in the sums of the chunk, or in the memory of a tensor, moving
/// with the tile.
struct Location {
  enum Where : int32_t { kNone, kThread, kSums, kElement, kRow, kColumn };
  std::byte* base = nullptr;
  int64_t offset = 0;
  int64_t size = 0;
  Where where = kNone;
};

/// Scratch: sums per tile, column sums per chunk, register locations, then for each thread whether it has its constants, register
/// pointers, uniform values and tile memory.
struct Layout {
  int64_t sums, columns, per_chunk, locations, threads, pointers, uniforms, elements, rows, per_thread, bytes;
  int64_t element_capacity, row_capacity;
};

Status layout_of(const RowProgram& program, const RowSpace& space, int threads, Layout* layout) {
  const int64_t registers = static_cast<int64_t>(program.registers.size());
  int64_t sums = 0;
  for (const RowOutput& output : program.outputs) sums += output.mode == RowMode::kScalar;
  const int64_t tile_rows = std::min(space.rows.n, space.rows.size),
                tile_cols = std::min(space.cols.n, space.cols.size);
  layout->element_capacity = round_up(tile_rows * tile_cols, 64);
  layout->row_capacity = round_up(tile_rows, 64);
  const double needed = 8.0 * sums * space.tiles + 8.0 * program.column_registers * space.cols.n * space.chunks.count() + threads * (1.0 * program.element_bytes * layout->element_capacity +
                                                              1.0 * program.row_bytes * layout->row_capacity);
  if (needed > kMaxScratch)
    return expected("row", "tiles that fit in 1 TB of scratch", std::to_string(needed) + " bytes");
  layout->sums = 0;
  layout->columns = round_up(8 * sums * space.tiles, 64);
  layout->per_chunk = program.column_registers * space.cols.n;
  layout->locations = layout->columns + round_up(8 * layout->per_chunk * space.chunks.count(), 64);
  layout->threads = layout->locations + round_up(registers * static_cast<int64_t>(sizeof(Location)), 64);
  layout->pointers = 64;
  layout->uniforms = layout->pointers + round_up(registers * 8, 64);
  layout->elements = layout->uniforms + round_up(registers * 8, 64);
  layout->rows = layout->elements + program.element_bytes * layout->element_capacity;
  layout->per_thread = layout->rows + program.row_bytes * layout->row_capacity;
  layout->bytes = layout->threads + threads * layout->per_thread;
  return Status::ok();
}

Status check_operand(const View& view, RowMode mode, DType dtype, const View& shape, const char* kind) {
  const int64_t count = mode == RowMode::kElement  ? shape.count()
                        : mode == RowMode::kRow    ? shape.dims[0]
                        : mode == RowMode::kColumn ? shape.dims[1]
                                                   : 1;
  // A scalar input is converted to its register's dtype, a scalar output is a float sum.
  const bool converts = mode == RowMode::kScalar;
  const int64_t elements = shape.count();
  if (mode == RowMode::kStack && (elements == 0 ? view.count() != 0 : view.count() % elements != 0))
    return expected("row", "a stack of several times " + std::to_string(elements) + " elements", describe(view));
  if (mode != RowMode::kStack && view.count() != count)
    return expected("row", std::string(kind) + " of " + std::to_string(count) + " elements", describe(view));
  if (!converts && view.dtype != dtype)
    return expected("row", std::string(kind) + " of its register's dtype", describe(view));
  return Status::ok();
}

Status check_row_program(const Call& call, int64_t* scratch_bytes) {
  const auto* program = static_cast<const RowProgram*>(call.prepared);
  if (program == nullptr) return expected("row", "a prepared program", "none");
  const int inputs = static_cast<int>(program->inputs.size()), outputs = static_cast<int>(program->outputs.size());
  if (static_cast<int>(call.out.size()) != outputs)
    return expected("row", std::to_string(outputs) + " outputs", std::to_string(call.out.size()));
  if (Status status = check_operands("row", call, inputs + 1, outputs); !status) return status;
  const View& shape = call.in[0];
  if (shape.rank != 2) return expected("row", "a shape tensor [rows, cols]", describe(shape));
  for (int i = 0; i < inputs; ++i) {
    Status status =
        check_operand(call.in[i + 1], program->inputs[i].mode, program->registers[i].dtype, shape, "an input");
    if (!status) return status;
  }
  for (int i = 0; i < outputs; ++i) {
    const RowOutput& output = program->outputs[i];
    if (output.mode == RowMode::kScalar && !is_float(call.out[i].dtype)) {
      return expected("row", "sums to be floats", describe(call.out[i]));
    }
    Status status = check_operand(call.out[i], output.mode, program->registers[output.reg].dtype, shape, "an output");
    if (!status) return status;
  }
  Layout layout;
  const RowSpace space = space_of(*program, shape.dims[0], shape.dims[1]);
  if (Status status = layout_of(*program, space, call.pool->threads(), &layout); !status) return status;
  *scratch_bytes = layout.bytes;
  return Status::ok();
}

bool overlap(const View& a, const View& b) {
  const auto* x = a.as<std::byte>();
  const auto* y = b.as<std::byte>();
  return x != nullptr && y != nullptr && x < y + b.bytes() && y < x + a.bytes();
}

/// One execution: places the registers, runs the tiles, adds the sums.
class RowRun {
 public:
  explicit RowRun(const Call& call)
      : call_(call),
        program_(*static_cast<const RowProgram*>(call.prepared)),
        space_(space_of(program_, call.in[0].dims[0], call.in[0].dims[1])) {
    (void)static_cast<bool>(layout_of(program_, space_, call.pool->threads(), &layout_));  // passed in check
    sums_ = reinterpret_cast<double*>(call.scratch + layout_.sums);
    columns_ = reinterpret_cast<double*>(call.scratch + layout_.columns);
    locations_ = reinterpret_cast<Location*>(call.scratch + layout_.locations);
    place_registers();
    place_inputs();
    place_outputs();
    for (int thread = 0; thread < call.pool->threads(); ++thread) *thread_memory(thread) = std::byte{0};
  }

  void run() {
    call_.pool->parallel(space_.chunks.count(), [this](int64_t chunk, int thread) { run_chunk(chunk, thread); });
    add_sums();
  }

 private:
  void place_registers() {
    const int count = static_cast<int>(program_.registers.size());
    for (int i = 0; i < count; ++i) {
      const RowRegister& reg = program_.registers[i];
      Location location;
      location.size = size_of(reg.dtype);
      if (reg.uniform) {
        location.where = Location::kThread;
        location.offset = layout_.uniforms + i * 8;
      } else if (reg.kind == RegisterKind::kColumn) {
        location.where = Location::kSums;
        location.offset = reg.slot * space_.cols.n;
      } else if (reg.slot != kNever) {
        location.where = Location::kThread;
        location.offset = reg.kind == RegisterKind::kRow ? layout_.rows + reg.slot * layout_.row_capacity
                                                         : layout_.elements + reg.slot * layout_.element_capacity;
      }
      locations_[i] = location;
    }
  }

  /// Whether an input that is also stored must leave its memory, because another output is written there.
  bool displaced(int input) const {
    if (!program_.inputs[input].stored) return false;
    for (size_t o = 0; o < program_.outputs.size(); ++o) {
      if (program_.outputs[o].reg != input && overlap(call_.in[input + 1], call_.out[o])) return true;
    }
    return false;
  }

  /// How many values per element an input has to add up; 0 unless it is a stack.
  int64_t parts_of(size_t input) const {
    const int64_t elements = space_.rows.n * space_.cols.n;
    return program_.inputs[input].mode == RowMode::kStack && elements > 0 ? call_.in[input + 1].count() / elements : 0;
  }

  void place_inputs() {
    const int count = static_cast<int>(program_.inputs.size());
    for (int i = 0; i < count; ++i) {
      const RowMode mode = program_.inputs[i].mode;
      Location& location = locations_[i];
      location.base = call_.in[i + 1].as<std::byte>();
      if (mode == RowMode::kScalar || displaced(i)) continue;
      if (mode == RowMode::kElement || parts_of(static_cast<size_t>(i)) == 1) location.where = Location::kElement;
      if (mode == RowMode::kRow) location.where = Location::kRow;
      if (mode == RowMode::kColumn && (space_.rows.size == 1 || !program_.inputs[i].repeated)) location.where = Location::kColumn;
    }
  }

  /// Whether the step that computes an output may write it in place of the tile memory: no input in that memory is read
  /// later.
  bool may_write_directly(int index) const {
    const RowOutput& output = program_.outputs[index];
    if (!output.direct) return false;
    const int written = program_.registers[output.reg].written;
    const View& view = call_.out[index];
    for (size_t i = 0; i < program_.inputs.size(); ++i) {
      const View& input = call_.in[i + 1];
      const int last_read = program_.registers[i].last_read;
      if (last_read < written || !overlap(input, view)) continue;
      const bool in_place = last_read == written && program_.steps[written].elementwise && input.data == view.data &&
                            size_of(input.dtype) == size_of(view.dtype);
      if (!in_place) return false;
    }
    return true;
  }

  void place_outputs() {
    for (int i = 0; i < static_cast<int>(program_.outputs.size()); ++i) {
      const RowOutput& output = program_.outputs[i];
      if (is_sum(output.mode) || !may_write_directly(i)) continue;
      Location& location = locations_[output.reg];
      location.base = call_.out[i].as<std::byte>();
      location.where = output.mode == RowMode::kRow ? Location::kRow : Location::kElement;
    }
  }

  /// Distance of a tile's first value from the first value of the space, by how a tensor spans it.
  int64_t start_of(const Tile& tile, Location::Where where) const {
    if (where == Location::kRow) return tile.row0;
    if (where == Location::kColumn) return tile.col0;
    return tile.row0 * space_.cols.n + tile.col0;
  }

  static int64_t count_of(const Tile& tile, RegisterKind kind) {
    return kind == RegisterKind::kRow ? tile.rows : tile.rows * tile.cols;
  }

  std::byte* thread_memory(int thread) const { return call_.scratch + layout_.threads + thread * layout_.per_thread; }

  void run_chunk(int64_t chunk, int thread) const {
    std::byte* memory = thread_memory(thread);
    auto** pointers = reinterpret_cast<std::byte**>(memory + layout_.pointers);
    const size_t count = program_.registers.size();
    for (size_t i = 0; i < count; ++i) {
      pointers[i] = locations_[i].where == Location::kThread ? memory + locations_[i].offset : nullptr;
    }
    if (memory[0] == std::byte{0}) {
      load_constants(pointers);
      memory[0] = std::byte{1};
    }
    double* columns = columns_ + chunk * layout_.per_chunk;
    std::fill(columns, columns + layout_.per_chunk, 0.0);
    const Range tiles = space_.chunks[chunk];
    for (int64_t t = tiles.begin; t < tiles.end; ++t) {
      const Tile tile = space_.tile(t);
      for (size_t i = 0; i < count; ++i) {
        const Location& location = locations_[i];
        if (location.where == Location::kSums)
          pointers[i] = reinterpret_cast<std::byte*>(columns + location.offset + tile.col0);
        else if (location.where > Location::kSums)
          pointers[i] = location.base + start_of(tile, location.where) * location.size;
      }
      run_tile(tile, pointers);
      add_tile(tile, t, pointers);
      store_tile(tile, pointers);
    }
  }

  static void run_step(const RowStep& step, const Tile& tile, int64_t count, std::byte* const* pointers) {
    const auto at = [&](int reg) { return reg < 0 ? nullptr : pointers[reg]; };
    step.loop(tile, count, at(step.dst), at(step.a), at(step.b), at(step.c), step.real);
  }

  /// What stays the same over the whole space: scalars, what follows from them, and repeated columns.
  void load_constants(std::byte* const* pointers) const {
    for (size_t i = 0; i < program_.inputs.size(); ++i) {
      const RowMode mode = program_.inputs[i].mode;
      const View& input = call_.in[i + 1];
      if (mode == RowMode::kScalar) {
        const Opcode* cast = find_cast(input.dtype, program_.registers[i].dtype);
        cast->loops[0]({}, 1, pointers[i], input.data, nullptr, nullptr, 0);
      } else if (mode == RowMode::kColumn && locations_[i].where == Location::kThread && space_.cols.n > 0) {
        repeat(pointers[i], input, std::min(space_.rows.n, space_.rows.size));
      }
    }
    for (const RowStep& step : program_.uniform_steps) run_step(step, {}, 1, pointers);
  }

  /// A column as `rows` rows: what is there already is copied behind itself.
  static void repeat(std::byte* to, const View& column, int64_t rows) {
    const int64_t bytes = column.bytes();
    if (rows > 0) std::memcpy(to, column.data, static_cast<size_t>(bytes));
    for (int64_t done = 1; done < rows; done *= 2)
      std::memcpy(to + done * bytes, to, static_cast<size_t>(std::min(done, rows - done) * bytes));
  }

  const Opcode* find_cast(DType from, DType to) const {
    return program_.casts[static_cast<int>(from)][static_cast<int>(to)];
  }

  void run_tile(const Tile& tile, std::byte* const* pointers) const {
    for (size_t i = 0; i < program_.inputs.size(); ++i) {
      const Location& location = locations_[i];
      const RowMode mode = program_.inputs[i].mode;
      if (location.where != Location::kThread || mode == RowMode::kScalar || mode == RowMode::kColumn) continue;
      if (mode == RowMode::kStack) {
        add_parts(tile, i, pointers[i]);
        continue;
      }
      const auto where = mode == RowMode::kRow ? Location::kRow : Location::kElement;
      move(pointers[i], location.base + start_of(tile, where) * location.size,
           count_of(tile, program_.registers[i].kind) * location.size);
    }
    for (const RowStep& step : program_.steps)
      run_step(step, tile, count_of(tile, program_.registers[step.dst].kind), pointers);
  }

  /// The sum of a stack's parts, from the first to the last.
  void add_parts(const Tile& tile, size_t input, std::byte* to) const {
    const Location& location = locations_[input];
    const int64_t parts = parts_of(input), count = tile.rows * tile.cols;
    const int64_t part_bytes = space_.rows.n * space_.cols.n * location.size;
    const std::byte* from = location.base + start_of(tile, Location::kElement) * location.size;
    if (parts == 0) std::memset(to, 0, static_cast<size_t>(count * location.size));
    if (parts == 1) move(to, from, count * location.size);
    const Loop add = program_.adds[static_cast<int>(program_.registers[input].dtype)];
    for (int64_t part = 1; part < parts; ++part)
      add(tile, count, to, part == 1 ? from : to, from + part * part_bytes, nullptr, 0);
  }

  void add_tile(const Tile& tile, int64_t index, std::byte* const* pointers) const {
    double* sums = sums_;
    for (const RowOutput& output : program_.outputs) {
      if (output.mode != RowMode::kScalar) continue;
      const RowRegister& reg = program_.registers[output.reg];
      // A part of a row repeats the row's own value: it counts once.
      const int64_t count = reg.kind == RegisterKind::kRow && tile.col0 > 0 ? 0 : count_of(tile, reg.kind);
      sums[index] = row_loops().total[static_cast<int>(reg.dtype)](pointers[output.reg], count);
      sums += space_.tiles;
    }
  }

  void store_tile(const Tile& tile, std::byte* const* pointers) const {
    for (size_t i = 0; i < program_.outputs.size(); ++i) {
      const RowOutput& output = program_.outputs[i];
      if (is_sum(output.mode)) continue;
      const RowRegister& reg = program_.registers[output.reg];
      const auto where = output.mode == RowMode::kRow ? Location::kRow : Location::kElement;
      const int64_t size = size_of(reg.dtype);
      move(call_.out[i].as<std::byte>() + start_of(tile, where) * size, pointers[output.reg],
           count_of(tile, reg.kind) * size);
    }
  }

  /// Copies unless the value is already there.
  static void move(std::byte* to, const std::byte* from, int64_t bytes) {
    if (bytes > 0 && to != from) std::memmove(to, from, static_cast<size_t>(bytes));
  }

  static void set(const View& output, int64_t index, double value) {
    if (output.dtype == DType::kFloat64)
      output.as<double>()[index] = value;
    else
      output.as<float>()[index] = static_cast<float>(value);
  }

  void add_sums() const {
    const double* sums = sums_;
    for (size_t i = 0; i < program_.outputs.size(); ++i) {
      const RowMode mode = program_.outputs[i].mode;
      const int reg = program_.outputs[i].reg;
      if (mode == RowMode::kScalar) {
        set(call_.out[i], 0, row_loops().total[static_cast<int>(DType::kFloat64)](sums, space_.tiles));
        sums += space_.tiles;
      } else if (mode == RowMode::kColumn) {
        add_columns(columns_ + program_.registers[reg].slot * space_.cols.n, call_.out[i]);
      }
    }
  }

  /// The column sums of all chunks, in their order. They stay as they are: two outputs may store one register.
  void add_columns(const double* columns, const View& output) const {
    const int64_t chunks = space_.chunks.count();
    const Pieces blocks = pieces_of(space_.cols.n, chunks);
    call_.pool->parallel(blocks.count(), [&](int64_t block, int) {
      constexpr int64_t kWidth = 64;
      for (int64_t c = blocks[block].begin; c < blocks[block].end; c += kWidth) {
        const int64_t width = std::min(kWidth, blocks[block].end - c);
        double totals[kWidth] = {};
        for (int64_t chunk = 0; chunk < chunks; ++chunk) {
          for (int64_t j = 0; j < width; ++j) totals[j] += columns[chunk * layout_.per_chunk + c + j];
        }
        for (int64_t j = 0; j < width; ++j) set(output, c + j, totals[j]);
      }
    });
  }

  const Call& call_;
  const RowProgram& program_;
  const RowSpace space_;
  Layout layout_;
  double* sums_;
  double* columns_;
  Location* locations_;
};

Status run_row_program(const Call& call) {
  RowRun(call).run();
  return Status::ok();
}

constexpr Kernel kKernels[] = {
    {"row", check_row_program, run_row_program, prepare_row_program, kShapeInput | kInPlace}};

}  // namespace

std::span<const Kernel> row_program_kernels() { return kKernels; }

}  // namespace adamqlr
