#pragma once
#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "../core/program.h"
#include "../core/state.h"

namespace adamqlr {

/// The only place where a Status becomes a JavaScript exception.
void throw_if(Napi::Env env, const Status& status);

/// An integer in [least, most]. TypeError for another kind of value, RangeError for another number.
int64_t to_integer(const Napi::Value& value, const std::string& what, int64_t least, int64_t most);

std::vector<SlotSpec> to_slots(const Napi::Value& value);
/// A list of segments, and how many times it is run (1 where `rounds` is undefined).
Job to_job(const Napi::Value& segments, const Napi::Value& rounds);

/// The bytes of a typed array, where they lie. Valid until JavaScript runs again.
struct TypedData {
  DType dtype;
  void* data;
  int64_t count;
};
TypedData to_typed_data(const Napi::Value& value, const std::string& what);

}  // namespace adamqlr
