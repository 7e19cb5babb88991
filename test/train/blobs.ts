import type { Dataset } from '../../lib/data/dataset.js';

/** Points around the corners of a square, one class per corner: small, quickly learned, the same everywhere. */
export function blobs(count: number, offset = 0): Dataset {
  const data = new Float32Array(count * 2),
    labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const k = i + offset,
      label = k % 4;
    labels[i] = label;
    data[2 * i] = (label & 1 ? 1 : -1) + 0.6 * Math.sin(12.9898 * k);
    data[2 * i + 1] = (label & 2 ? 1 : -1) + 0.6 * Math.sin(78.233 * k);
  }
  return {
    count,
    features: {
      data,
      shape: [2],
      dtype: 'float32',
      standardization: { mean: Float64Array.of(0.1, -0.1), scale: Float64Array.of(1.2, 1.1) },
    },
    targets: { data: labels, shape: [], dtype: 'uint8', classes: 4 },
  };
}
