/** Reversed polynomial of CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
  return rest;
});

/** CRC-32C of some bytes, an integer in [0, 2^32). */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ TABLE[(rest ^ byte) & 0xff]!;
  return ~rest >>> 0;
}

const MASK = 0xa282ead8;

/** The checksum of TFRecord files, which may contain checksums themselves: rotated right by 15 bits and shifted by a constant. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0;
}
