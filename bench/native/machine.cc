// What this machine can do, as one line of JSON: peak of fused multiply-adds in float32, memory bandwidth of the triad a = b + s c,
// and what one barrier of the library's pool costs. Built on demand by bench/machine.ts, with the library's own pool.
// Usage: machine THREADS
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "../../native/core/pool.h"

namespace {

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
typedef float Vector __attribute__((vector_size(kBytes)));

constexpr int kLanes = kBytes / 4;
// Enough independent chains to hide the latency of every known core, few enough to stay in registers.
constexpr int kChains = kBytes == 16 ? 10 : 12;
constexpr int64_t kFmaRounds = 2'000'000;

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The shortest of several runs: a peak is what the machine does undisturbed.
double shortest(int runs, const std::function<void()>& work) {
  double best = seconds(work);
  for (int i = 1; i < runs; ++i) best = std::min(best, seconds(work));
  return best;
}

float fma_chains(float seed) {
  Vector chain[kChains];
  for (int i = 0; i < kChains; ++i) chain[i] = Vector{} + (seed + static_cast<float>(i));
  Vector factor = Vector{} + 0.999F * seed;
  Vector term = Vector{} + 0.001F * seed;
  asm volatile("" : "+m"(factor), "+m"(term));
  const Vector a = factor;
  const Vector b = term;
  for (int64_t round = 0; round < kFmaRounds; ++round) {
    for (int i = 0; i < kChains; ++i) chain[i] = chain[i] * a + b;
  }
  float total = 0;
  for (int i = 0; i < kChains; ++i) {
    for (int lane = 0; lane < kLanes; ++lane) total += chain[i][lane];
  }
  return total;
}

double fma_gflops(int threads) {
  adamqlr::Pool pool(threads);
  std::vector<float> results(static_cast<size_t>(threads) * 64);
  const double time = shortest(7, [&] {
    pool.parallel(threads, [&](int64_t chunk, int) { results[chunk * 64] = fma_chains(1.0F); });
  });
  volatile float keep = results[0];
  (void)keep;
  return 2.0 * kLanes * kChains * static_cast<double>(kFmaRounds) * threads / time * 1e-9;
}

double triad_gigabytes(int threads) {
  constexpr int64_t kCount = int64_t{1} << 24;  // three arrays of 64 MiB: beyond every cache
  adamqlr::Pool pool(threads);
  const std::unique_ptr<float[]> a(new float[kCount]), b(new float[kCount]), c(new float[kCount]);
  std::fill_n(a.get(), kCount, 0.0F);
  std::fill_n(b.get(), kCount, 1.0F);
  std::fill_n(c.get(), kCount, 2.0F);
  const int64_t part = kCount / threads;
  const double time = shortest(7, [&] {
    pool.parallel(threads, [&](int64_t chunk, int) {
      float* to = a.get() + chunk * part;
      const float* x = b.get() + chunk * part;
      const float* y = c.get() + chunk * part;
      for (int64_t i = 0; i < part; ++i) to[i] = x[i] + 0.5F * y[i];
    });
  });
  volatile float keep = a[kCount / 2];
  (void)keep;
  return 3.0 * 4.0 * static_cast<double>(part * threads) / time * 1e-9;
}

/// Every thread raises its own flag, on a cache line of its own, and waits for those of all others.
double barrier_microseconds(int threads) {
  constexpr int kMeetings = 2000;
  constexpr int kSamples = 201;
  struct alignas(64) Flag {
    std::atomic<int> raised{0};
  };
  const std::unique_ptr<Flag[]> flags(new Flag[threads]);
  const auto meet = [&](int self, int meeting) {
    flags[self].raised.store(meeting, std::memory_order_release);
    for (int other = 0; other < threads; ++other) {
      // Longer than any meeting: the other thread has no processor, and spinning would keep it from one.
      for (int spins = 0; flags[other].raised.load(std::memory_order_acquire) < meeting; ++spins) {
        if (spins > 1 << 14) std::this_thread::yield();
      }
    }
  };
  std::vector<std::thread> others;
  for (int self = 1; self < threads; ++self) {
    others.emplace_back([&, self] {
      for (int meeting = 1; meeting <= kMeetings * kSamples; ++meeting) meet(self, meeting);
    });
  }
  std::vector<double> samples;
  int meeting = 0;
  for (int i = 0; i < kSamples; ++i) {
    samples.push_back(seconds([&] {
      for (int j = 0; j < kMeetings; ++j) meet(0, ++meeting);
    }));
  }
  for (std::thread& other : others) other.join();
  std::nth_element(samples.begin(), samples.begin() + kSamples / 2, samples.end());
  return samples[kSamples / 2] / kMeetings * 1e6;
}

/// Median over many samples of one parallel call with a chunk of no work for every thread.
double pool_microseconds(int threads) {
  constexpr int kCalls = 2000;
  adamqlr::Pool pool(threads);
  struct alignas(64) Line {
    uint64_t count = 0;
  };
  std::vector<Line> lines(threads);
  std::vector<double> samples;
  for (int i = 0; i < 201; ++i) {
    samples.push_back(seconds([&] {
      for (int call = 0; call < kCalls; ++call) pool.parallel(threads, [&](int64_t, int thread) { ++lines[thread].count; });
    }));
  }
  std::nth_element(samples.begin(), samples.begin() + 100, samples.end());
  return samples[100] / kCalls * 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
  std::printf(
      "{\"threads\":%d,\"vectorBytes\":%d,\"fmaGflops1\":%.1f,\"fmaGflops\":%.1f,\"triadGigabytes1\":%.2f,\"triadGigabytes\":%.2f,"
      "\"barrierUs\":%.4f,\"poolUs\":%.4f}\n",
      threads, kBytes, fma_gflops(1), fma_gflops(threads), triad_gigabytes(1), triad_gigabytes(threads), barrier_microseconds(threads),
      pool_microseconds(threads));
  return 0;
}
