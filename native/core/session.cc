#include "session.h"

#include <chrono>

#include "process.h"

namespace adamqlr {

/// The observer of a run on the session's own thread: rows go to the ring, wake-ups are at least 10 ms apart unless the
/// ring fills up, and no row stays behind for longer than a step and those 10 ms.
class Session::Own final : public Observer {
 public:
  Own(Session& session, bool record) : session_(session), record_(record) {}

  bool halted() override { return session_.is_halted(); }
  bool stopping() override { return session_.is_stopping(); }

  void record(int plan, std::span<const double> row) override {
    if (!record_) return;
    while (!session_.stats_.try_push(plan, row)) {
      tell();
      session_.stats_.wait_for_room(row.size());
      if (session_.is_halted()) return;
    }
    untold_ = true;
    if (session_.stats_.crowded()) tell();
  }

  void step_done() override {
    if (untold_ && std::chrono::steady_clock::now() - told_ >= std::chrono::milliseconds(10)) tell();
  }

 private:
  void tell() {
    untold_ = false;
    told_ = std::chrono::steady_clock::now();
    session_.wake();
  }

  Session& session_;
  const bool record_;
  bool untold_ = false;
  std::chrono::steady_clock::time_point told_;
};

namespace {

/// Adds a session's own stop and halt to another observer.
class Joined final : public Observer {
 public:
  Joined(const Session& session, Observer& other) : session_(session), other_(other) {}
  bool halted() override { return session_.is_halted() || other_.halted(); }
  bool stopping() override { return session_.is_stopping() || other_.stopping(); }
  void record(int plan, std::span<const double> row) override { other_.record(plan, row); }
  void step_done() override { other_.step_done(); }

 private:
  const Session& session_;
  Observer& other_;
};

}  // namespace

Session::Session(const Backend& backend) : program_(std::make_unique<Program>(backend)) { Process::get().add(this); }

Session::~Session() {
  Process::get().remove(this);
  join();
}

Status Session::expect_idle(const char* who) const {
  if (program_ == nullptr || releasing_) return Status::error("session: expected a live session, got a disposed one");
  if (running()) {
    return Status::error("session: expected no " + std::string(who) +
                         " during a run, got one; wait for the run to end or stop it");
  }
  return Status::ok();
}

Status Session::create(std::vector<SlotSpec> slots) {
  Status status = program_->create(std::move(slots));
  memory_ = program_->memory();
  return status;
}

Status Session::add_plan(std::span<const uint8_t> bytes, int* index) {
  if (Status status = expect_idle("addPlan"); !status) return status;
  Status status = program_->add_plan(bytes, Process::get().pool(), index);
  memory_ = program_->memory();
  return status;
}

Status Session::write(size_t slot, DType dtype, const void* data, int64_t count, int64_t start) {
  if (Status status = expect_idle("write"); !status) return status;
  return program_->state().write(slot, dtype, data, count, start);
}

Status Session::read(size_t slot, DType dtype, void* into, int64_t count, int64_t start) {
  if (Status status = expect_idle("read"); !status) return status;
  return program_->state().read(slot, dtype, into, count, start);
}

Status Session::start(Job job, bool record, std::function<void()> wake) {
  if (Status status = expect_idle("run"); !status) return status;
  if (is_halted()) return Status::error("session: expected a live session, got one that was shut down");
  std::unique_ptr<Program::Script> script;
  const auto pool = Process::get().begin_run();
  if (Status status = program_->prepare(std::move(job), pool, &script); !status) {
    Process::get().end_run();
    return status;
  }
  memory_ = program_->memory();
  stop_.store(false, std::memory_order_relaxed);
  {
    const std::lock_guard lock(wake_mutex_);
    wake_ = std::move(wake);
  }
  state_.store(State::kRunning, std::memory_order_release);
  {
    const std::lock_guard lock(mutex_);
    job_ = std::move(script);
    record_ = record;
  }
  const std::lock_guard lock(join_mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  posted_.notify_one();
  return Status::ok();
}

void Session::work() {
  for (;;) {
    std::unique_ptr<Program::Script> script;
    bool record = false;
    {
      std::unique_lock lock(mutex_);
      posted_.wait(lock, [this] { return job_ != nullptr || is_halted(); });
      if (job_ == nullptr) return;
      script = std::move(job_);
      record = record_;
    }
    Own observer(*this, record);
    RunResult result;
    Status status = program_->run(*script, observer, &result);
    script.reset();
    {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
      error_ = status.message();
    }
    Process::get().end_run();
    state_.store(State::kEnded, std::memory_order_release);
    wake();
  }
}

Status Session::run_here(Job job, Observer& observer, RunResult* result, Timeline* timeline) {
  if (Status status = expect_idle("runSync"); !status) return status;
  if (is_halted()) return Status::error("session: expected a live session, got one that was shut down");
  std::unique_ptr<Program::Script> script;
  const auto pool = Process::get().begin_run();
  Status status = program_->prepare(std::move(job), pool, &script);
  memory_ = program_->memory();
  if (status) {
    stop_.store(false, std::memory_order_relaxed);
    state_.store(State::kRunning, std::memory_order_release);
    here_ = true;
    Joined joined(*this, observer);
    status = program_->run(*script, joined, result, timeline);
    here_ = false;
    state_.store(State::kIdle, std::memory_order_release);
  }
  Process::get().end_run();
  script.reset();
  if (releasing_) release();
  return status;
}

Status Session::collect(RunResult* result) {
  const std::lock_guard lock(mutex_);
  *result = std::move(result_);
  state_.store(State::kIdle, std::memory_order_release);
  return error_.empty() ? Status::ok() : Status::error(error_);
}

void Session::halt() {
  {
    const std::lock_guard lock(mutex_);  // or the thread could miss it between its test and its wait
    stop_.store(true, std::memory_order_relaxed);
    halt_.store(true, std::memory_order_relaxed);
  }
  stats_.close();
  posted_.notify_all();
}

void Session::silence() {
  const std::lock_guard lock(wake_mutex_);
  silent_ = true;
}

void Session::wake() {
  const std::lock_guard lock(wake_mutex_);
  if (!silent_ && wake_) wake_();
}

void Session::join() {
  halt();
  const std::lock_guard lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

void Session::release() {
  releasing_ = true;
  join();
  if (here_) return;  // called from the observer of run_here(), which finishes the job
  program_.reset();
  memory_ = {};
}

}  // namespace adamqlr
