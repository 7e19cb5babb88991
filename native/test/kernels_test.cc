// Movement, gathers, sources and randomness against plain loops.
#include "cpu/philox.h"
#include "kernel_call.h"

namespace adamqlr::test {
namespace {

constexpr DType kAll[] = {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kUint8, DType::kBool};

/// Runs a movement kernel and compares y[index] with expect(index).
template <typename Expect>
void expect_elements(const Instruction& instruction, const std::vector<const Tensor*>& in, const Dims& dims,
                     const Expect& expect) {
  Tensor y(in[0]->dtype(), dims);
  CHECK_OK(run_everywhere(instruction, in, {&y}));
  int64_t wrong = 0;
  for_each_index(dims, [&](const Dims& index, int64_t i) { wrong += !close(y.get(i), expect(index), 0); });
  check(wrong == 0, "every element in its place", __FILE__, __LINE__,
        std::string(instruction.kernel) + ": " + std::to_string(wrong) + " are not");
}

Status rejected(const Instruction& instruction, const std::vector<const Tensor*>& in, const Tensor& out) {
  return invoke(instruction, views(in), {out.view()}, 1, false);
}

void test_transpose() {
  Numbers numbers(1);
  struct Case {
    Dims dims;
    std::vector<int64_t> perm;
  };
  const Case cases[] = {{{}, {}},
                        {{5}, {0}},
                        {{3, 4}, {1, 0}},
                        {{0, 4}, {1, 0}},
                        {{130, 70}, {1, 0}},
                        {{1, 300}, {1, 0}},
                        {{2, 3, 4}, {2, 0, 1}},
                        {{5, 6, 7}, {1, 0, 2}},
                        {{3, 1, 4, 2}, {3, 2, 1, 0}},
                        {{2, 33, 3, 40}, {0, 3, 2, 1}},
                        {{300, 3, 50}, {2, 0, 1}},
                        {{2, 2, 2, 2, 2, 2, 2, 3}, {7, 1, 5, 3, 4, 2, 6, 0}}};
  for (const Case& c : cases) {
    for (const DType dtype : kAll) {
      const Tensor x = numbers.tensor(dtype, c.dims);
      Dims dims;
      for (const int64_t axis : c.perm) dims.push_back(c.dims[axis]);
      expect_elements({"transpose", c.perm}, {&x}, dims, [&](const Dims& index) {
        Dims source(index.size());
        for (size_t i = 0; i < index.size(); ++i) source[c.perm[i]] = index[i];
        return x.get(flat(source, c.dims));
      });
    }
  }
  const Tensor x(DType::kFloat32, {3, 4}), y(DType::kFloat32, {4, 3}), wide(DType::kFloat64, {4, 3});
  CHECK_ERROR("permutation", rejected({"transpose", {0, 0}}, {&x}, y));
  CHECK_ERROR("permutation", rejected({"transpose", {0, 2}}, {&x}, y));
  CHECK_ERROR("permutation", rejected({"transpose", {-1, 0}}, {&x}, y));
  CHECK_ERROR("attributes", rejected({"transpose", {1}}, {&x}, y));
  CHECK_ERROR("sizes", rejected({"transpose", {0, 1}}, {&x}, y));
  CHECK_ERROR("dtype", rejected({"transpose", {1, 0}}, {&x}, wide));
}

void test_broadcast() {
  Numbers numbers(2);
  struct Case {
    Dims dims, out;
    std::vector<int64_t> map;
  };
  const Case cases[] = {{{}, {}, {}},
                        {{}, {7}, {-1}},
                        {{}, {300, 200}, {-1, -1}},
                        {{5}, {3, 5}, {-1, 0}},
                        {{5}, {5, 3}, {0, -1}},
                        {{1, 5}, {4, 5}, {0, 1}},
                        {{4, 1}, {4, 60}, {0, 1}},
                        {{3, 4}, {4, 2, 3}, {1, -1, 0}},
                        {{0}, {3, 0}, {-1, 0}},
                        {{1}, {0}, {0}},
                        {{2, 1, 3}, {2, 5, 3}, {0, 1, 2}},
                        {{50}, {700, 50}, {-1, 0}}};
  for (const Case& c : cases) {
    for (const DType dtype : kAll) {
      const Tensor x = numbers.tensor(dtype, c.dims);
      expect_elements({"broadcast", c.map}, {&x}, c.out, [&](const Dims& index) {
        Dims source(c.dims.size(), 0);
        for (size_t i = 0; i < index.size(); ++i) {
          if (c.map[i] >= 0 && c.dims[c.map[i]] != 1) source[c.map[i]] = index[i];
        }
        return x.get(flat(source, c.dims));
      });
    }
  }
  const Tensor one(DType::kFloat64, {}, {1.0 / 3});
  Tensor field(DType::kFloat32, {4, 5});
  CHECK_OK(run_everywhere({"broadcast", {-1, -1}}, {&one}, {&field}));
  CHECK(field.get(0) == static_cast<double>(static_cast<float>(1.0 / 3)) && field.get(19) == field.get(0));
  const Tensor x(DType::kFloat32, {3}), y(DType::kFloat32, {3, 3});
  CHECK_ERROR("once each", rejected({"broadcast", {0, 0}}, {&x}, y));
  CHECK_ERROR("once each", rejected({"broadcast", {0, 1}}, {&x}, y));
  CHECK_ERROR("unused", rejected({"broadcast", {-1, -1}}, {&x}, y));
  CHECK_ERROR("sizes", rejected({"broadcast", {0, -1}}, {&x}, Tensor(DType::kFloat32, {4, 3})));
  CHECK_ERROR("dtype", rejected({"broadcast", {0, -1}}, {&x}, Tensor(DType::kFloat64, {3, 3})));
  CHECK_ERROR("dtype", rejected({"broadcast", {-1}}, {&one}, Tensor(DType::kInt32, {3})));
}

void test_slice_and_pad() {
  Numbers numbers(3);
  struct Case {
    Dims dims, out;
    std::vector<int64_t> starts, steps;
  };
  const Case cases[] = {{{}, {}, {}, {}},
                        {{9}, {4}, {2}, {1}},
                        {{9}, {4}, {1}, {2}},
                        {{9}, {9}, {8}, {-1}},
                        {{9}, {0}, {4}, {1}},
                        {{5, 300}, {3, 200}, {1, 50}, {1, 1}},
                        {{5, 300}, {2, 100}, {0, 2}, {3, 2}},
                        {{4, 5, 6}, {4, 2, 6}, {0, 3, 0}, {1, 1, 1}},
                        {{4, 5, 6}, {2, 5, 3}, {3, 0, 5}, {-2, 1, -2}}};
  for (const Case& c : cases) {
    for (const DType dtype : kAll) {
      std::vector<int64_t> ints = c.starts;
      ints.insert(ints.end(), c.steps.begin(), c.steps.end());
      const Tensor x = numbers.tensor(dtype, c.dims);
      expect_elements({"slice", ints}, {&x}, c.out, [&](const Dims& index) {
        Dims source = index;
        for (size_t i = 0; i < index.size(); ++i) source[i] = c.starts[i] + index[i] * c.steps[i];
        return x.get(flat(source, c.dims));
      });
      // pad is the transpose: the same cases with positive steps, from `out` back to `dims`.
      if (std::any_of(c.steps.begin(), c.steps.end(), [](int64_t step) { return step < 0; })) continue;
      for (size_t i = 0; i < c.steps.size(); ++i) ints[c.steps.size() + i] = c.steps[i] - 1;
      const Tensor small = numbers.tensor(dtype, c.out);
      expect_elements({"pad", ints}, {&small}, c.dims, [&](const Dims& index) {
        Dims source = index;
        for (size_t i = 0; i < index.size(); ++i) {
          const int64_t at = index[i] - c.starts[i];
          if (at < 0 || at % c.steps[i] != 0 || at / c.steps[i] >= c.out[i]) return 0.0;
          source[i] = at / c.steps[i];
        }
        return small.get(flat(source, c.out));
      });
    }
  }
  const Tensor x(DType::kFloat32, {9}), y(DType::kFloat32, {4});
  CHECK_ERROR("sizes", rejected({"slice", {6, 1}}, {&x}, y));
  CHECK_ERROR("sizes", rejected({"slice", {0, 3}}, {&x}, y));
  CHECK_ERROR("sizes", rejected({"slice", {2, -1}}, {&x}, y));
  CHECK_ERROR("sizes", rejected({"slice", {0, INT64_C(1) << 47}}, {&x}, y));
  CHECK_ERROR("steps", rejected({"slice", {0, 0}}, {&x}, y));
  CHECK_ERROR("steps", rejected({"slice", {0, INT64_MIN}}, {&x}, y));
  CHECK_ERROR("starts", rejected({"slice", {-1, 1}}, {&x}, y));
  CHECK_ERROR("starts", rejected({"slice", {9, 1}}, {&x}, y));
  CHECK_ERROR("attributes", rejected({"slice", {0}}, {&x}, y));
  CHECK_ERROR("sizes", rejected({"pad", {6, 0}}, {&y}, x));
  CHECK_ERROR("sizes", rejected({"pad", {0, 2}}, {&y}, x));
  CHECK_ERROR("0 or more", rejected({"pad", {-1, 0}}, {&y}, x));
  CHECK_ERROR("0 or more", rejected({"pad", {0, INT64_MAX}}, {&y}, x));
}

void test_concat_and_copy() {
  Numbers numbers(4);
  for (const DType dtype : kAll) {
    for (const int64_t axis : {0, 1, 2}) {
      Dims a_dims{3, 4, 5}, b_dims{3, 4, 5}, c_dims{3, 4, 5}, dims{3, 4, 5};
      a_dims[axis] = 2, b_dims[axis] = 0, c_dims[axis] = 7, dims[axis] = 9;
      const Tensor a = numbers.tensor(dtype, a_dims), b = numbers.tensor(dtype, b_dims),
                   c = numbers.tensor(dtype, c_dims);
      expect_elements({"concat", {axis}}, {&a, &b, &c}, dims, [&](Dims index) {
        if (index[axis] < 2) return a.get(flat(index, a_dims));
        index[axis] -= 2;
        return c.get(flat(index, c_dims));
      });
    }
    const Tensor x = numbers.tensor(dtype, {60, 700});
    expect_elements({"copy"}, {&x}, {700, 2, 30}, [&](const Dims& index) { return x.get(flat(index, {700, 2, 30})); });
    CHECK_OK(invoke({"copy"}, {x.view()}, {x.view()}, 2));
  }
  const Tensor wide(DType::kFloat64, {}, {0.1}), x(DType::kFloat32, {3, 4});
  Tensor narrow(DType::kFloat32, {1, 1});
  CHECK_OK(run_everywhere({"copy"}, {&wide}, {&narrow}));
  CHECK(narrow.get(0) == static_cast<double>(0.1f));
  CHECK_ERROR("elements", rejected({"copy"}, {&x}, Tensor(DType::kFloat32, {3, 5})));
  CHECK_ERROR("dtype", rejected({"copy"}, {&x}, Tensor(DType::kFloat64, {3, 4})));
  CHECK_ERROR("axis", rejected({"concat", {2}}, {&x}, x));
  CHECK_ERROR("sizes", rejected({"concat", {0}}, {&x, &x}, x));
  CHECK_ERROR("one or more inputs", rejected({"concat", {0}}, {}, x));
}

void test_gather() {
  Numbers numbers(5);
  struct Case {
    Dims dims, indices;
    int64_t axis;
  };
  const Case cases[] = {{{7}, {}, 0},        {{7}, {4}, 0},         {{7, 5}, {3, 2}, 0},     {{7, 5}, {6}, 1},
                        {{2, 9, 3}, {5}, 1}, {{100, 64}, {700}, 0}, {{3, 4}, {0}, 0},        {{50, 1}, {900}, 0},
                        {{0, 4}, {0}, 0},    {{3, 0}, {5}, 0},      {{300, 10}, {40000}, 0}, {{4, 300}, {20000}, 1}};
  for (const Case& c : cases) {
    Tensor indices(DType::kInt32, c.indices);
    for (int64_t i = 0; i < indices.count(); ++i) indices.set(i, static_cast<double>(numbers.below(c.dims[c.axis])));
    Dims dims(c.dims.begin(), c.dims.begin() + c.axis);
    dims.insert(dims.end(), c.indices.begin(), c.indices.end());
    dims.insert(dims.end(), c.dims.begin() + c.axis + 1, c.dims.end());
    const auto source = [&](const Dims& index) {
      Dims at(index.begin(), index.begin() + c.axis);
      at.push_back(static_cast<int64_t>(indices.get(
          flat({index.begin() + c.axis, index.begin() + c.axis + static_cast<int64_t>(c.indices.size())}, c.indices))));
      at.insert(at.end(), index.begin() + c.axis + static_cast<int64_t>(c.indices.size()), index.end());
      return flat(at, c.dims);
    };
    for (const DType dtype : kAll) {
      const Tensor x = numbers.tensor(dtype, c.dims);
      expect_elements({"gather", {c.axis}}, {&x, &indices}, dims,
                      [&](const Dims& index) { return x.get(source(index)); });
    }
    for (const DType dtype : {DType::kFloat32, DType::kFloat64, DType::kInt32}) {
      const Tensor updates = numbers.tensor(dtype, dims);
      Tensor y(dtype, c.dims);
      std::vector<double> expected(static_cast<size_t>(y.count()), 0.0);
      // Additions in order of position, each rounded: the same bits.
      for_each_index(dims, [&](const Dims& index, int64_t i) {
        double& sum = expected[source(index)];
        sum = dtype == DType::kFloat32
                  ? static_cast<double>(static_cast<float>(sum) + static_cast<float>(updates.get(i)))
                  : sum + updates.get(i);
      });
      CHECK_OK(run_everywhere({"scatterAdd", {c.axis}}, {&indices, &updates}, {&y}));
      int64_t wrong = 0;
      for (int64_t i = 0; i < y.count(); ++i) wrong += y.get(i) != expected[i];
      CHECK(wrong == 0);
    }
  }
}

void test_gather_rejects() {
  const Tensor x(DType::kFloat32, {3, 4}), y(DType::kFloat32, {2, 4});
  Tensor indices(DType::kInt32, {2}, {0, 3});
  Tensor to(DType::kFloat32, {2, 4});
  CHECK_ERROR("gather: expected indices in [0, 3), got 3 at position 1",
              invoke({"gather", {0}}, views({&x, &indices}), {to.view()}, 2));
  indices.set(0, -1);
  CHECK_ERROR("got -1 at position 0", invoke({"gather", {0}}, views({&x, &indices}), {to.view()}, 1));
  Tensor many(DType::kInt32, {100000}), sum(DType::kFloat64, {3}), updates(DType::kFloat64, {100000});
  for (int64_t i = 0; i < 100000; ++i) many.set(i, i >= 70000 ? INT32_MIN : 2);
  CHECK_ERROR("scatterAdd: expected indices in [0, 3), got -2147483648 at position 70000",
              invoke({"scatterAdd", {0}}, views({&many, &updates}), {sum.view()}, 4));
  CHECK_ERROR("axis", rejected({"gather", {2}}, {&x, &indices}, y));
  CHECK_ERROR("int32", rejected({"gather", {0}}, {&x, &x}, y));
  CHECK_ERROR("one dtype", rejected({"gather", {0}}, {&x, &indices}, Tensor(DType::kFloat64, {2, 4})));
  CHECK_ERROR("in place of one axis", rejected({"gather", {1}}, {&x, &indices}, y));
  CHECK_ERROR("numbers", rejected({"scatterAdd", {0}}, {&indices, &x}, Tensor(DType::kBool, {2, 4})));
  CHECK_ERROR("in place of one axis", rejected({"scatterAdd", {0}}, {&indices, &x}, y));
}

void test_sources() {
  for (const DType dtype : {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kUint8}) {
    for (const int64_t axis : {0, 1, 2}) {
      Tensor y(dtype, {3, 200, 7});
      CHECK_OK(run_everywhere({"iota", {axis}}, {}, {&y}));
      int64_t wrong = 0;
      for_each_index(y.dims(),
                     [&](const Dims& index, int64_t i) { wrong += y.get(i) != static_cast<double>(index[axis]); });
      CHECK(wrong == 0);
    }
  }
  CHECK_ERROR("its dtype can hold", rejected({"iota", {0}}, {}, Tensor(DType::kUint8, {257})));
  CHECK_ERROR("axis", rejected({"iota", {1}}, {}, Tensor(DType::kInt32, {4})));
  const Tensor shape(DType::kBool, {6, 7});
  Tensor y(DType::kFloat64, {});
  CHECK_OK(run_everywhere({"size"}, {&shape}, {&y}));
  CHECK(y.get(0) == 42);
  CHECK_ERROR("float64 scalar", rejected({"size"}, {&shape}, Tensor(DType::kFloat32, {})));
}

/// Known answers of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds).
void test_philox() {
  CHECK((philox({0, 0, 0, 0}, {0, 0}) == PhiloxWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) == PhiloxWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK((philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
         PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

void test_random_streams() {
  const Tensor key(DType::kInt32, {2}, {-123456789, 42});
  const PhiloxKey words{static_cast<uint32_t>(-123456789), 42};
  for (const int64_t n : {0, 1, 3, 4, 5, 100003}) {
    Tensor bits(DType::kInt32, {n}), f32(DType::kFloat32, {n}), f64(DType::kFloat64, {n}), n32(DType::kFloat32, {n}),
        n64(DType::kFloat64, {n});
    CHECK_OK(run_everywhere({"randomBits"}, {&key}, {&bits}));
    CHECK_OK(run_everywhere({"randomUniform"}, {&key}, {&f32}));
    CHECK_OK(run_everywhere({"randomUniform"}, {&key}, {&f64}));
    CHECK_OK(run_everywhere({"randomNormal"}, {&key}, {&n32}));
    CHECK_OK(run_everywhere({"randomNormal"}, {&key}, {&n64}));
    int64_t wrong = 0;
    double mean = 0, square = 0;
    for (int64_t i = 0; i < n; ++i) {
      const uint32_t word = philox({static_cast<uint32_t>(i / 4), 0, 0, 0}, words)[i % 4];
      const PhiloxWords block = philox({static_cast<uint32_t>(i / 2), 0, 0, 0}, words);
      const uint64_t pair = join_words(block[i % 2 * 2], block[i % 2 * 2 + 1]);
      wrong += bits.view().as<int32_t>()[i] != static_cast<int32_t>(word);
      wrong += f32.get(i) != static_cast<double>(word >> 8) / 16777216.0;
      wrong += f64.get(i) != static_cast<double>(pair >> 11) / 9007199254740992.0;
      wrong += n32.get(i) != static_cast<double>(static_cast<float>(n64.get(i))) || !std::isfinite(n64.get(i));
      mean += n64.get(i), square += n64.get(i) * n64.get(i);
    }
    CHECK(wrong == 0);
    if (n > 1000) CHECK(std::fabs(mean / n) < 0.02 && std::fabs(square / n - 1) < 0.02);
  }
}

void test_keys_and_permutation() {
  const Tensor key(DType::kInt32, {2}, {7, 9}), data(DType::kInt32, {}, {-5});
  Tensor child(DType::kInt32, {2});
  CHECK_OK(run_everywhere({"foldIn"}, {&key, &data}, {&child}));
  const PhiloxWords words = philox({static_cast<uint32_t>(-5), 0x666f6c64, 0, 0}, {7, 9});
  CHECK(child.view().as<int32_t>()[0] == static_cast<int32_t>(words[0]) &&
        child.view().as<int32_t>()[1] == static_cast<int32_t>(words[1]));
  for (const int64_t n : {0, 1, 2, 5, 1000}) {
    Tensor y(DType::kInt32, {n});
    CHECK_OK(run_everywhere({"permutation"}, {&key}, {&y}));
    std::vector<int64_t> plain(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) plain[i] = i;
    for (int64_t i = n - 1, word = 0; i > 0; --i, word += 2) {
      const PhiloxWords block = philox({static_cast<uint32_t>(word / 4), 0, 0, 0}, {7, 9});
      const long double draw = static_cast<long double>(join_words(block[word % 4], block[word % 4 + 1]));
      std::swap(plain[i],
                plain[static_cast<int64_t>(draw * static_cast<long double>(i + 1) / 18446744073709551616.0L)]);
    }
    int64_t wrong = 0;
    for (int64_t i = 0; i < n; ++i) wrong += y.get(i) != static_cast<double>(plain[i]);
    CHECK(wrong == 0);
  }
  const Tensor wrong_key(DType::kInt32, {3}), wide_key(DType::kFloat32, {2});
  CHECK_ERROR("key", rejected({"permutation"}, {&wrong_key}, Tensor(DType::kInt32, {5})));
  CHECK_ERROR("key", rejected({"randomNormal"}, {&wide_key}, Tensor(DType::kFloat32, {5})));
  CHECK_ERROR("float32 or float64", rejected({"randomNormal"}, {&key}, Tensor(DType::kInt32, {5})));
  CHECK_ERROR("int32 output", rejected({"randomBits"}, {&key}, Tensor(DType::kFloat32, {5})));
  CHECK_ERROR("one axis", rejected({"permutation"}, {&key}, Tensor(DType::kInt32, {5, 5})));
  CHECK_ERROR("data", rejected({"foldIn"}, {&key, &key}, child));
}

void test_views_out_of_range() {
  View x = Tensor(DType::kFloat32, {4}).view(), y = x;
  const auto reject = [&] { return invoke({"copy"}, {x}, {y}, 1, false); };
  x.rank = 9;
  CHECK_ERROR("ranks up to 8", reject());
  x.rank = 1, x.dims[0] = -1;
  CHECK_ERROR("ranks up to 8", reject());
  x.dims[0] = 4, x.dtype = static_cast<DType>(9);
  CHECK_ERROR("ranks up to 8", reject());
  x = y, x.rank = 2, x.dims[0] = INT64_MAX, x.dims[1] = 0;
  CHECK_ERROR("2^48", reject());
  CHECK(cpu_backend().find("none") == nullptr);
}

}  // namespace
}  // namespace adamqlr::test

int main() {
  using namespace adamqlr::test;
  test_transpose();
  test_broadcast();
  test_slice_and_pad();
  test_concat_and_copy();
  test_gather();
  test_gather_rejects();
  test_sources();
  test_philox();
  test_random_streams();
  test_keys_and_permutation();
  test_views_out_of_range();
  return finish("kernels");
}
