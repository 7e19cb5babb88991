// Time of the row programs that the steps of a multilayer perceptron consist of, on one thread:
//   cmake -S . -B build/bench -DADAMQLR_TESTS=ON && cmake --build build/bench --target row_bench
//   build/bench/row_bench
// ADAMQLR_ISA=avx2 shows them without generated code. Prints the least of many runs.
#include <chrono>
#include <cstdio>

#include "row_builder.h"

namespace adamqlr::test {
namespace {

std::byte* whole_line(std::byte* memory) { return memory + (64 - reinterpret_cast<uintptr_t>(memory) % 64) % 64; }

/// Nanoseconds of one run of a program on spaces [rows, cols]; inputs by their modes.
double nanoseconds(const Program& program, int64_t rows, int64_t cols) {
  static Pool pool(1);
  Numbers numbers(1);
  const Instruction instruction = encode(program);
  std::vector<Tensor> tensors;
  tensors.push_back(space(rows, cols));
  const auto add = [&](int64_t mode, DType dtype) {
    const Dims dims = mode == kElement ? Dims{rows, cols} : mode == kRow ? Dims{rows} : mode == kColumn ? Dims{cols} : Dims{};
    tensors.push_back(numbers.tensor(dtype, dims));
  };
  for (size_t i = 0; i < program.inputs.size(); ++i) add(program.inputs[i], program.registers[i].second);
  for (size_t i = 0; i < program.outputs.size(); ++i) add(program.outputs[i], kF32);
  std::vector<View> in, out;
  std::vector<std::unique_ptr<std::byte[]>> lines;
  for (size_t i = 0; i < tensors.size(); ++i) {
    View view = tensors[i].view();
    lines.push_back(std::make_unique<std::byte[]>(static_cast<size_t>(view.bytes()) + 64));
    std::byte* aligned = whole_line(lines.back().get());
    std::copy(tensors[i].data(), tensors[i].data() + view.bytes(), aligned);
    view.data = aligned;
    (i <= program.inputs.size() ? in : out).push_back(view);
  }
  const Attributes attributes{instruction.ints, instruction.reals, instruction.names};
  const Kernel* kernel = cpu_backend().find("row");
  std::unique_ptr<Prepared> prepared;
  Call call{in, out, attributes, nullptr, nullptr, &pool};
  int64_t bytes = 0;
  if (!kernel->prepare(attributes, static_cast<int>(in.size()), static_cast<int>(out.size()), &prepared)) return 0;
  call.prepared = prepared.get();
  if (!kernel->check(call, &bytes)) return 0;
  std::vector<std::byte> scratch(static_cast<size_t>(bytes) + 64);
  call.scratch = whole_line(scratch.data());
  double least = 1e18;
  for (int round = 0; round < 200; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) static_cast<void>(kernel->run(call));
    least = std::min(least, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / 50);
  }
  return least;
}

using Registers = std::vector<std::pair<int64_t, DType>>;

Registers registers(std::initializer_list<int64_t> kinds) {
  Registers all;
  for (const int64_t kind : kinds) all.push_back({kind, kF32});
  return all;
}

void print(const char* name, const Program& program, int64_t rows, int64_t cols) {
  const double time = nanoseconds(program, rows, cols);
  const double lines = static_cast<double>(rows * ((cols + 15) / 16));
  std::printf("%-12s [%lld, %lld] %10.0f ns %8.2f ns per line\n", name, static_cast<long long>(rows), static_cast<long long>(cols), time, time / lines);
}

void print_all(int64_t rows, int64_t cols) {
  enum : int64_t { E, R, C };
  // relu(z + b) . w
  print("outputs", {{kElement, kColumn, kColumn}, {kElement, kRow}, registers({E, E, E, E, E, R}), {4, 5}, {{"add", 3, 0, 1}, {"relu", 4, 3}, {"rowDot", 5, 4, 2}}}, rows, cols);
  // Where h > 0: r w, its sum over rows, and that of h r
  print("gradient", {{kElement, kRow, kColumn}, {kElement, kColumn, kColumn}, {{E, kF32}, {R, kF32}, {E, kF32}, {E, kF32}, {E, kBool}, {E, kF32}, {E, kF32}, {E, kF32}, {C, kF32}, {C, kF32}}, {7, 8, 9},
    {{"fill", 3}, {"gt", 4, 0, 3}, {"spread", 5, 1}, {"mul", 6, 5, 2}, {"select", 7, 4, 6, 3}, {"columnSum", 8, 7}, {"columnDot", 9, 0, 1}}}, rows, cols);
  print("new outputs", {{kElement, kElement, kScalar, kColumn, kColumn}, {kRow}, registers({E, E, E, E, E, E, E, E, E, R}), {9},
    {{"mul", 5, 1, 2}, {"add", 6, 0, 5}, {"add", 7, 6, 3}, {"relu", 8, 7}, {"rowDot", 9, 8, 4}}}, rows, cols);
}

void print_direction(int64_t rows, int64_t cols) {
  enum : int64_t { E };
  Registers all = registers({E, E, E, E, E, E, E, E});
  all.resize(20, {E, kF32});
  print("direction", {{kElement, kElement, kElement, kScalar, kScalar, kScalar, kScalar, kScalar}, {kElement, kElement, kElement, kScalar, kScalar}, all, {10, 13, 18, 19, 8},
    {{"mul", 8, 2, 3}, {"mul", 9, 0, 4}, {"add", 10, 9, 8}, {"square", 11, 2}, {"mul", 12, 1, 5}, {"add", 13, 12, 11}, {"mul", 14, 13, 6}, {"sqrt", 15, 14}, {"add", 16, 15, 7}, {"div", 17, 10, 16}, {"neg", 18, 17}, {"mul", 19, 18, 2}}}, rows, cols);
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  for (const int64_t rows : {32, 294}) {
    for (const int64_t cols : {10, 48, 50, 64, 100, 256}) adamqlr::test::print_all(rows, cols);
  }
  adamqlr::test::print_direction(8, 50);
  adamqlr::test::print_direction(784, 50);
}
