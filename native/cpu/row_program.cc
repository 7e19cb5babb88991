#include "row_program.h"

#include <bit>
#include <cstring>

#include "families.h"
#include "operands.h"
#include "partition.h"

namespace adamqlr {
namespace {

constexpr int64_t kMaxChunks = 64;
constexpr double kMaxScratch = 1e12;

constexpr int64_t whole_lines(int64_t bytes) { return (bytes + 63) & ~int64_t{63}; }

/// How a program cuts the space [rows, cols]: tiles of `rows x cols` values, runs of tiles as chunks. By shape alone.
struct RowSpace {
  Pieces rows, cols;
  int64_t tiles_across = 1;  // at least one: row registers have values also where there are no columns
  int64_t tiles = 1;
  Pieces chunks{1, 1};
  int64_t chunk_count = 1;

  Tile tile(int64_t index) const {
    if (tiles == 1) return {rows.n, cols.n, 0, 0};
    const Range r = rows[index / tiles_across], c = cols[index % tiles_across];
    return {r.size(), c.size(), r.begin, c.begin};
  }
};

/// So many parts of at most `size`, about: few ones are a power of two, so that threads have equally much to do.
int64_t parts_for(int64_t elements, int64_t size) {
  const int64_t parts = ceil_div(elements, size);
  return parts > 16 ? parts : static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(parts)));
}

constexpr int64_t whole(int64_t count, int64_t of) { return ceil_div(count, of) * of; }

RowSpace space_of(const RowProgram& program, int64_t rows, int64_t cols) {
  if (!program.uses_rows) {
    cols *= rows;
    rows = cols > 0 ? 1 : 0;
  }
  const int64_t size = program.tile_elements;
  if (rows > 0 && cols > 0 && rows * cols <= size) return {{rows, rows}, {cols, cols}};
  const int64_t parts = parts_for(rows * cols, size);
  // Whole registers of row values, and rows in fours; parts of a row begin with a line of the cache.
  const int64_t even_rows = whole(ceil_div(rows, std::max<int64_t>(1, parts)), 4);
  const int64_t tile_rows = std::max<int64_t>(1, std::min(even_rows, size / std::max<int64_t>(1, cols)));
  const bool cut = cols > size && !program.whole_rows;
  const int64_t tile_cols = cut ? whole(ceil_div(cols, parts_for(cols, size)), 16) : std::max<int64_t>(1, cols);
  RowSpace space{{rows, tile_rows}, {cols, tile_cols}, std::max<int64_t>(1, ceil_div(cols, tile_cols))};
  space.tiles = space.rows.count() * space.tiles_across;
  space.chunks = {space.tiles, std::max<int64_t>(1, ceil_div(space.tiles, kMaxChunks))};
  space.chunk_count = space.chunks.count();
  return space;
}

/// A register in the memory of a tensor, which moves with the tile.
struct Moving {
  enum Along : int32_t { kElement, kRow, kColumn };
  std::byte* base;
  int64_t size;
  int32_t reg;
  Along along;
};

/// Scratch: sums per tile, column sums per chunk, registers in tensors, inputs to load per tile, then for each thread whether it has
/// its constants, register pointers, uniform values and tile memory.
struct Layout {
  int64_t columns, per_chunk, moving, loads, threads, per_thread, bytes;
  int64_t element_capacity, row_capacity;
};

Layout layout_of(const RowProgram& program, const RowSpace& space, int threads) {
  const int64_t inputs = static_cast<int64_t>(program.inputs.size()),
                outputs = static_cast<int64_t>(program.outputs.size());
  const int64_t rows = std::min(space.rows.n, space.rows.size), cols = std::min(space.cols.n, space.cols.size);
  Layout layout;
  layout.element_capacity = whole_lines(rows * cols) + 64;  // not whole pages apart: they would share cache sets
  layout.row_capacity = whole_lines(rows);
  layout.per_chunk = program.column_registers * space.cols.n;
  layout.columns = whole_lines(8 * program.scalar_sums * space.tiles);
  layout.moving = layout.columns + whole_lines(8 * layout.per_chunk * space.chunk_count);
  layout.loads = layout.moving + whole_lines((inputs + outputs) * static_cast<int64_t>(sizeof(Moving)));
  layout.threads = layout.loads + whole_lines(4 * inputs);
  layout.per_thread = program.elements_begin + program.element_bytes * layout.element_capacity +
                      program.row_bytes * layout.row_capacity;
  layout.bytes = layout.threads + threads * layout.per_thread;
  return layout;
}

/// Whether the sizes of the layout are in bounds; asked before they are multiplied as integers.
Status check_scratch(const RowProgram& program, const RowSpace& space, int threads) {
  const double rows = static_cast<double>(std::min(space.rows.n, space.rows.size)) + 64,
               elements = rows * (static_cast<double>(std::min(space.cols.n, space.cols.size)) + 64);
  const double needed = 8.0 * program.scalar_sums * space.tiles +
                        8.0 * program.column_registers * space.cols.n * space.chunk_count +
                        threads * (program.element_bytes * elements + program.row_bytes * rows);
  if (needed <= kMaxScratch) return Status::ok();
  return expected("row", "tiles that fit in 1 TB of scratch", std::to_string(needed) + " bytes");
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
  const RowSpace space = space_of(*program, shape.dims[0], shape.dims[1]);
  if (Status status = check_scratch(*program, space, call.pool->threads()); !status) return status;
  *scratch_bytes = layout_of(*program, space, call.pool->threads()).bytes;
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
        space_(space_of(program_, call.in[0].dims[0], call.in[0].dims[1])),
        layout_(layout_of(program_, space_, call.pool->threads())),
        sums_(reinterpret_cast<double*>(call.scratch)),
        columns_(reinterpret_cast<double*>(call.scratch + layout_.columns)),
        moving_(reinterpret_cast<Moving*>(call.scratch + layout_.moving)),
        loads_(reinterpret_cast<int32_t*>(call.scratch + layout_.loads)) {
    for (int i = 0; i < static_cast<int>(program_.inputs.size()); ++i) place_input(i);
    for (int i = 0; i < static_cast<int>(program_.outputs.size()); ++i) place_output(i);
  }

  void run() {
    if (space_.tiles == 1) {
      *thread_memory(0) = std::byte{0};
      run_chunk(0, 0);
    } else {
      for (int thread = 0; thread < call_.pool->threads(); ++thread) *thread_memory(thread) = std::byte{0};
      call_.pool->parallel(space_.chunk_count, [this](int64_t chunk, int thread) { run_chunk(chunk, thread); });
    }
    if (program_.scalar_sums + program_.column_registers > 0) add_sums();
  }

 private:
  void move_with_tile(int reg, const View& tensor, Moving::Along along) {
    moving_[moving_count_++] = {tensor.as<std::byte>(), size_of(tensor.dtype), reg, along};
  }

  /// Whether an input that is also stored must leave its memory, because another output is written there.
  bool displaced(int input) const {
    if (!program_.inputs[input].stored) return false;
    for (size_t o = 0; o < program_.outputs.size(); ++o) {
      if (program_.outputs[o].reg != input && overlap(call_.in[input + 1], call_.out[o])) return true;
    }
    return false;
  }

  /// How many values per element a stack has to add up.
  int64_t parts_of(int input) const {
    const int64_t elements = space_.rows.n * space_.cols.n;
    return elements > 0 ? call_.in[input + 1].count() / elements : 0;
  }

  /// Whether each thread makes a tile of the column of an input, once. Where tiles have one row they may be a part of it.
  bool is_repeated(int input) const {
    return space_.rows.size != 1 && (program_.inputs[input].repeated || displaced(input));
  }

  void place_input(int i) {
    const View& view = call_.in[i + 1];
    switch (program_.inputs[i].mode) {
      case RowMode::kScalar:
        return;
      case RowMode::kColumn:
        if (is_repeated(i)) return;
        if (!displaced(i)) return move_with_tile(i, view, Moving::kColumn);
        break;
      case RowMode::kStack:
        if (parts_of(i) == 1 && !displaced(i)) return move_with_tile(i, view, Moving::kElement);
        break;
      default:
        if (!displaced(i)) return move_with_tile(i, view, along(program_.inputs[i].mode));
    }
    loads_[load_count_++] = i;
  }

  static Moving::Along along(RowMode mode) {
    return mode == RowMode::kRow ? Moving::kRow : mode == RowMode::kColumn ? Moving::kColumn : Moving::kElement;
  }

  /// Whether the step that computes an output may write it in place of the tile memory: no input in that memory is read
  /// later.
  bool may_write_directly(int index) const {
    const RowOutput& output = program_.outputs[index];
    const int written = program_.registers[output.reg].written;
    const View& view = call_.out[index];
    for (size_t i = 0; i < program_.inputs.size(); ++i) {
      const int last_read = program_.registers[i].last_read;
      const View& input = call_.in[i + 1];
      if (last_read < written || !overlap(input, view)) continue;
      const bool in_place = last_read == written && program_.steps[written].elementwise && input.data == view.data &&
                            size_of(input.dtype) == size_of(view.dtype);
      if (!in_place) return false;
    }
    return true;
  }

  void place_output(int i) {
    const RowOutput& output = program_.outputs[i];
    if (output.direct && may_write_directly(i)) move_with_tile(output.reg, call_.out[i], along(output.mode));
  }

  /// Distance of a tile's first value from the first value of the space, by how a tensor spans it.
  int64_t start_of(const Tile& tile, Moving::Along along) const {
    if (along == Moving::kRow) return tile.row0;
    if (along == Moving::kColumn) return tile.col0;
    return tile.row0 * space_.cols.n + tile.col0;
  }

  static int64_t count_of(const Tile& tile, RegisterKind kind) {
    return kind == RegisterKind::kRow ? tile.rows : tile.rows * tile.cols;
  }

  std::byte* thread_memory(int thread) const { return call_.scratch + layout_.threads + thread * layout_.per_thread; }

  void run_chunk(int64_t chunk, int thread) const {
    std::byte* memory = thread_memory(thread);
    auto** pointers = reinterpret_cast<std::byte**>(memory + RowProgram::kPointers);
    const size_t count = program_.registers.size();
    for (size_t i = 0; i < count; ++i) {
      const TilePlace& place = program_.places[i];
      pointers[i] = memory + place.fixed + place.per_element * layout_.element_capacity +
                    place.per_row * layout_.row_capacity;
    }
    if (memory[0] == std::byte{0}) {
      load_constants(pointers);
      memory[0] = std::byte{1};
    }
    double* columns = columns_ + chunk * layout_.per_chunk;
    if (layout_.per_chunk > 0) std::fill(columns, columns + layout_.per_chunk, 0.0);
    const Range tiles = space_.tiles == 1 ? Range{0, 1} : space_.chunks[chunk];
    for (int64_t t = tiles.begin; t < tiles.end; ++t) {
      const Tile tile = space_.tile(t);
      for (int i = 0; i < moving_count_; ++i) {
        const Moving& moving = moving_[i];
        pointers[moving.reg] = moving.base + start_of(tile, moving.along) * moving.size;
      }
      for (int64_t i = 0; i < program_.column_registers; ++i) {
        const auto reg = static_cast<size_t>(program_.sums_over_rows[static_cast<size_t>(i)]);
        pointers[reg] = reinterpret_cast<std::byte*>(columns + i * space_.cols.n + tile.col0);
      }
      run_tile(tile, t, pointers);
      if (program_.scalar_sums > 0) add_tile(tile, t, pointers);
      store_tile(tile, pointers);
    }
  }

  static void run_step(const RowStep& step, const Tile& tile, int64_t count, std::byte* const* pointers) {
    const auto at = [&](int reg) { return reg < 0 ? nullptr : pointers[reg]; };
    step.loop(tile, count, at(step.dst), at(step.a), at(step.b), at(step.c), step.real);
  }

  /// What stays the same over the whole space: scalars, what follows from them, and repeated columns.
  void load_constants(std::byte* const* pointers) const {
    for (int i = 0; i < static_cast<int>(program_.inputs.size()); ++i) {
      const RowMode mode = program_.inputs[i].mode;
      const View& input = call_.in[i + 1];
      if (mode == RowMode::kScalar) {
        load_scalar(input, program_.registers[i].dtype, pointers[i]);
      } else if (mode == RowMode::kColumn && is_repeated(i) && space_.cols.n > 0) {
        repeat(pointers[i], input, std::min(space_.rows.n, space_.rows.size));
      }
    }
    for (const RowStep& step : program_.uniform_steps) run_step(step, {}, 1, pointers);
  }

  void load_scalar(const View& input, DType dtype, std::byte* to) const {
    if (input.dtype == dtype && dtype == DType::kFloat64) {
      std::memcpy(to, input.data, 8);
    } else {
      const Opcode* cast = program_.casts[static_cast<int>(input.dtype)][static_cast<int>(dtype)];
      cast->loops[0]({}, 1, to, input.data, nullptr, nullptr, 0);
    }
  }

  /// A column as `rows` rows: what is there already is copied behind itself.
  static void repeat(std::byte* to, const View& column, int64_t rows) {
    const int64_t bytes = column.bytes();
    if (rows > 0) std::memcpy(to, column.data, static_cast<size_t>(bytes));
    for (int64_t done = 1; done < rows; done *= 2)
      std::memcpy(to + done * bytes, to, static_cast<size_t>(std::min(done, rows - done) * bytes));
  }

  void run_tile(const Tile& tile, int64_t index, std::byte* const* pointers) const {
    for (int i = 0; i < load_count_; ++i) load(tile, loads_[i], pointers[loads_[i]]);
    for (const RowStep& step : program_.steps) {
      if (step.pass != nullptr)
        run_pass(*step.pass, tile, index, pointers);
      else
        run_step(step, tile, count_of(tile, program_.registers[step.dst].kind), pointers);
    }
  }

  void run_pass(const RowPass& pass, const Tile& tile, int64_t index, std::byte* const* pointers) const {
    double totals[RowPass::kMaxTotals];
    const int64_t count = pass.of_rows ? tile.rows : tile.rows * tile.cols;
    pass.code(pointers, pass.flat ? 1 : tile.rows, pass.flat ? count : tile.cols, totals);
    for (size_t i = 0; i < pass.totals.size(); ++i) {
      const int sum = program_.outputs[static_cast<size_t>(pass.totals[i])].sum;
      sums_[sum * space_.tiles + index] = is_counted(tile, pass.of_rows) ? totals[i] : 0;
    }
  }

  /// A part of a row repeats the row's own value: it counts once.
  static bool is_counted(const Tile& tile, bool of_rows) { return !of_rows || tile.col0 == 0; }

  void load(const Tile& tile, int input, std::byte* to) const {
    const RowMode mode = program_.inputs[input].mode;
    const RowRegister& reg = program_.registers[input];
    const int64_t size = size_of(reg.dtype), count = count_of(tile, reg.kind);
    const std::byte* from = call_.in[input + 1].as<std::byte>() + start_of(tile, along(mode)) * size;
    if (mode != RowMode::kStack) return move(to, from, count * size);
    // The sum of the parts, from the first to the last.
    const int64_t parts = parts_of(input), part_bytes = space_.rows.n * space_.cols.n * size;
    if (parts == 0) std::memset(to, 0, static_cast<size_t>(count * size));
    if (parts == 1) move(to, from, count * size);
    const Loop add = program_.adds[static_cast<int>(reg.dtype)];
    for (int64_t part = 1; part < parts; ++part)
      add(tile, count, to, part == 1 ? from : to, from + part * part_bytes, nullptr, 0);
  }

  void add_tile(const Tile& tile, int64_t index, std::byte* const* pointers) const {
    for (const RowOutput& output : program_.outputs) {
      if (output.mode != RowMode::kScalar || output.in_pass) continue;
      const RowRegister& reg = program_.registers[output.reg];
      const int64_t count = is_counted(tile, reg.kind == RegisterKind::kRow) ? count_of(tile, reg.kind) : 0;
      const int dtype = static_cast<int>(reg.dtype);
      sums_[output.sum * space_.tiles + index] = output.by == kNever
                        ? row_loops().total[dtype](pointers[output.reg], count)
                        : row_loops().combined[dtype]->dot(pointers[output.reg], pointers[output.by], count);
    }
  }

  void store_tile(const Tile& tile, std::byte* const* pointers) const {
    for (size_t i = 0; i < program_.outputs.size(); ++i) {
      const RowOutput& output = program_.outputs[i];
      if (is_sum(output.mode)) continue;
      const RowRegister& reg = program_.registers[output.reg];
      const int64_t size = size_of(reg.dtype);
      move(call_.out[i].as<std::byte>() + start_of(tile, along(output.mode)) * size, pointers[output.reg],
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
    for (size_t i = 0; i < program_.outputs.size(); ++i) {
      const RowMode mode = program_.outputs[i].mode;
      const int reg = program_.outputs[i].reg;
      if (mode == RowMode::kScalar) {
        const double* parts = sums_ + program_.outputs[i].sum * space_.tiles;
        set(call_.out[i], 0, row_loops().total[static_cast<int>(DType::kFloat64)](parts, space_.tiles));
      } else if (mode == RowMode::kColumn) {
        add_columns(columns_ + program_.registers[reg].slot * space_.cols.n, call_.out[i]);
      }
    }
  }

  /// The column sums of all chunks, in their order. They stay as they are: two outputs may store one register.
  void add_columns(const double* columns, const View& output) const {
    const int64_t chunks = space_.chunk_count;
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
  const Layout layout_;
  double* const sums_;
  double* const columns_;
  Moving* const moving_;
  int32_t* const loads_;
  int moving_count_ = 0, load_count_ = 0;
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
