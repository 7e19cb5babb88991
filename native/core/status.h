#pragma once
#include <string>
#include <utility>

namespace adamqlr {

/// Success, or one sentence for the user. Native code returns it; only the addon throws.
class [[nodiscard]] Status {
 public:
  static Status ok() { return Status(); }
  static Status error(std::string message) { return Status(std::move(message)); }
  explicit operator bool() const { return message_.empty(); }
  const std::string& message() const { return message_; }

 private:
  Status() = default;
  explicit Status(std::string message) : message_(std::move(message)) {}
  std::string message_;
};

}  // namespace adamqlr
