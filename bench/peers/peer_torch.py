"""Peer: Adam steps of an MLP in PyTorch on the CPU, eager and under torch.compile, with the fused optimizer."""
import common

given = common.arguments()
try:
    import numpy
    import torch
    import torch.nn.functional as F
except ImportError as error:
    common.missing(error)

torch.set_num_threads(given.threads)
torch.set_flush_denormal(True)  # as our threads do
torch.manual_seed(0)


def network(sizes):
    parts = []
    for width, following in zip(sizes, sizes[1:]):
        parts += [torch.nn.Linear(width, following), torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])


def loss_of(outputs, targets):
    return F.cross_entropy(outputs, targets) if given.loss == "crossEntropy" else F.mse_loss(outputs, targets)


def batches():
    """A function that returns the next batch: always the same one, or the next rows of a shuffled order of images."""
    if given.source == "resident":
        x = torch.randn(given.batch, given.sizes[0])
        y = (
            torch.randint(0, given.sizes[-1], (given.batch,))
            if given.loss == "crossEntropy"
            else torch.randn(given.batch, given.sizes[-1])
        )
        return lambda: (x, y)
    images, labels, order = (torch.from_numpy(a) for a in common.image_set(numpy, given.images, given.sizes[0], given.sizes[-1]))
    cursor = 0

    def following():
        nonlocal cursor
        if cursor + given.batch > given.images:
            cursor = 0
        rows = order[cursor : cursor + given.batch]
        cursor += given.batch
        return images[rows], labels[rows]

    return following


def inputs(stored):
    return stored if stored.dtype == torch.float32 else (stored.to(torch.float32) - common.MEAN) / common.SCALE


def measure(compiled):
    net = network(given.sizes)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    following = batches()

    def forward(stored, targets):
        return loss_of(net(inputs(stored)), targets)

    if compiled:
        forward = torch.compile(forward)

    def run(steps):
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss = forward(*following())
            loss.backward()
            optimizer.step()

    return common.sample(run, given.seconds, most=given.course)


figures = {"version": torch.__version__, "torchAdamUs": measure(False)}
try:
    figures["torchCompileUs"] = measure(True)
except Exception as error:  # no C++ compiler, for example: torch.compile is then a peer that is not there
    figures["failed"] = {"torchCompileUs": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
common.answer(**figures)
