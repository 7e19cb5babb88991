#include "pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "cpu_count.h"
#include "denormals.h"

namespace adamqlr {
namespace {

inline void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` differs from `old`: spins for at most `budget`, then parks. The waker stores the value first and
/// then calls wake(), both sequentially consistent, so either it sees `parked` or this thread sees the new value.
void await_change(std::atomic<uint32_t>& value, uint32_t old, std::atomic<uint32_t>& parked,
                  std::chrono::nanoseconds budget) {
  std::chrono::steady_clock::time_point start;
  for (int round = 0;; ++round) {
    for (int i = 0; i < 64; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause();
    }
    const auto now = std::chrono::steady_clock::now();
    if (round == 0) start = now;  // the common, short wait never reads the clock
    if (now - start >= budget) break;
  }
  parked.store(1, std::memory_order_seq_cst);
  while (value.load(std::memory_order_seq_cst) == old) value.wait(old, std::memory_order_seq_cst);
  parked.store(0, std::memory_order_relaxed);
}

void wake(std::atomic<uint32_t>& value, std::atomic<uint32_t>& parked) {
  if (parked.load(std::memory_order_seq_cst) != 0) value.notify_all();
}

}  // namespace

/// The t-th part of the chunks, claimed one by one: by thread t first of all, by the others once they have no own ones left.
/// The word holds the job and how many of its chunks are claimed, so that a thread that comes late claims nothing of a later job.
struct alignas(64) Lane {
  std::atomic<uint64_t> claimed{0};

  /// The place in the lane of a chunk that now is the caller's to run, or -1.
  int64_t claim(uint32_t job, int64_t size) {
    uint64_t word = claimed.load(std::memory_order_acquire);
    while (word >> 32 == job && static_cast<int64_t>(word & 0xffffffff) < size) {
      if (claimed.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel)) return word & 0xffffffff;
    }
    return -1;
  }
};

struct alignas(64) Doorbell {
  std::atomic<uint32_t> parked{0};
};

struct Pool::Impl {
  explicit Impl(int threads)
      : count(threads), lanes(std::make_unique<Lane[]>(threads)), bells(std::make_unique<Doorbell[]>(threads)) {
    // More threads than cores: whoever spins holds up the thread it waits for.
    spin = threads > cpu_count() ? std::chrono::microseconds(0) : std::chrono::microseconds(100);
    for (int t = 1; t < count; ++t) workers.emplace_back([this, t] { work(t); });
  }

  ~Impl() {
    quit.store(true, std::memory_order_relaxed);
    ring(job.load(std::memory_order_relaxed) + 1, count - 1);
    for (std::thread& worker : workers) worker.join();
  }

  /// Makes `next` the job and wakes up to `helpers` workers that sleep.
  void ring(uint32_t next, int helpers) {
    job.store(next, std::memory_order_seq_cst);
    bool sleeping = false;
    for (int t = 1; t <= helpers; ++t) sleeping |= bells[t].parked.load(std::memory_order_seq_cst) != 0;
    if (sleeping) job.notify_all();
  }

  void work(int thread) {
    const FlushDenormals flush;
    for (uint32_t seen = 0;;) {
      await_change(job, seen, bells[thread].parked, spin);
      seen = job.load(std::memory_order_acquire);
      if (quit.load(std::memory_order_relaxed)) return;
      share(seen, thread);
    }
  }

  /// Runs chunks of a job until none is left to claim. What it reads of a job that is over it does not use: nothing of it can be claimed.
  void share(uint32_t of, int thread) {
    const Task run_chunk = task.load(std::memory_order_relaxed);
    const void* with = context.load(std::memory_order_relaxed);
    const int64_t total = chunks.load(std::memory_order_acquire);
    int64_t ran = 0;
    for (int i = 0; i < count; ++i) {
      const int lane = (thread + i) % count;
      const int64_t first = total * lane / count, size = total * (lane + 1) / count - first;
      for (int64_t at; (at = lanes[lane].claim(of, size)) >= 0; ++ran) run_chunk(with, first + at, thread);
    }
    if (ran == 0) return;
    const auto all = static_cast<uint32_t>(done.fetch_add(static_cast<uint32_t>(ran), std::memory_order_seq_cst) + ran);
    if (thread != 0 && all == static_cast<uint32_t>(total)) wake(done, bells[0].parked);
  }

  const int count;
  std::chrono::nanoseconds spin;
  std::unique_ptr<Lane[]> lanes;
  std::unique_ptr<Doorbell[]> bells;  // [0] is the caller's
  std::vector<std::thread> workers;
  std::atomic<bool> held{false};
  // The job. Its fields change only when every chunk of the one before has run.
  alignas(64) std::atomic<uint32_t> job{0};
  std::atomic<Task> task{nullptr};
  std::atomic<const void*> context{nullptr};
  std::atomic<int64_t> chunks{0};
  std::atomic<bool> quit{false};
  alignas(64) std::atomic<uint32_t> done{0};
};

Pool::Pool(int threads) : impl_(std::make_unique<Impl>(std::max(threads, 1))) {}
Pool::~Pool() = default;
int Pool::threads() const { return impl_->count; }

void Pool::run(int64_t chunks, Task task, const void* context) {
  Impl& pool = *impl_;
  const int helpers = static_cast<int>(std::min<int64_t>(pool.count, chunks)) - 1;
  if (helpers <= 0 || chunks > INT32_MAX || pool.held.exchange(true, std::memory_order_acquire)) {
    for (int64_t c = 0; c < chunks; ++c) task(context, c, 0);
    return;
  }
  const uint32_t job = pool.job.load(std::memory_order_relaxed) + 1;
  // The lanes first: a thread that is late for the job before and reads how many chunks this one has must find nothing to claim.
  for (int t = 0; t < pool.count; ++t) pool.lanes[t].claimed.store(uint64_t{job} << 32, std::memory_order_relaxed);
  pool.task.store(task, std::memory_order_relaxed);
  pool.context.store(context, std::memory_order_relaxed);
  pool.done.store(0, std::memory_order_relaxed);
  pool.chunks.store(chunks, std::memory_order_release);
  pool.ring(job, helpers);
  pool.share(job, 0);
  for (uint32_t seen; (seen = pool.done.load(std::memory_order_acquire)) != static_cast<uint32_t>(chunks);) {
    await_change(pool.done, seen, pool.bells[0].parked, pool.spin);
  }
  pool.held.store(false, std::memory_order_release);
}

}  // namespace adamqlr
