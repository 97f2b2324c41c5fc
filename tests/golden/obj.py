"""Which triangles MuJoCo makes of the polygons of OBJ files: obj.json.

Used by generate.py. Quadrilaterals, polygons of 5 to 11 corners, flat or not, round or with notches, in any plane, near
the origin or away from it; and files of several objects and groups, of which MuJoCo takes the faces of the first.
"""

import json
import pathlib
import tempfile

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261130
CORNERS = "v 0 0 0\nv 3 0 0\nv 3 1 0\nv 1 1 0\nv 1 3 0\nv 0 3 0\nv 0 0 -1\n"
ONE, TWO, THREE = "f 1 2 3\nf 2 3 7\n", "f 3 4 7\n", "f 4 5 7\n"
OBJECTS = {
    "a group after faces": f"{ONE}g b\n{TWO}",
    "an object after faces": f"{ONE}o b\n{TWO}",
    "the same group twice": f"g a\n{ONE}g a\n{TWO}",
    "a group without a name": f"g a\n{ONE}g\n{TWO}g b\n{THREE}",
    "a group whose name is a space": f"{ONE}g \n{TWO}",
    "an empty object first": f"o a\no b\n{ONE}o c\n{TWO}",
    "a tab before the name": f"{ONE}g\tb\n{TWO}",
    "an indented group": f"{ONE}  g b\n{TWO}",
    "words that begin so": f"{ONE}group b\nobject c\n{TWO}",
    "materials": f"usemtl a\n{ONE}usemtl b\n{TWO}s off\n{THREE}",
    "vertices after the first object": f"{ONE}o b\nv 4 4 4\nv 5 5 6\nf 1 8 9\n",
    "faces of two corners": f"f 1 2\n{ONE}",
    "a face of two corners before an object": f"o a\nf 1 2\no b\n{ONE}",
    "a face with a corner twice": "f 1 2 2\nf 1 3 7\nf 1 3 4\n",
    "a notch": "f 1 2 3 4 5 6\nf 1 2 7\n",
    "a notch, the other way round": "f 6 5 4 3 2 1\nf 1 2 7\n",
}


def faces(folder, number, text):
    """MuJoCo keeps meshes by their file's name."""
    path = pathlib.Path(folder) / f"{number}.obj"
    path.write_text(text)
    m = mujoco.MjModel.from_xml_string(
        f'<mujoco><asset><mesh name="m" file="{path}" inertia="shell"/></asset><worldbody><body><freejoint/>'
        '<inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>'
        '<geom type="mesh" mesh="m" mass="0" contype="0" conaffinity="0"/></body></worldbody></mujoco>')
    return {"text": text, "vertices": m.nmeshvert, "faces": m.mesh_face.tolist()}


def round_one(corners):
    angles = np.arange(corners) * 2.0 * np.pi / corners
    rows = "".join(f"v {np.cos(a):.5f} {np.sin(a):.5f} 0\n" for a in angles)
    face = " ".join(str(i + 1) for i in range(corners))
    return f"{rows}v 0 0 1\nf {face}\nf 1 2 {corners + 1}\n"


def draw(rng):
    corners = rng.integers(4, 12)
    angles = np.sort((np.arange(corners) + rng.uniform(-0.4, 0.4, corners)) * 2.0 * np.pi / corners)
    reach = rng.choice([np.ones(corners), rng.uniform(0.3, 1.0, corners)])
    points = np.c_[reach * np.cos(angles), reach * np.sin(angles), rng.choice([0.0, 0.1]) * rng.normal(size=corners)]
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0] if rng.random() < 0.7 else np.eye(3)[rng.permutation(3)]
    points = points @ turn.T + rng.choice([0.0, 3.0]) * rng.normal(size=3)
    points = np.concatenate([points[::rng.choice([-1, 1])], points[:1] + turn[:, 2]])
    rows = "".join("v {:.6g} {:.6g} {:.6g}\n".format(*point) for point in points)
    return rows + "f " + " ".join(str(i + 1) for i in range(corners)) + f"\nf 1 2 {corners + 1}\n"


def write():
    rng = np.random.default_rng(SEED)
    texts = {name: CORNERS + rest for name, rest in OBJECTS.items()}
    texts |= {f"{corners} corners": round_one(corners) for corners in (99, 100, 101, 120)}
    texts |= {f"polygon {number}": draw(rng) for number in range(64)}
    with tempfile.TemporaryDirectory() as folder:
        files = [{"name": name} | faces(folder, number, text) for number, (name, text) in enumerate(texts.items())]
    rows = ",\n".join(json.dumps(file, separators=(",", ":")) for file in files)
    (HERE / "obj.json").write_text(f'{{"mujoco":"{mujoco.__version__}","seed":{SEED},"files":[\n{rows}\n]}}\n')


if __name__ == "__main__":
    write()
