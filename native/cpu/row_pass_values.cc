#include <algorithm>

#include "row_pass_writer.h"

namespace adamqlr {

Gpr PassWriter::base(int reg) {
  const auto found = std::find(bases_.begin(), bases_.end(), reg);
  if (found != bases_.end()) return kBases[found - bases_.begin()];
  out_.load(kAny, kRegisters, 8 * reg);
  return kAny;
}

Address PassWriter::address(int reg) {
  const Gpr from = base(reg);
  if (info(reg).uniform) return {from};
  const auto scale = static_cast<uint8_t>(size_of(info(reg).dtype));
  if (is_column(reg)) return {from, kColumn, scale};
  if (is_row(reg)) return {from, kRow, scale, static_cast<int8_t>(row_)};
  return {from, kElements[row_], scale};
}

Zmm PassWriter::take() {
  if (free_.empty()) {
    good_ = false;
    return kNone;
  }
  const Zmm zmm{free_.back()};
  free_.pop_back();
  return zmm;
}

Mask PassWriter::take_mask() {
  if (free_masks_.empty()) {
    good_ = false;
    return kTail;
  }
  const Mask mask{free_masks_.back()};
  free_masks_.pop_back();
  return mask;
}

Zmm PassWriter::need(int reg) {
  Value& found = value(reg);
  if (found.zmm >= 0) return {static_cast<uint8_t>(found.zmm)};
  const Zmm zmm = take();
  if (info(reg).uniform || is_row(reg))
    spread(reg, zmm);
  else
    out_.vector(codes_.load(), zmm, kNone, address(reg), some(true));
  found.zmm = zmm.number;
  return zmm;
}

Mask PassWriter::need_mask(int reg) {
  Value& found = value(reg);
  if (found.mask >= 0) return {static_cast<uint8_t>(found.mask)};
  const Zmm bytes = take();
  const Mask mask = take_mask();
  out_.vector(codes_.wide ? kBytesToLongs : kBytesToInts, bytes, kNone, address(reg), some(true));
  out_.vector(codes_.prefixed(2, 0x27), {mask.number}, bytes, bytes);
  give(bytes);
  found.mask = mask.number;
  return mask;
}

void PassWriter::used(int reg) {
  Value& found = value(reg);
  if (--found.uses > 0 || found.fixed) return;
  if (found.zmm >= 0) give({static_cast<uint8_t>(found.zmm)});
  if (found.mask >= 0) free_masks_.push_back(static_cast<uint8_t>(found.mask));
  found.zmm = found.mask = -1;
}

Zmm PassWriter::result(int reg) {
  const Zmm zmm = take();
  value(reg).zmm = zmm.number;
  return zmm;
}

void PassWriter::store(int reg) {
  const Lanes lanes = some(false);
  if (info(reg).dtype != DType::kBool) return out_.vector(codes_.store(), need(reg), kNone, address(reg), lanes);
  const Zmm ones = take();
  out_.constant(codes_.prefixed(2, codes_.wide ? 0x59 : 0x58), ones, 1);
  out_.vector(codes_.prefixed(1, 0x6F), ones, kNone, ones, {need_mask(reg), true});
  out_.vector(codes_.wide ? kLongsToBytes : kIntsToBytes, ones, kNone, address(reg), lanes);
  give(ones);
}

}  // namespace adamqlr
