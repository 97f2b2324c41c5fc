"""Writes terrain.png, the height field of the quadruped that sees it: steps about a level place to start.

    python scenes/quadruped_scan/make_terrain.py

Squares of 0.5 m, each of its own height (Isaac Lab's "random grid" in kind), higher the farther out: nothing within
1 m of the centre, and all of it from 5 m on; 8 bits of grey, of which 255 is the field's largest elevation. The
heights come from a fixed seed.
"""

import pathlib
import struct
import zlib

import numpy as np

HALF = 12.0  # half the side of the field [m]
POINTS = 241  # on a side: one every 0.1 m
SQUARE = 5  # points along a square's side
SEED = 20261129


def heights():
    rng = np.random.default_rng(SEED)
    n = POINTS // SQUARE + 1
    squares = rng.uniform(0.0, 1.0, (n, n))
    steps = np.kron(squares, np.ones((SQUARE, SQUARE)))[:POINTS, :POINTS]
    x, y = np.meshgrid(np.linspace(-HALF, HALF, POINTS), np.linspace(-HALF, HALF, POINTS))
    return steps * np.clip((np.hypot(x, y) - 1.0) / 4.0, 0.0, 1.0)


def png(grey):
    """A grey image of 8 bits, as PNG."""
    rows = b"".join(b"\0" + row.tobytes() for row in grey)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9))
            + chunk(b"IEND", b""))


grey = np.round(255.0 * heights()).astype(np.uint8)
(pathlib.Path(__file__).resolve().parent / "terrain.png").write_bytes(png(grey))
