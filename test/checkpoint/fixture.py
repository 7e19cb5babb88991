"""Made test/checkpoint/written-by-python.safetensors: python fixture.py (safetensors 0.8.0, numpy 2.4.6).

With a path as argument: prints what Python reads from a file of ours.
"""

import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import save_file

if len(sys.argv) > 1:
    with safe_open(sys.argv[1], framework="numpy") as file:
        print(file.metadata())
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            print(name, tensor.dtype, tensor.shape, tensor.ravel()[:6].tolist())
else:
    tensors = {
        "0.weight": numpy.array([[0.5, -1.25, 3.0], [1e-30, 2.0, -0.0]], dtype=numpy.float32),
        "moments/ü": numpy.array([0.1, 1e300], dtype=numpy.float64),
        "count": numpy.array(-7, dtype=numpy.int32),
        "pixels": numpy.arange(5, dtype=numpy.uint8),
        "mask": numpy.array([[True], [False]]),
        "nothing": numpy.zeros((0, 3), dtype=numpy.float32),
    }
    save_file(tensors, "written-by-python.safetensors", metadata={"made by": "safetensors 0.8.0", "text": 'a "quote" and ß'})
