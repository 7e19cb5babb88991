"""
Peer: steps of an MLP in JAX on the CPU, jitted whole, with donated buffers: Adam (optax) and AdamQLR (here, from the equations of
arXiv:2310.14963), one step per call and 64 steps per call in one lax.scan.
"""
import common

given = common.arguments()
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
try:
    from functools import partial

    import jax
    import jax.numpy as jnp
    import numpy
    import optax
except ImportError as error:
    common.missing(error)

SCAN = 64
CLASSIFIES = given.loss == "crossEntropy"


def forward(params, x):
    *hidden, last = params
    for weight, bias in hidden:
        x = jnp.maximum(x @ weight + bias, 0)
    return x @ last[0] + last[1]


def loss_of(outputs, targets):
    if CLASSIFIES:
        return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(outputs, targets))
    return 0.5 * jnp.mean(jnp.sum((outputs - targets) ** 2, axis=-1))


def fisher_form(outputs, tangent):
    """Mean over the examples of t'Ft for the tangents t of the outputs, F the Fisher matrix of the predicted distribution."""
    if not CLASSIFIES:
        return jnp.mean(jnp.sum(tangent**2, axis=-1))
    p = jax.nn.softmax(outputs)
    centered = tangent - jnp.sum(p * tangent, axis=-1, keepdims=True)
    return jnp.mean(jnp.sum(p * tangent * centered, axis=-1))


def inner(a, b):
    return sum(jnp.sum(x * y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b)))


def first_parameters():
    keys = jax.random.split(jax.random.PRNGKey(0), len(given.sizes))
    return [
        (jax.random.normal(key, (a, b)) / a**0.5, jnp.zeros((b,))) for key, a, b in zip(keys, given.sizes, given.sizes[1:])
    ]


def batches():
    """Data in memory, and a function data, step number -> inputs and targets of that step, to be traced into it."""
    if given.source == "resident":
        kx, ky = jax.random.split(jax.random.PRNGKey(1))
        x = jax.random.normal(kx, (given.batch, given.sizes[0]))
        shape = (given.batch,) if CLASSIFIES else (given.batch, given.sizes[-1])
        y = jax.random.randint(ky, shape, 0, given.sizes[-1]) if CLASSIFIES else jax.random.normal(ky, shape)
        return (x, y), lambda data, step: data
    images, labels, order = common.image_set(numpy, given.images, given.sizes[0], given.sizes[-1])
    data = jnp.asarray(images), jnp.asarray(labels, dtype=jnp.int32), jnp.asarray(order, dtype=jnp.int32)
    steps = given.images // given.batch

    def at(data, step):
        images, labels, order = data
        rows = jax.lax.dynamic_slice(order, ((step % steps) * given.batch,), (given.batch,))
        return (images[rows].astype(jnp.float32) - common.MEAN) / common.SCALE, labels[rows]

    return data, at


adam = optax.adam(1e-3)
direction = optax.scale_by_adam()


def adam_start():
    params = first_parameters()
    return params, adam.init(params), jnp.int32(0)


def adam_step(carry, x, y):
    params, state, step = carry
    loss, gradient = jax.value_and_grad(lambda p: loss_of(forward(p, x), y))(params)
    update, state = adam.update(gradient, state, params)
    return (optax.apply_updates(params, update), state, step + 1), loss


def adamqlr_start():
    params = first_parameters()
    return params, (direction.init(params), jnp.float32(1e-3)), jnp.int32(0)


def adamqlr_step(carry, x, y):
    """theta <- theta - alpha d, alpha = g'd / d'(F + lambda)d; lambda halves where the quadratic model was good and doubles where it was not."""
    params, (moments, damping), step = carry
    loss, gradient = jax.value_and_grad(lambda p: loss_of(forward(p, x), y))(params)
    d, moments = direction.update(gradient, moments)
    outputs, tangent = jax.jvp(lambda p: forward(p, x), (params,), (d,))
    slope = inner(gradient, d)
    curvature = fisher_form(outputs, tangent) + damping * inner(d, d)
    alpha = slope / curvature
    params = jax.tree.map(lambda p, q: p - alpha * q, params, d)
    predicted = 0.5 * alpha * alpha * curvature - alpha * slope
    rho = (loss_of(forward(params, x), y) - loss) / predicted
    damping = jnp.maximum(1e-8, damping * jnp.where(rho > 0.75, 0.5, jnp.where(rho < 0.25, 2.0, 1.0)))
    return (params, (moments, damping), step + 1), loss


def measure(start, step_of, scanned):
    data, at = batches()

    def step(carry, data):
        return step_of(carry, *at(data, carry[2]))

    @partial(jax.jit, donate_argnums=0)
    def once(carry, data):
        return step(carry, data)

    @partial(jax.jit, donate_argnums=0)
    def many(carry, data):
        return jax.lax.scan(lambda c, _: step(c, data), carry, None, length=SCAN)

    carry = start()
    taken = 0

    def run(steps):
        nonlocal carry, taken
        loss = None
        for _ in range(steps):
            carry, loss = (many if scanned else once)(carry, data)
        jax.block_until_ready((carry, loss))
        taken += steps * (SCAN if scanned else 1)

    def between():
        nonlocal carry, taken
        if taken >= given.course:
            carry = jax.block_until_ready(start())
            taken = 0

    if not scanned:
        return common.sample(run, given.seconds, most=given.course, between=between)
    return [round(value / SCAN, 4) for value in common.sample(run, given.seconds, between=between)]


common.answer(
    version=jax.__version__,
    jaxAdamUs=measure(adam_start, adam_step, False),
    jaxAdamScanUs=measure(adam_start, adam_step, True),
    jaxAdamqlrUs=measure(adamqlr_start, adamqlr_step, False),
    jaxAdamqlrScanUs=measure(adamqlr_start, adamqlr_step, True),
)
