"""Peer: single kernels in numpy (OpenBLAS, or what numpy was built with, on its own threads) or in eager PyTorch, into outputs that are there."""
import sys

import common

FRAMEWORK = sys.argv.pop(1)
given = common.arguments()
try:
    import numpy as np

    if FRAMEWORK == "torch":
        import torch
except ImportError as error:
    common.missing(error)

random = np.random.default_rng(3)


def inputs(specs):
    arrays = []
    for spec in specs:
        if "classes" in spec:
            arrays.append(random.integers(0, spec["classes"], spec["shape"]))
            continue
        array = random.standard_normal(spec["shape"], dtype=np.float32)
        arrays.append(np.abs(array) if spec.get("positive") else array)
    return arrays


def in_numpy(op, arrays):
    """The kernel as a function without arguments. Temporaries are allocated once where numpy can write into them."""
    x = arrays[0]
    if op.startswith("matmul"):
        a = x.T if op.endswith("tn") else x
        b = arrays[1].T if op.endswith("nt") else arrays[1]
        out = np.empty((a.shape[0], b.shape[1]), np.float32)
        return lambda: np.matmul(a, b, out=out)
    if op in ("exp", "tanh"):
        out = np.empty_like(x)
        return lambda: getattr(np, op)(x, out=out)
    if op == "chain":
        out = np.empty_like(x)

        def chain():
            np.multiply(x, arrays[1], out=out)
            np.add(out, arrays[2], out=out)
            np.maximum(out, 0, out=out)

        return chain
    if op == "adam":
        m, v, g = arrays
        t, u, next_m, next_v = (np.empty_like(g) for _ in range(4))

        def adam():
            np.multiply(m, np.float32(0.9), out=next_m)
            np.multiply(g, np.float32(0.1), out=t)
            np.add(next_m, t, out=next_m)
            np.multiply(v, np.float32(0.999), out=next_v)
            np.multiply(g, g, out=t)
            np.multiply(t, np.float32(0.001), out=t)
            np.add(next_v, t, out=next_v)
            np.sqrt(next_v, out=t)
            np.add(t, np.float32(1e-8), out=t)
            np.divide(next_m, t, out=u)
            return np.dot(g, u)

        return adam
    if op == "sum":
        return lambda: x.sum()
    if op == "column-sum":
        return lambda: x.sum(axis=0)
    if op == "row-max":
        return lambda: np.maximum(x.max(axis=-1), 0)
    t = np.empty_like(x)

    def exponentials():
        top = x.max(axis=-1, keepdims=True)
        np.subtract(x, top, out=t)
        np.exp(t, out=t)
        return top, t.sum(axis=-1, keepdims=True)

    if op == "softmax":
        return lambda: np.divide(t, exponentials()[1], out=t)
    if op == "log-sum-exp":

        def log_sum_exp():
            top, total = exponentials()
            return top + np.log(total)

        return log_sum_exp
    if op == "layer-norm":

        def layer_norm():
            np.subtract(x, x.mean(axis=-1, keepdims=True), out=t)
            deviation = np.sqrt(np.einsum("ij,ij->i", t, t)[:, None] / x.shape[1] + np.float32(1e-5))
            np.divide(t, deviation, out=t)

        return layer_norm
    if op == "cross-entropy":
        labels = arrays[1]
        rows = np.arange(len(labels))

        def cross_entropy():
            top, total = exponentials()
            loss = (top + np.log(total))[:, 0].mean() - x[rows, labels].mean()
            np.divide(t, total, out=t)
            t[rows, labels] -= 1
            np.multiply(t, np.float32(1 / len(labels)), out=t)
            return loss

        return cross_entropy
    raise ValueError(op)


def in_torch(op, arrays):
    tensors = [torch.from_numpy(a) for a in arrays]
    x = tensors[0]
    if op.startswith("matmul"):
        a = x.T if op.endswith("tn") else x
        b = tensors[1].T if op.endswith("nt") else tensors[1]
        out = torch.empty((a.shape[0], b.shape[1]))
        return lambda: torch.mm(a, b, out=out)
    if op in ("exp", "tanh"):
        out = torch.empty_like(x)
        return lambda: getattr(torch, op)(x, out=out)
    if op == "chain":
        out = torch.empty_like(x)
        return lambda: torch.addcmul(tensors[2], x, tensors[1], out=out).relu_()
    if op == "adam":
        m, v, g = tensors
        next_m, next_v, d = (torch.empty_like(g) for _ in range(3))

        def adam():
            torch.lerp(m, g, 0.1, out=next_m)
            torch.mul(v, 0.999, out=next_v).addcmul_(g, g, value=0.001)
            torch.sqrt(next_v, out=d).add_(1e-8)
            torch.div(next_m, d, out=d)
            return torch.dot(g, d)

        return adam
    if op == "sum":
        return lambda: x.sum()
    if op == "column-sum":
        return lambda: x.sum(0)
    if op == "row-max":
        return lambda: x.amax(-1).relu_()
    if op == "softmax":
        out = torch.empty_like(x)
        return lambda: torch.softmax(x, -1, out=out)
    if op == "log-sum-exp":
        return lambda: torch.logsumexp(x, -1)
    if op == "layer-norm":
        return lambda: torch.nn.functional.layer_norm(x, x.shape[-1:])
    if op == "cross-entropy":
        labels = tensors[1]
        x.requires_grad_(True)

        def cross_entropy():
            x.grad = None
            torch.nn.functional.cross_entropy(x, labels).backward()

        return cross_entropy
    raise ValueError(op)


def measure(kernel):
    arrays = inputs(kernel["inputs"])
    if FRAMEWORK == "torch":
        torch.set_num_threads(given.threads)
        torch.set_flush_denormal(True)
    step = (in_torch if FRAMEWORK == "torch" else in_numpy)(kernel["op"], arrays)

    def run(steps):
        for _ in range(steps):
            step()

    return common.sample(run, given.seconds)


version = torch.__version__ if FRAMEWORK == "torch" else np.__version__
common.answer(version=version, samples={kernel["name"]: measure(kernel) for kernel in given.kernels})
