"""What MuJoCo makes of a plane and of meshes that lie on it with faces of many corners: planes.json.

Used by generate.py. Prisms and cut-off pyramids of 5 to 14 uneven sides lie on one of their faces, tilted a little or
not so little, so that some or all corners are below the margin. Poses in which rounding decides are drawn again: a
second corner as deep as the deepest, or one on the edge of the margin.
"""

import json
import pathlib

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261130
POSES = 40
TILTS = [1e-4, 1e-3, 1e-2, 5e-2, 0.2]
MARGINS = [0.0, 0.003]
# So much one corner is deeper than the others, or away from the margin [m].
CLEAR = 1e-8


def draw_points(rng, corners):
    """Two polygons on one ellipse, the upper one smaller."""
    angles = np.sort((np.arange(corners) + rng.uniform(-0.3, 0.3, corners)) * 2.0 * np.pi / corners)
    ring = np.c_[np.cos(angles), rng.uniform(0.5, 1.0) * np.sin(angles)] * 0.1
    upper = ring * rng.uniform(0.4, 1.0)
    return np.concatenate([np.c_[ring, np.full(corners, -0.04)], np.c_[upper, np.full(corners, 0.03)]]).round(6)


def compiled(points):
    numbers = " ".join(f"{x:.9g}" for x in points.ravel())
    return mujoco.MjModel.from_xml_string(
        f'<mujoco><asset><mesh name="m" vertex="{numbers}"/></asset><worldbody><geom type="plane" size="1 1 1"/>'
        '<body><freejoint/><geom type="mesh" mesh="m" mass="1"/></body></worldbody></mujoco>')


def turn(axis, angle):
    quat = np.zeros(4)
    mujoco.mju_axisAngle2Quat(quat, axis / np.linalg.norm(axis), angle)
    return quat


def matrix(quat):
    mat = np.zeros(9)
    mujoco.mju_quat2Mat(mat, quat / np.linalg.norm(quat))
    return mat.reshape(3, 3)


def draw(m, d, rng):
    vertices = m.mesh_vert.astype(float)
    faces = np.flatnonzero(m.mesh_polyvertnum >= rng.choice([4, 5]))
    normal = m.mesh_polynormal[rng.choice(faces)]
    across = np.cross(normal, [0.0, 0.0, -1.0])
    if np.linalg.norm(across) < 1e-6:
        across = np.array([1.0, 0.0, 0.0])
    down = turn(across, np.arctan2(np.linalg.norm(np.cross(normal, [0.0, 0.0, -1.0])), -normal[2]))
    level, quat = np.zeros(4), np.zeros(4)
    mujoco.mju_mulQuat(level, turn(np.array([0.0, 0.0, 1.0]), rng.uniform(-3.0, 3.0)), down)
    mujoco.mju_mulQuat(quat, turn(np.append(rng.normal(size=2), 0.0), rng.choice(TILTS)), level)
    quat = quat.round(9)
    heights = np.unique((vertices @ matrix(quat).T)[:, 2])
    margin = float(rng.choice(MARGINS))
    # As deep as some of the corners are high.
    depth = rng.uniform(0.0, 1.0) * (heights[rng.integers(1, 8)] - heights[0]) + rng.choice([0.0, 1e-4])
    pos = np.array([*rng.uniform(-0.2, 0.2, 2), margin - heights[0] - depth]).round(9)
    heights = (vertices @ matrix(quat).T)[:, 2] + pos[2]
    order = np.sort(heights)
    if order[1] - order[0] < CLEAR or np.abs(heights - margin).min() < CLEAR or order[0] >= margin:
        return draw(m, d, rng)
    m.geom_margin[:] = [margin, 0.0]
    d.qpos[:3] = pos
    d.qpos[3:] = quat / np.linalg.norm(quat)
    mujoco.mj_forward(m, d)
    found = [[float(f"{x:.11g}") for x in (c.dist, *c.pos, *c.frame[:3])] for c in d.contact]
    return {"margin": margin, "mesh": [0, 0], "size": [[1.0] * 3] * 2, "pos": [[0.0] * 3, pos.tolist()],
            "quat": [[1.0, 0.0, 0.0, 0.0], quat.tolist()], "contacts": found}


def write():
    rng = np.random.default_rng(SEED)
    meshes, poses = [], []
    for corners in range(5, 15):
        # Twice: what is one face is decided in the frame of the file, and what is recorded is in the mesh's own.
        m = compiled(compiled(draw_points(rng, corners)).mesh_vert.astype(float))
        # What is recorded is the geom's pose, which is the body's so.
        m.geom_pos[1], m.geom_quat[1], m.geom_sameframe[1] = 0.0, [1.0, 0.0, 0.0, 0.0], 0
        d = mujoco.MjData(m)
        cases = [draw(m, d, rng) | {"mesh": [0, len(meshes)]} for _ in range(POSES)]
        meshes.append([[float(f"{x:.9g}") for x in vertex] for vertex in m.mesh_vert])
        poses += cases
    counts = np.bincount([len(case["contacts"]) for case in poses])
    print(f"planes: poses with 0, 1, 2.. contacts {counts}")
    row = lambda value: json.dumps(value, separators=(",", ":"))
    (HERE / "planes.json").write_text(
        f'{{"mujoco":"{mujoco.__version__}","seed":{SEED},\n"meshes":[\n' + ",\n".join(map(row, meshes))
        + '\n],\n"pairs":{"plane-mesh":[\n' + ",\n".join(map(row, poses)) + "\n]}}\n")


if __name__ == "__main__":
    write()
