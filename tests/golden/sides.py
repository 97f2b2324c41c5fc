"""Which triangles of a hull MuJoCo takes for one flat side: sides.json.

Used by generate.py. Meshes that are nearly flat in places, as those in files are: prisms whose ends are uneven, turned or
not, points on a ball, lattices; with a scale, which does not matter. Of each there are the points and the polygons of
MuJoCo's hull, each as the set of its points.
"""

import json
import pathlib

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261129
UNEVEN = [0.0, 1e-5, 1e-4, 1e-3, 5e-3, 2e-2]


def prism(rng, uneven):
    angles = np.linspace(0.0, 2.0 * np.pi, 13)[:-1]
    ends = [np.c_[np.cos(angles), np.sin(angles), z + uneven * rng.normal(size=12)] for z in (0.5, -0.5)]
    return np.concatenate(ends)


def draw(rng):
    for uneven in UNEVEN:
        yield prism(rng, uneven)
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        yield prism(rng, uneven) @ turn.T
    ball = rng.normal(size=(80, 3))
    yield ball / np.linalg.norm(ball, axis=1)[:, None]
    yield np.stack(np.meshgrid(*3 * [np.linspace(-1.0, 1.0, 3)]), axis=-1).reshape(-1, 3)


def polygons(points, scale):
    numbers = " ".join(f"{x:.9g}" for x in points.ravel())
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><asset><mesh name="m" vertex="{numbers}" scale="{scale}"/></asset>'
        '<worldbody><body><freejoint/><geom type="mesh" mesh="m"/></body></worldbody></mujoco>')
    parts = zip(model.mesh_polyvertadr, model.mesh_polyvertnum)
    return sorted(sorted(model.mesh_polyvert[start:start + count].tolist()) for start, count in parts)


def write():
    rng = np.random.default_rng(SEED)
    meshes = []
    for points in draw(rng):
        points = points.astype(np.float32).astype(float).round(9)
        found = polygons(points, "1 1 1")
        assert found == polygons(points, "0.5 1 0.1"), "a scale does not matter"
        meshes.append({"points": [[float(f"{x:.9g}") for x in point] for point in points], "sides": found})
    rows = ",\n".join(json.dumps(mesh, separators=(",", ":")) for mesh in meshes)
    (HERE / "sides.json").write_text(f'{{"mujoco":"{mujoco.__version__}","seed":{SEED},"meshes":[\n{rows}\n]}}\n')


if __name__ == "__main__":
    write()
