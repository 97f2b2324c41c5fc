"""Meshes whose faces MuJoCo has numbered in another way."""

import copy

import numpy as np


def renumbered(m):
    """The model whose meshes list the corners of their faces from another one on, and the faces of a vertex the
    other way round: the same shapes. MuJoCo's own lists follow the order in which its hulls were made and that of
    a hash table."""
    other = copy.copy(m)
    for start, count in zip(m.mesh_polyvertadr, m.mesh_polyvertnum):
        other.mesh_polyvert[start:start + count] = np.roll(m.mesh_polyvert[start:start + count], 1)
    for start, count in zip(m.mesh_polymapadr, m.mesh_polymapnum):
        other.mesh_polymap[start:start + count] = m.mesh_polymap[start:start + count][::-1]
    return other
