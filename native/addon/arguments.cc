#include "arguments.h"

#include <cmath>

#include "../core/plan.h"

namespace adamqlr {
namespace {

constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;
constexpr uint32_t kMaxItems = 1u << 20;  // of any list that JavaScript passes

std::string kind_of(const Napi::Value& value) {
  if (value.IsNumber()) return std::string(value.ToString());
  if (value.IsNull()) return "null";
  if (value.IsUndefined()) return "undefined";
  if (value.IsArray()) return "an array";
  if (value.IsObject()) return "an object";
  return "another type";
}

Napi::Array to_list(const Napi::Value& value, const std::string& what) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), what + ": expected an array, got " + kind_of(value));
  const auto list = value.As<Napi::Array>();
  if (list.Length() > kMaxItems)
    throw Napi::RangeError::New(value.Env(),
                                what + ": expected at most 2^20 items, got " + std::to_string(list.Length()));
  return list;
}

Napi::Object to_object(const Napi::Value& value, const std::string& what) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), what + ": expected an object, got " + kind_of(value));
  return value.As<Napi::Object>();
}

std::vector<int64_t> to_integers(const Napi::Value& value, const std::string& what) {
  const Napi::Array list = to_list(value, what);
  std::vector<int64_t> integers;
  for (uint32_t i = 0; i < list.Length(); ++i) integers.push_back(to_integer(list.Get(i), what, 0, kMaxSafeInteger));
  return integers;
}

}  // namespace

void throw_if(Napi::Env env, const Status& status) {
  if (!status) throw Napi::Error::New(env, status.message());
}

int64_t to_integer(const Napi::Value& value, const std::string& what, int64_t least, int64_t most) {
  const auto range = " in [" + std::to_string(least) + ", " + std::to_string(most) + "]";
  if (!value.IsNumber())
    throw Napi::TypeError::New(value.Env(), what + ": expected an integer" + range + ", got " + kind_of(value));
  const double number = value.As<Napi::Number>().DoubleValue();
  // Bounds of up to 2^53 - 1 are exact in a double, and a NaN fails the first test.
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) || std::floor(number) != number) {
    throw Napi::RangeError::New(value.Env(), what + ": expected an integer" + range + ", got " + kind_of(value));
  }
  return static_cast<int64_t>(number);
}

std::vector<SlotSpec> to_slots(const Napi::Value& value) {
  const Napi::Array list = to_list(value, "Program slots");
  std::vector<SlotSpec> slots;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Object object = to_object(list.Get(i), "Program slot");
    SlotSpec slot;
    const Napi::Value name = object.Get("name");
    if (!name.IsString())
      throw Napi::TypeError::New(value.Env(), "Program slot: expected a name, got " + kind_of(name));
    slot.name = name.As<Napi::String>();
    slot.dtype = static_cast<DType>(to_integer(object.Get("dtype"), "Program slot dtype", 0, kDTypeCount - 1));
    slot.kind = static_cast<SlotKind>(to_integer(object.Get("kind"), "Program slot kind", 0, 1));
    slot.shape = to_integers(object.Get("shape"), "Program slot shape");
    slots.push_back(std::move(slot));
  }
  return slots;
}

Job to_job(const Napi::Value& value, const Napi::Value& rounds) {
  const Napi::Array list = to_list(value, "run segments");
  Job job;
  if (!rounds.IsUndefined()) job.rounds = to_integer(rounds, "run rounds", 0, kMaxSafeInteger);
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Object object = to_object(list.Get(i), "run segment");
    Segment segment;
    segment.plan = static_cast<int>(to_integer(object.Get("plan"), "run plan", 0, INT32_MAX));
    segment.steps = to_integer(object.Get("steps"), "run steps", 0, kMaxSafeInteger);
    segment.sizes = to_integers(object.Get("sizes"), "run sizes");
    segment.record = static_cast<Record>(to_integer(object.Get("record"), "run record", 0, 2));
    job.segments.push_back(std::move(segment));
  }
  return job;
}

TypedData to_typed_data(const Napi::Value& value, const std::string& what) {
  const Napi::Env env = value.Env();
  TypedData typed{};
  napi_typedarray_type type;
  size_t length = 0;
  if (!value.IsTypedArray() ||
      napi_get_typedarray_info(env, value, &type, &length, &typed.data, nullptr, nullptr) != napi_ok) {
    throw Napi::TypeError::New(env, what + ": expected a typed array, got " + kind_of(value));
  }
  typed.count = static_cast<int64_t>(length);
  switch (type) {
    case napi_float32_array:
      typed.dtype = DType::kFloat32;
      return typed;
    case napi_float64_array:
      typed.dtype = DType::kFloat64;
      return typed;
    case napi_int32_array:
      typed.dtype = DType::kInt32;
      return typed;
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      typed.dtype = DType::kUint8;
      return typed;
    default:
      throw Napi::TypeError::New(
          env, what + ": expected a Float32Array, Float64Array, Int32Array or Uint8Array, got another typed array");
  }
}

}  // namespace adamqlr
