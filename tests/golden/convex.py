"""Convex pairs as MuJoCo takes them by default, with all their contacts: convex.json.

Used by generate.py. For each pair of kinds there are random sizes and poses with a penetration of up to 5 % of
the smaller size, and MuJoCo's contacts (ccd_tolerance 1e-10, ccd_iterations 500). A pose is marked as a tie if
MuJoCo itself answers otherwise when it is moved by 1e-9, and another mark says whether it does when the faces of its
meshes are numbered in another way: where several faces or edges would do, it takes the first, and their order is that
of a C++ hash table. At a tolerance of 1e-10 MuJoCo's own normals of round shapes are good to the root of that; so of pairs
with cylinders there are its contacts at CONVERGED too.
"""

import json
import zlib

import mujoco
import numpy as np

import contacts
from numbering import renumbered

SEED = 20261128
CASES = 200
CONVERGED = 1e-13
PAIRS = [("plane", "mesh"), ("capsule", "cylinder"), ("capsule", "mesh"), ("cylinder", "cylinder"), ("cylinder", "box"),
         ("cylinder", "mesh"), ("box", "mesh"), ("mesh", "mesh")]


def differs(one, other):
    """Whether two answers are not the same contacts, to what a shift of 1e-9 may change."""
    if len(one) != len(other):
        return True
    return any(np.abs(other[:, :7] - row[:7]).max(axis=1).min() > 1e-5 for row in one)


def is_tie(scene, rng, pos, quat):
    found = contacts.rows(scene.contacts(pos, quat, 0.0))
    for _ in range(12):
        moved = [pos[0], pos[1] + 1e-9 * rng.choice([-1.0, 1.0], 3)]
        turned = [quat[0], contacts.compose(quat[1], contacts.small_turn(rng, 1e-9))]
        if differs(found, contacts.rows(scene.contacts(moved, turned, 0.0))):
            return True
    return False


def hangs_on_numbering(scene, pos, quat):
    """Whether MuJoCo answers otherwise when the faces of the meshes are numbered in another way."""
    found, model = contacts.rows(scene.contacts(pos, quat, 0.0)), scene.m
    scene.m = renumbered(model)
    other = contacts.rows(scene.contacts(pos, quat, 0.0))
    scene.m = model
    return differs(found, other)


def converged(scene, pos, quat):
    tolerance, scene.m.opt.ccd_tolerance = scene.m.opt.ccd_tolerance, CONVERGED
    found = contacts.rows(scene.contacts(pos, quat, 0.0))
    scene.m.opt.ccd_tolerance = tolerance
    return written(found)


def written(found):
    return [[float(f"{x:.11g}") for x in row[:7]] for row in found]


def draw(scenes, rng):
    scene = scenes[rng.integers(len(scenes))]
    sizes = [contacts.draw_size(kind, rng) for kind in scene.kinds]
    scene.set_sizes(sizes)
    # Written with few digits, and made unit by whoever reads them.
    short = [contacts.draw_quat(rng).round(5) for _ in range(2)]
    quat = [q / np.linalg.norm(q) for q in short]
    direction = rng.normal(size=3)
    if scene.kinds[0] == "plane":
        mat = np.zeros(9)
        mujoco.mju_quat2Mat(mat, quat[0])
        direction = mat.reshape(3, 3)[:, 2]
    direction /= np.linalg.norm(direction)
    pos = [np.zeros(3), np.zeros(3)]
    smaller = min(min(s[s > 0], default=0.2) for s in sizes if s[0] != 1.0 or s[1] != 1.0)
    # The depth along the way in; across it the shapes penetrate less.
    depth = rng.uniform(0.0, 0.05) * smaller
    pos[1] = ((scene.touch(pos, quat, direction) - depth) * direction).round(9)
    found = contacts.rows(scene.contacts(pos, quat, 0.0))
    if not len(found):
        return draw(scenes, rng)
    round_ones = {"converged": converged(scene, pos, quat)} if "cylinder" in scene.kinds else {}
    return {"margin": 0.0, "mesh": scene.meshes, "size": contacts.plain(sizes), "pos": contacts.plain(pos),
            "quat": [q.tolist() for q in short], "tie": is_tie(scene, rng, pos, quat),
            "by_numbering": hangs_on_numbering(scene, pos, quat),
            "contacts": written(found)} | round_ones


def write():
    contacts.OPTIONS |= {"multiccd": "enable", "tolerance": 1e-10}
    blocks = []
    for kinds in PAIRS:
        choices = [range(3) if kind == "mesh" else [0] for kind in kinds]
        scenes = [contacts.Scene(kinds, [i, j]) for i in choices[0] for j in choices[1]]
        rng = np.random.default_rng([SEED, zlib.crc32("-".join(kinds).encode())])
        cases = [draw(scenes, rng) for _ in range(CASES)]
        rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        blocks.append(f"{json.dumps('-'.join(kinds))}:[\n{rows}\n]")
        counts = [len(case["contacts"]) for case in cases]
        print(f"{'-'.join(kinds)}: {np.bincount(counts)[1:]} poses with 1, 2.. contacts, "
              f"{sum(case['tie'] for case in cases)} ties, "
              f"{sum(case['by_numbering'] for case in cases)} by numbering")
    (contacts.HERE / "convex.json").write_text(
        f'{{"mujoco":"{mujoco.__version__}","seed":{SEED},\n"pairs":{{\n' + ",\n".join(blocks) + "\n}}\n")


if __name__ == "__main__":
    write()
