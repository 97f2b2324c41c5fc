"""Prints the constants of src/math/lanes/functions/: minimax polynomials by Remez's exchange (1934), with the base-2
logarithm of each one's largest error, and parts of ln 2, pi / 2 and whole turns, worked out in 60 digits.

python3 tests/golden/polynomials.py   (needs mpmath)
"""
import mpmath as mp

mp.mp.dps = 60


def remez(f, degree, low, high):
    """Coefficients of the polynomial of a degree that has the least largest |f - p|, and that error."""
    n = degree + 2
    x = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (n - 1 - i) / (n - 1)) for i in range(n)]
    for _ in range(12):
        a = mp.matrix(n, n)
        b = mp.matrix(n, 1)
        for i in range(n):
            for j in range(degree + 1):
                a[i, j] = x[i] ** j
            a[i, n - 1] = (-1) ** i
            b[i] = f(x[i])
        c = mp.lu_solve(a, b)
        p = [c[j] for j in range(degree + 1)]
        error = lambda t: (f(t) - mp.polyval(p[::-1], t)) 
        grid = [low + (high - low) * k / 2000 for k in range(2001)]
        e = [error(t) for t in grid]
        # One extremum between two changes of sign.
        runs, start = [], 0
        for k in range(1, 2001):
            if (e[k] > 0) != (e[k - 1] > 0):
                runs.append((start, k))
                start = k
        runs.append((start, 2001))
        if len(runs) != n:
            break
        x = [grid[max(range(s, t), key=lambda k: abs(e[k]))] for s, t in runs]
    return p, max(abs(v) for v in e)


def f32(x):
    import struct
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def show(name, f, degrees, low, high):
    for (kind, degree) in zip(("f32", "f64"), degrees):
        p, error = remez(f, degree, mp.mpf(low), mp.mpf(high))
        digits = 9 if kind == "f32" else 17
        print(f"{name} {kind}: 2^{float(mp.log(error, 2)):.1f}")
        for c in p:
            print("   ", mp.nstr(mp.mpf(f32(c)) if kind == "f32" else mp.mpf(float(c)), digits))


def series(closed, terms, small):
    """A function that is 0 / 0 at 0, by its series near there."""
    return lambda t: mp.polyval(terms[::-1], t) if abs(t) < small else closed(t)


half = mp.log(2) / 2 * mp.mpf("1.001")
show("exp: (e^r - 1 - r) / r^2",
     series(lambda r: (mp.exp(r) - 1 - r) / r**2, [1 / mp.factorial(k + 2) for k in range(12)], mp.mpf(10) ** -4),
     (4, 9), -half, half)
s2 = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.001")
show("ln: (2 atanh(s) / s - 2) / s^2 in s^2",
     series(lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z, [mp.mpf(2) / (2 * k + 3) for k in range(12)], mp.mpf(10) ** -4),
     (2, 6), 0, s2)
show("ln in two: ((2 atanh(s) / s - 2) / s^2 - 2 / 3) / s^2 in s^2",
     series(lambda z: ((2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z - mp.mpf(2) / 3) / z, [mp.mpf(2) / (2 * k + 5) for k in range(12)], mp.mpf(10) ** -4),
     (2, 7), 0, s2)
quarter = (mp.pi / 4 * mp.mpf("1.001")) ** 2
show("sin: (sin(r) / r - 1) / r^2 in r^2",
     series(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, [(-1) ** (k + 1) / mp.factorial(2 * k + 3) for k in range(12)], mp.mpf(10) ** -4),
     (2, 5), 0, quarter)
show("cos: (cos(r) - 1 + r^2 / 2) / r^4 in r^2",
     series(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, [(-1) ** k / mp.factorial(2 * k + 4) for k in range(12)], mp.mpf(10) ** -4),
     (2, 5), 0, quarter)
show("atan: (atan(t) / t - 1) / t^2 in t^2",
     series(lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, [(-1) ** (k + 1) / mp.mpf(2 * k + 3) for k in range(14)], mp.mpf(10) ** -4),
     (8, 20), 0, 1)


def parts(x, bits):
    """x as a sum of numbers with so many bits, the last with all of its precision."""
    out = []
    for n in bits:
        e = mp.floor(mp.log(x, 2))
        part = mp.floor(x * mp.mpf(2) ** (n - 1 - e)) / mp.mpf(2) ** (n - 1 - e)
        out.append(mp.nstr(part, 18))
        x -= part
    return out


print("ln 2", parts(mp.log(2), (15, 24)), parts(mp.log(2), (32, 53)))
print("pi/2", parts(mp.pi / 2, (10, 10, 10, 10, 24)), parts(mp.pi / 2, (32, 32, 32, 53)))
print("pi/2 in two", parts(mp.pi / 2, (24, 24)), parts(mp.pi / 2, (53, 53)))
show("tanh: (tanh(x) / x - 1) / x^2 in x^2",
     series(lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
            [mp.mpf(-1)/3, mp.mpf(2)/15, mp.mpf(-17)/315, mp.mpf(62)/2835, mp.mpf(-1382)/155925, mp.mpf(21844)/6081075, mp.mpf(-929569)/638512875], mp.mpf(10) ** -4),
     (4, 11), 0, mp.mpf("0.391"))


def whole_turns(counts, rounded):
    """So many turns of `counts` as come nearest to a number of their own precision, and that number."""
    turn = +(2 * mp.pi)
    count = min(counts, key=lambda k: abs(mp.mpf(rounded(turn * k)) / (turn * k) - 1))
    return count, mp.nstr(mp.mpf(rounded(turn * count)), 18)


print("whole turns", whole_turns(range(200, 2600), f32), whole_turns(range(20_000, 160_000), float))
