"""Derives the polynomials of native/cpu/transcendental.inc: python3 scripts/fit-polynomials.py (needs mpmath).

Each is the best polynomial for a weighted largest error (Remez 1934), found by exchange in 60 digits from the functions
themselves, then rounded to its type. Prints the coefficients, lowest power first, with the error before rounding.
"""

import re
import struct

from mpmath import cos, erf, erfc, exp, log, lu_solve, matrix, mp, mpf, pi, sqrt

mp.dps = 60


def remez(f, weight, low, high, degree):
    """The polynomial that minimizes the largest weight(x) |p(x) - f(x)| on [low, high], and that error."""
    n = degree + 2
    low, high = mpf(low), mpf(high)
    nodes = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (n - 1)) for i in range(n)]
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / 2000) for i in range(2001)]
    values = [f(x) for x in grid]
    weights = [weight(x) for x in grid]
    for _ in range(12):
        rows = matrix(n, n)
        right = matrix(n, 1)
        for i, x in enumerate(nodes):
            for k in range(degree + 1):
                rows[i, k] = x**k
            rows[i, degree + 1] = (-1) ** i / weight(x)
            right[i] = f(x)
        solution = lu_solve(rows, right)
        coefficients = [solution[k] for k in range(degree + 1)]
        errors = [w * (mp.polyval(coefficients[::-1], x) - v) for x, v, w in zip(grid, values, weights)]
        # The largest error of every run of one sign.
        runs = []
        for x, e in zip(grid, errors):
            if runs and (runs[-1][1] > 0) == (e > 0):
                if abs(e) > abs(runs[-1][1]):
                    runs[-1] = (x, e)
            else:
                runs.append((x, e))
        while len(runs) > n:
            runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
        if len(runs) < n:
            break
        nodes = [x for x, _ in runs]
        largest, smallest = max(abs(e) for _, e in runs), min(abs(e) for _, e in runs)
        if largest - smallest < largest / 1000:
            break
    return coefficients, max(abs(e) for e in errors)


def show(name, fitted, single):
    coefficients, error = fitted
    kind = "f" if single else "d"
    rounded = [struct.unpack(kind, struct.pack(kind, float(c)))[0] for c in coefficients]
    suffix = "f" if single else ""
    print(f"// {name}: error 2^{float(log(error, 2)):.1f}")
    print(", ".join(re.sub("0+p", "p", c.hex()) + suffix for c in rounded) + "\n")


half_ln2 = log(2) / 2 * mpf("1.001")
z_max = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.001")
tiny = mpf(10) ** -40


def exp_tail(r):
    return (exp(r) - 1 - r) / r**2 if abs(r) > mpf(10) ** -18 else mpf(1) / 2 + r / 6


def atanh_tail(z):
    s = sqrt(z)
    return (log((1 + s) / (1 - s)) - 2 * s) / (s * z) if z > mpf(10) ** -20 else mpf(2) / 3 + 2 * z / 5


def erf_tail(z):
    x = sqrt(z)
    return erf(x) / x - 1 if z > mpf(10) ** -30 else 2 / sqrt(pi) * (1 - z / 3) - 1


for single in (True, False):
    print("// float32" if single else "// float64")
    # e^r = 1 + r + r^2 p(r)
    show("kExp", remez(exp_tail, lambda r: (r * r + tiny) / exp(r), -half_ln2, half_ln2, 5 if single else 10), single)
    # log((1 + s) / (1 - s)) = 2 s + s z p(z), z = s^2
    show("kLog", remez(atanh_tail, lambda z: (z + tiny) / 2, 0, z_max, 2 if single else 6), single)
    # erf(x) = x + x p(x^2)
    middle = mpf("0.8125")
    show("kErf", remez(erf_tail, lambda z: 1, 0, middle**2, 5 if single else 11), single)
    # erfc(x) = k e^(u p(u)), u = x - middle, above
    end = (mpf("3.97") if single else mpf("5.97")) - middle
    fitted = remez(lambda u: log(erfc(u + middle)), lambda u: erfc(u + middle), 0, end, 7 if single else 18)
    show("kErfcMiddle, k", ([exp(fitted[0][0])], fitted[1]), single)
    show("kErfc", (fitted[0][1:], fitted[1]), single)
