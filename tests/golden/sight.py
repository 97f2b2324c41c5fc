"""Writes what MuJoCo says of cameras, lights and rays: sight/looks.json, sight/scenes.json, sight/<scene>.bin and
sight/<scene>.gray.

    MUJOCO_GL=egl python tests/golden/sight.py

Needs mujoco (4.0.0 when this was last run) and numpy. Only the last files, pictures of MuJoCo's own renderer, need a
driver; the others are made of mj_ray, a ray a pixel.
"""

import json
import pathlib

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SEED = 20261129
SIZE = 64
STATES = 12

# Scene: model, field of view [degrees], where the camera is and what it looks at, and how far joints are moved.
SCENES = {
    "cartpole": ("scenes/cartpole/cartpole.xml", 50, (0.3, -5, 2), (0, 0, 1.2), 0.3),
    "ant": ("scenes/ant/ant.xml", 45, (2, -2, 1.6), (0, 0, 0.5), 0.3),
    "humanoid": ("scenes/humanoid/humanoid.xml", 45, (2.5, -1.6, 1.4), (0, 0, 1.0), 0.3),
    "quadruped": ("scenes/quadruped/quadruped.xml", 60, (1.6, -1.4, 1.5), (0, 0, 0.5), 0.2),
    "terrain": ("scenes/quadruped/quadruped.xml", 70, (5, 4, 2.5), (0, 0, 0), 0.2),
    "shapes": ("tests/golden/models/shapes.xml", 60, (0.9, -1.2, 1.1), (0, 0, 0.3), 0.1),
    "meshes": ("tests/golden/models/meshes.xml", 70, (2.5, -3, 2.5), (0.6, 0, 0.3), 0.2),
    "looks": ("tests/golden/models/looks.xml", 60, (1, -4, 2.2), (0, 0, 0.8), 0.2),
}


def plain(value):
    return np.asarray(value).tolist()


def move(m, d, rng, most):
    """Joints that are moved at random, bodies on free joints near where they are."""
    mujoco.mj_resetData(m, d)
    for j in range(m.njnt):
        adr, kind = m.jnt_qposadr[j], m.jnt_type[j]
        if kind == mujoco.mjtJoint.mjJNT_FREE:
            d.qpos[adr:adr + 3] += rng.uniform(-most, most, 3)
            quat = rng.normal(0, most, 4) + d.qpos[adr + 3:adr + 7]
            d.qpos[adr + 3:adr + 7] = quat / np.linalg.norm(quat)
        elif kind == mujoco.mjtJoint.mjJNT_BALL:
            quat = rng.normal(0, most, 4) + d.qpos[adr:adr + 4]
            d.qpos[adr:adr + 4] = quat / np.linalg.norm(quat)
        else:
            d.qpos[adr] += rng.uniform(-most, most)
    mujoco.mj_forward(m, d)


def looks():
    m = mujoco.MjModel.from_xml_path(str(HERE / "models/looks.xml"))
    d = mujoco.MjData(m)
    rng = np.random.default_rng(SEED)
    out = {"mujoco": mujoco.__version__, "model": "tests/golden/models/looks.xml", "frustums": [], "states": []}
    mujoco.mj_forward(m, d)
    for i in range(m.ncam):
        scene, camera = mujoco.MjvScene(m, 100), mujoco.MjvCamera()
        camera.type, camera.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, i
        mujoco.mjv_updateScene(m, d, mujoco.MjvOption(), None, camera, mujoco.mjtCatBit.mjCAT_ALL, scene)
        c = scene.camera[0]
        near = 1.0 if c.orthographic else c.frustum_near
        out["frustums"].append([c.frustum_center / near, c.frustum_width / near,
                                c.frustum_bottom / near, c.frustum_top / near])
    for _ in range(STATES):
        move(m, d, rng, 0.6)
        out["states"].append({name: plain(getattr(d, name)) for name in (
            "qpos", "cam_xpos", "cam_xmat", "light_xpos", "light_xdir", "sensordata")})
    return out


def camera_frame(pos, at):
    z = np.subtract(pos, at).astype(float)
    z /= np.linalg.norm(z)
    x = np.cross((0, 0, 1), z)
    x /= np.linalg.norm(x)
    return np.column_stack((x, np.cross(z, x), z))


def picture(name):
    path, fovy, pos, at, most = SCENES[name]
    m = mujoco.MjModel.from_xml_path(str(ROOT / path))
    d = mujoco.MjData(m)
    move(m, d, np.random.default_rng([SEED, len(name)]), most)
    mat, pos = camera_frame(pos, at), np.array(pos, float)
    tan = np.tan(np.radians(fovy) / 2)
    depth, ids = np.zeros((SIZE, SIZE)), np.zeros((SIZE, SIZE), np.int16)
    geomid = np.zeros(1, np.int32)
    for row in range(SIZE):
        for col in range(SIZE):
            x, y = (2 * (col + 0.5) / SIZE - 1) * tan, (1 - 2 * (row + 0.5) / SIZE) * tan
            # Of this length the distance is the depth along the camera's axis.
            depth[row, col] = mujoco.mj_ray(m, d, pos, mat @ (x, y, -1.0), None, 1, -1, geomid)
            ids[row, col] = geomid[0]
    (HERE / "sight" / f"{name}.bin").write_bytes(depth.astype("<f8").tobytes() + ids.astype("<i2").tobytes())
    kinds = {mujoco.mjtGeom(m.geom_type[g]).name for g in np.unique(ids) if g >= 0}
    print(f"{name}: {len(np.unique(ids))} ids, {(ids < 0).mean():.0%} sky, {sorted(kinds)}")
    return {"name": name, "model": path, "size": SIZE, "fovy": fovy, "pos": plain(pos), "mat": plain(mat.ravel()),
            "qpos": plain(d.qpos)}


# Of models without lights of their own: there is nothing about which renderers have opinions.
RENDERED = "cartpole ant humanoid quadruped".split()


def render(name):
    """The same view by MuJoCo's renderer, in gray, without shadows, reflections and several samples a pixel."""
    path, fovy, pos, at, most = SCENES[name]
    m = mujoco.MjModel.from_xml_path(str(ROOT / path))
    m.vis.quality.offsamples, m.vis.global_.fovy = 0, fovy
    d = mujoco.MjData(m)
    move(m, d, np.random.default_rng([SEED, len(name)]), most)
    renderer = mujoco.Renderer(m, SIZE, SIZE)
    renderer.update_scene(d, mujoco.MjvCamera())
    scene, mat = renderer.scene, camera_frame(pos, at)
    for camera in scene.camera:
        camera.pos[:], camera.forward[:], camera.up[:] = pos, -mat[:, 2], mat[:, 1]
    # The only light is that at the camera.
    scene.lights[0].pos[:], scene.lights[0].dir[:] = pos, -mat[:, 2]
    flag = mujoco.mjtRndFlag
    for off in (flag.mjRND_SHADOW, flag.mjRND_REFLECTION, flag.mjRND_HAZE, flag.mjRND_SKYBOX):
        scene.flags[off] = 0
    gray = renderer.render() @ (0.299, 0.587, 0.114)
    (HERE / "sight" / f"{name}.gray").write_bytes(np.round(gray).astype(np.uint8).tobytes())


def write():
    (HERE / "sight").mkdir(exist_ok=True)
    out = looks()
    states = ",\n".join(json.dumps(state, separators=(",", ":")) for state in out.pop("states"))
    head = json.dumps(out, separators=(",", ":"))[:-1]
    (HERE / "sight" / "looks.json").write_text(f"{head},\"states\":[\n{states}\n]}}\n")
    rows = ",\n".join(json.dumps(picture(name), separators=(",", ":")) for name in SCENES)
    (HERE / "sight" / "scenes.json").write_text(f"[\n{rows}\n]\n")
    for name in RENDERED:
        render(name)


if __name__ == "__main__":
    write()
