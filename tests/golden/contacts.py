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
KINDS = ["plane", "hfield", "sphere", "capsule", "ellipsoid", "cylinder", "box", "mesh"]
# MuJoCo is asked for the deepest point only; several contacts of convex pairs are recorded by convex.py.
OPTIONS = {"multiccd": "disable", "tolerance": 1e-12}


def pairs():
    """Every pair of kinds that collide, sorted."""
    found = [(a, b) for i, a in enumerate(KINDS) for b in KINDS[i:]]
    return [(a, b) for a, b in found if b not in ("plane", "hfield")]


def mesh_points():
    """Vertices of a hexagonal prism, a wedge, and points on a lopsided ellipsoid."""
    angles = np.arange(6) * np.pi / 3
    prism = [[0.25 * np.cos(a), 0.3 * np.sin(a), z] for z in (-0.1, 0.12) for a in angles]
    wedge = [[x, y, z] for x in (-0.3, 0.3) for y, z in ((-0.2, -0.1), (0.2, -0.1), (-0.2, 0.2))]
    rng = np.random.default_rng(SEED)
    ball = rng.normal(size=(40, 3))
    ball = ball / np.linalg.norm(ball, axis=1)[:, None] * [0.3, 0.2, 0.25]
    return [np.array(points).round(4) for points in (prism, wedge, ball)]


FIELD = {"nrow": 12, "ncol": 15, "size": [1.1, 0.9, 0.25, 0.1]}


def field_heights():
    """Smooth hills with some noise, in 0 to 1."""
    rng = np.random.default_rng(SEED + 1)
    x, y = np.meshgrid(np.linspace(0, 1, FIELD["ncol"]), np.linspace(0, 1, FIELD["nrow"]))
    heights = 0.5 + 0.3 * np.sin(5 * x) * np.cos(4 * y) + rng.uniform(-0.08, 0.08, x.shape)
    heights = (heights - heights.min()) / (heights.max() - heights.min())
    return heights.round(4)


def model(kinds, meshes):
    """Two geoms whose sizes and frames are overwritten later, in a pair that no filter touches."""
    points = mesh_points()
    assets, geoms = [], []
    for g, kind in enumerate(kinds):
        name = "ab"[g]
        data = ""
        if kind == "mesh":
            vertices = " ".join(str(x) for x in points[meshes[g]].ravel())
            assets.append(f'<mesh name="{name}" vertex="{vertices}"/>')
            data = f'mesh="{name}"'
        elif kind == "hfield":
            size = " ".join(str(x) for x in FIELD["size"])
            assets.append(
                f'<hfield name="{name}" nrow="{FIELD["nrow"]}" ncol="{FIELD["ncol"]}" size="{size}"/>'
            )
            data = f'hfield="{name}"'
        else:
            data = 'size="1 1 1"'
        geoms.append(f'<geom name="{name}" type="{kind}" {data}/>')
    m = mujoco.MjModel.from_xml_string(
        f"""
        <mujoco>
          <option ccd_tolerance="{OPTIONS["tolerance"]}" ccd_iterations="500">
            <flag multiccd="{OPTIONS["multiccd"]}"/></option>
          <asset>{"".join(assets)}</asset>
          <worldbody>{geoms[0]}<body><freejoint/>{geoms[1]}</body></worldbody>
          <contact><pair geom1="a" geom2="b"/></contact>
        </mujoco>"""
    )
    if "hfield" in kinds:
        m.hfield_data[:] = field_heights().ravel()
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
    if kind in ("hfield", "mesh"):
        return np.zeros(3)
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

    def __init__(self, kinds, meshes):
        self.kinds, self.meshes = kinds, meshes
        self.m = model(kinds, meshes)
        self.d = mujoco.MjData(self.m)
        mujoco.mj_forward(self.m, self.d)

    def set_sizes(self, sizes):
        for g in range(2):
            if self.kinds[g] not in ("hfield", "mesh"):
                self.m.geom_size[g] = sizes[g]
                self.m.geom_rbound[g] = bound(self.kinds[g], sizes[g])

    def vertices(self, g):
        """MuJoCo's vertices, about the centre of mass and along the principal axes."""
        mesh = self.m.geom_dataid[g]
        start = self.m.mesh_vertadr[mesh]
        return self.m.mesh_vert[start : start + self.m.mesh_vertnum[mesh]]

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
    if scene.kinds[0] == "hfield":
        direction = axes[2] + rng.uniform(-0.2, 0.2, 3)
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


def draw_case(scenes, rng, case):
    scene = scenes[rng.integers(len(scenes))]
    kinds = scene.kinds
    sizes = [draw_size(kind, rng) for kind in kinds]
    if case % 8 == 5:
        sizes[1] = sizes[0] if kinds[0] == kinds[1] else sizes[1]
    scene.set_sizes(sizes)
    quat, direction = draw_frames(scene, rng, case)
    start = rng.uniform(-1.0, 1.0, 3).round(6)
    # A sideways offset, so that the nearest points lie anywhere.
    offset = rng.uniform(-0.2, 0.2, 3) if case % 5 else np.zeros(3)
    if kinds[0] == "hfield":
        offset *= 5.0
    pos = [start, start + offset]
    # MuJoCo measures from the field raised by the margin, not from the field.
    margin = MARGIN if case % 2 and kinds[0] != "hfield" else 0.0
    width = min(min(s[s > 0], default=0.12) for s in sizes)
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
        return draw_case(scenes, rng, case)
    found = scene.contacts(pos, quat, margin)
    return {
        "margin": margin,
        "mesh": scene.meshes,
        "size": plain(sizes),
        "pos": plain(pos),
        "quat": [q.tolist() for q in quat],
        "contacts": plain(rows(found)),
    }


def golden(kinds):
    choices = [range(3) if kind == "mesh" else [0] for kind in kinds]
    scenes = [Scene(kinds, [i, j]) for i in choices[0] for j in choices[1]]
    rng = np.random.default_rng([SEED, zlib.crc32("-".join(kinds).encode())])
    count = CASES // 4 if kinds[0] == "hfield" else CASES
    return [draw_case(scenes, rng, case) for case in range(count)]


def main():
    lines = [f'"mujoco":"{mujoco.__version__}"', f'"seed":{SEED}']
    meshes = [Scene(("plane", "mesh"), [0, i]).vertices(1).tolist() for i in range(3)]
    lines.append(f'"meshes":{json.dumps(meshes, separators=(",", ":"))}')
    field = FIELD | {"data": field_heights().ravel().tolist()}
    lines.append(f'"field":{json.dumps(field, separators=(",", ":"))}')
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
