"""Writes contacts.json: what MuJoCo makes of pairs of shapes, for src/physics/collide/tests.rs.

    python tests/golden/contacts.py

Needs mujoco (4.0.0 when this was last run) and numpy. For each pair of kinds there are shapes of random
sizes in many positions: far, within the margin, touching, and deep; turned at random, aligned with each
other, and nearly so. The random numbers come from the seed in the file, so a rerun with the same MuJoCo
changes nothing. MuJoCo's iterative routines run to the end (ccd_tolerance 1e-12, 500 iterations), except
in its rounding of the answers: these are written to 12 decimals, quaternions in full. The layout is described in README.md.
"""

import json
import pathlib
import zlib

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261123
CASES = 40
MARGIN = 0.04
# The order in which MuJoCo sorts the geoms of a pair.
KINDS = ["plane", "sphere", "capsule", "ellipsoid", "cylinder", "box"]


def pairs():
    """Every pair of kinds that collide, sorted."""
    return [(a, b) for i, a in enumerate(KINDS) for b in KINDS[i:] if b != "plane"]


def model(kinds):
    """Two geoms whose sizes and frames are overwritten later, in a pair that no filter touches."""
    geoms = [f'<geom name="{name}" type="{kind}" size="1 1 1"/>' for name, kind in zip("ab", kinds)]
    m = mujoco.MjModel.from_xml_string(
        f"""
        <mujoco>
          <option ccd_tolerance="1e-12" ccd_iterations="500"><flag multiccd="disable"/></option>
          <worldbody>{geoms[0]}<body><freejoint/>{geoms[1]}</body></worldbody>
          <contact><pair geom1="a" geom2="b"/></contact>
        </mujoco>"""
    )
    return m


def plain(value):
    """Nested lists of Python numbers, rounded as the docstring says."""
    return (np.round(np.asarray(value, dtype=float), 12) + 0.0).tolist()


def bound(kind, size):
    """MuJoCo's geom_rbound: the radius of a sphere about the geom's centre that contains it."""
    return {
        "plane": 0.0,
        "sphere": size[0],
        "capsule": size[0] + size[1],
        "ellipsoid": max(size),
        "cylinder": np.hypot(size[0], size[1]),
        "box": np.linalg.norm(size),
    }[kind]


def draw_size(kind, rng):
    if kind == "plane":
        return np.ones(3)
    count = {"sphere": 1, "capsule": 2, "cylinder": 2}.get(kind, 3)
    return np.concatenate([rng.uniform(0.05, 0.5, count), np.zeros(3 - count)]).round(3)


def draw_quat(rng):
    quat = rng.normal(size=4)
    return quat / np.linalg.norm(quat)


def quarter_turns(rng):
    """One of the 24 rotations that map the axes onto each other."""
    product = np.array([1.0, 0.0, 0.0, 0.0])
    for _ in range(3):
        turn = np.zeros(4)
        angle = rng.integers(4) * np.pi / 4
        turn[0], turn[1 + rng.integers(3)] = np.cos(angle), np.sin(angle)
        result = np.zeros(4)
        mujoco.mju_mulQuat(result, product, turn)
        product = result
    return product


def compose(first, second):
    result = np.zeros(4)
    mujoco.mju_mulQuat(result, first, second)
    return result / np.linalg.norm(result)


def small_turn(rng, angle):
    axis = rng.normal(size=3)
    result = np.zeros(4)
    mujoco.mju_axisAngle2Quat(result, axis / np.linalg.norm(axis), angle)
    return result


class Scene:
    """One pair of geoms, for which MuJoCo's contacts can be asked in any position."""

    def __init__(self, kinds):
        self.kinds = kinds
        self.m = model(kinds)
        self.d = mujoco.MjData(self.m)
        mujoco.mj_forward(self.m, self.d)

    def set_sizes(self, sizes):
        self.sizes = sizes
        for g in range(2):
            self.m.geom_size[g] = sizes[g]
            self.m.geom_rbound[g] = bound(self.kinds[g], sizes[g])

    def contacts(self, pos, quat, margin):
        self.m.pair_margin[0] = margin
        for g in range(2):
            self.d.geom_xpos[g] = pos[g]
            mujoco.mju_quat2Mat(self.d.geom_xmat[g], quat[g])
        mujoco.mj_collision(self.m, self.d)
        return [self.d.contact[i] for i in range(self.d.ncon)]

    def touch(self, pos, quat, direction):
        """How far the second geom lies from `pos[1]` along a direction when they begin to touch."""
        near, far = 0.0, 6.0
        if not self.contacts(pos, quat, 0.0):
            return 0.0
        for _ in range(50):
            middle = 0.5 * (near + far)
            if self.contacts([pos[0], pos[1] + middle * direction], quat, 0.0):
                near = middle
            else:
                far = middle
        return near


def draw_frames(scene, rng, case):
    """Orientations by turns random, aligned, and nearly aligned; the way the second geom comes in."""
    first = quarter_turns(rng) if case % 4 == 1 else draw_quat(rng)
    second = draw_quat(rng)
    if case % 4 in (1, 2):
        second = compose(first, quarter_turns(rng))
    elif case % 4 == 3:
        second = compose(compose(first, quarter_turns(rng)), small_turn(rng, rng.uniform(0.02, 0.2)))
    direction = rng.normal(size=3)
    mat = np.zeros(9)
    mujoco.mju_quat2Mat(mat, first)
    axes = mat.reshape(3, 3).T
    if case % 3 == 1:
        # Along an axis of the first geom: faces, caps and ends meet.
        direction = rng.choice([-1.0, 1.0]) * axes[rng.integers(3)]
    if case % 8 == 6:
        # Caps or faces parallel, turned in their plane.
        angle = rng.uniform(0.0, np.pi)
        if scene.kinds[0] == "plane":
            # Exactly level: what stands upright has no lowest point.
            first, axes = np.array([1.0, 0.0, 0.0, 0.0]), np.eye(3)
        second = compose(first, np.array([np.cos(angle), 0.0, 0.0, np.sin(angle)]))
        direction = axes[2]
    if scene.kinds[0] == "plane":
        direction = axes[2]
    return [first, second], direction / np.linalg.norm(direction)


def rows(contacts):
    """Distance, position, normal, first tangent of each contact."""
    return np.array([[c.dist, *c.pos, *c.frame[:6]] for c in contacts]).reshape(-1, 10)


def well_posed(scene, rng, pos, quat, margin):
    """Whether MuJoCo's answer hangs on nothing smaller than what it can resolve: a shape moved by less
    than 1e-9 has the same contacts."""
    found = rows(scene.contacts(pos, quat, margin))
    for _ in range(24):
        moved = [p + rng.uniform(-1e-10, 1e-10, 3) for p in pos]
        turned = [compose(q, small_turn(rng, 1e-10)) for q in quat]
        others = rows(scene.contacts(moved, turned, margin))
        if len(others) != len(found):
            return False
        for row in found:
            if np.abs(others - row).max(axis=1).min() > 1e-6:
                return False
    return True


def draw_case(scene, rng, case):
    kinds = scene.kinds
    sizes = [draw_size(kind, rng) for kind in kinds]
    if case % 8 == 5:
        sizes[1] = sizes[0] if kinds[0] == kinds[1] else sizes[1]
    scene.set_sizes(sizes)
    quat, direction = draw_frames(scene, rng, case)
    start = rng.uniform(-1.0, 1.0, 3).round(6)
    # A sideways offset, so that the nearest points lie anywhere.
    offset = rng.uniform(-0.2, 0.2, 3) if case % 5 else np.zeros(3)
    pos = [start, start + offset]
    margin = MARGIN if case % 2 else 0.0
    width = min(min(s[s > 0]) for s in sizes)
    depth = [
        rng.uniform(0.001, 0.02) * width,
        rng.uniform(0.02, 0.5) * width,
        rng.uniform(0.5, 1.2) * width,
        rng.uniform(-1.2, -0.1) * (margin or 1e-3),
    ][rng.integers(4)]
    pos[1] = pos[1] + (scene.touch(pos, quat, direction) - depth) * direction
    pos = [p.round(9) for p in pos]
    level = kinds[0] == "plane" and case % 8 == 6
    if not level and not well_posed(scene, rng, pos, quat, margin):
        return draw_case(scene, rng, case)
    found = scene.contacts(pos, quat, margin)
    return {
        "margin": margin,
        "size": plain(sizes),
        "pos": plain(pos),
        "quat": [q.tolist() for q in quat],
        "contacts": plain(rows(found)),
    }


def golden(kinds):
    scene = Scene(kinds)
    rng = np.random.default_rng([SEED, zlib.crc32("-".join(kinds).encode())])
    return [draw_case(scene, rng, case) for case in range(CASES)]


def main():
    lines = [f'"mujoco":"{mujoco.__version__}"', f'"seed":{SEED}']
    blocks = []
    for kinds in pairs():
        cases = golden(kinds)
        rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        blocks.append(f"{json.dumps('-'.join(kinds))}:[\n{rows}\n]")
        counts = [len(case["contacts"]) for case in cases]
        print(f"{'-'.join(kinds)}: {sum(counts)} contacts, at most {max(counts)}, {counts.count(0)} without")
    lines.append('"pairs":{\n' + ",\n".join(blocks) + "\n}")
    (HERE / "contacts.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
