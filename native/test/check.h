#pragma once
#include <cstdio>
#include <string>

namespace adamqlr::test {

inline int failures = 0;
inline int checks = 0;

inline void check(bool condition, const char* what, const char* file, int line, const std::string& note = "") {
  ++checks;
  if (condition) return;
  ++failures;
  std::fprintf(stderr, "%s:%d: expected %s%s%s\n", file, line, what, note.empty() ? "" : "; ", note.c_str());
}

/// Ends a test program: prints the tally, and is its exit code.
inline int finish(const char* name) {
  std::printf("%s: %d checks, %d failures\n", name, checks, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace adamqlr::test

/// Counts, and reports with file and line when it does not hold. The tests go on.
#define CHECK(condition) ::adamqlr::test::check((condition), #condition, __FILE__, __LINE__)
/// The same for a Status, with its message.
#define CHECK_OK(...)                                                                                        \
  do {                                                                                                       \
    const ::adamqlr::Status status_ = (__VA_ARGS__);                                                         \
    ::adamqlr::test::check(static_cast<bool>(status_), #__VA_ARGS__, __FILE__, __LINE__, status_.message()); \
  } while (false)
/// Expects an error that contains `text`.
#define CHECK_ERROR(text, ...)                                                                                      \
  do {                                                                                                              \
    const ::adamqlr::Status status_ = (__VA_ARGS__);                                                                \
    ::adamqlr::test::check(!status_ && status_.message().find(text) != std::string::npos,                           \
                           "an error with \"" text "\" from " #__VA_ARGS__, __FILE__, __LINE__, status_.message()); \
  } while (false)
