#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "program.h"
#include "stats.h"

namespace adamqlr {

/// A program with a thread of its own, made on the first start(). One run at a time; everything but stop() and halt()
/// is for the one thread that owns the session.
class Session {
 public:
  explicit Session(const Backend& backend);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Status create(std::vector<SlotSpec> slots);
  Status add_plan(std::span<const uint8_t> bytes, int* index);
  Status write(size_t slot, DType dtype, const void* data, int64_t count, int64_t start);
  Status read(size_t slot, DType dtype, void* into, int64_t count, int64_t start);
  Program::Memory memory() const { return memory_; }

  /// Begins a run on the session's thread. `wake` is called there when rows wait in stats() and when the run has ended;
  /// it must not block. With `record` false no rows are kept.
  Status start(Job job, bool record, std::function<void()> wake);
  /// Runs here and now. The observer adds to this session's own stop and halt; `timeline`, unless null, is told what
  /// ran.
  Status run_here(Job job, Observer& observer, RunResult* result, Timeline* timeline = nullptr);

  /// A run begun by start() has ended and nobody has collected it.
  bool ended() const { return state_.load(std::memory_order_acquire) == State::kEnded; }
  /// Collects it; from then on the session takes calls again.
  Status collect(RunResult* result);
  bool running() const { return state_.load(std::memory_order_acquire) != State::kIdle; }

  StatsRing& stats() { return stats_; }

  /// Ends the run at its next step boundary.
  void stop() { stop_.store(true, std::memory_order_relaxed); }
  /// Ends the run before its next instruction, for good: afterwards only reads are answered.
  void halt();
  bool is_halted() const { return halt_.load(std::memory_order_relaxed); }
  bool is_stopping() const { return stop_.load(std::memory_order_relaxed); }
  /// From now on `wake` is not called: the environment it belongs to is going away.
  void silence();
  /// halt(), then waits for the thread to end.
  void join();
  /// join(), then frees all memory but the outcome of the last run.
  void release();

 private:
  class Own;
  enum class State : uint8_t { kIdle, kRunning, kEnded };
  Status expect_idle(const char* who) const;
  void work();
  void wake();

  std::unique_ptr<Program> program_;
  Program::Memory memory_;
  bool here_ = false;       // run_here() is on the stack
  bool releasing_ = false;  // release() was called
  StatsRing stats_;
  std::atomic<State> state_{State::kIdle};
  std::atomic<bool> stop_{false}, halt_{false};

  std::mutex mutex_;  // guards what follows
  std::condition_variable posted_;
  std::unique_ptr<Program::Script> job_;
  bool record_ = false;
  RunResult result_;
  std::string error_;

  std::mutex wake_mutex_;
  std::function<void()> wake_;
  bool silent_ = false;

  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace adamqlr
