"""Writes terrain.png, the height field of the quadruped: hills about a level place to start.

    python scenes/quadruped/make_terrain.py

Sums of waves of random directions, fading in over the ring from 1 m to 4 m about the centre; 8 bits of
grey, of which 255 is the field's largest elevation. The waves come from a fixed seed.
"""

import pathlib
import struct
import zlib

import numpy as np

HALF = 12.0  # half the side of the field [m]
POINTS = 241  # on a side: one every 0.1 m
WAVES = 40
SEED = 20261123


def heights():
    rng = np.random.default_rng(SEED)
    x, y = np.meshgrid(np.linspace(-HALF, HALF, POINTS), np.linspace(-HALF, HALF, POINTS))
    sum_ = np.zeros_like(x)
    for _ in range(WAVES):
        length = np.exp(rng.uniform(np.log(0.6), np.log(5.0)))
        angle, phase = rng.uniform(0.0, 2.0 * np.pi, 2)
        along = (x * np.cos(angle) + y * np.sin(angle)) * 2.0 * np.pi / length
        # Slopes, not heights, are alike for short and long waves.
        sum_ += length * np.sin(along + phase)
    fade = np.clip((np.hypot(x, y) - 1.0) / 3.0, 0.0, 1.0)
    hills = (sum_ - sum_.min()) * fade**2 * (3.0 - 2.0 * fade)
    return hills / hills.max()


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
