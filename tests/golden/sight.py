"""Writes what MuJoCo says of cameras, lights, rays and textures: sight/looks.json, sight/scenes.json,
sight/<scene>.bin, sight/<scene>.gray, sight/textured.json and sight/textured<view>.rgb, and the pictures in
models/textures.

    MUJOCO_GL=egl python tests/golden/sight.py

Needs mujoco (4.0.0 when this was last run) and numpy. Only .gray and .rgb, pictures of MuJoCo's own renderer, need a
driver; the others are made of mj_ray, a ray a pixel.
"""

import json
import pathlib
import struct
import zlib

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


def png(name, color_type, bits, rows, extra=()):
    """A PNG of rows of bytes, with further chunks before them."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = len(rows), len(rows[0]) * 8 // bits // {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color_type]
    head = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    extra = b"".join(chunk(kind, of) for kind, of in extra)
    path = HERE / "models" / "textures" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def textures():
    """Pictures that no turn or mirror leaves as they are, one of each kind of PNG."""
    def ramp(width, height):
        y, x = np.mgrid[0:height, 0:width] / [[[height - 1]], [[width - 1]]]
        return x, y, (np.hypot(x - 0.75, y - 0.25) < 0.2).astype(float)

    def rows(*channels):
        return np.round(255 * np.stack(channels, -1)).astype(np.uint8).reshape(len(channels[0]), -1).tolist()

    x, y, spot = ramp(24, 16)
    png("rgb.png", 2, 8, rows(x, y, 0.2 + 0.8 * spot))
    x, y, spot = ramp(20, 16)
    png("srgb.png", 2, 8, rows(1 - x, 0.3 + 0.7 * y, spot), [(b"sRGB", b"\0")])
    x, y, spot = ramp(16, 16)
    png("rgba.png", 6, 8, rows(y, x, 1 - spot, 0.5 + 0.5 * x))
    gray = np.round(65535 * (0.2 + 0.5 * x + 0.3 * spot)).astype(">u2")
    png("gray16.png", 0, 16, [list(row.tobytes()) for row in gray])
    palette = bytes([220, 40, 40, 40, 200, 60, 30, 60, 210, 230, 220, 60])
    # Two bits a pixel: 8 x 4 of them.
    png("indexed.png", 3, 2, [[0b00000101, 0b10101111], [0b00000101, 0b10101111], [0b00011011, 0b11111111],
                              [0b11100100, 0b00000000]], [(b"PLTE", palette)])


VIEWS = [(60, (0.4, -4.6, 2.6), (0, -0.2, 0)), (60, (1.5, 4.2, 2.8), (0, 0.3, 0.1)), (70, (0.1, -0.3, 5.5), (0, 0, 0))]
TEXTURED_SIZE = 96


def textured():
    """All of models/textured.xml by MuJoCo's renderer, in colour, lighted from the camera."""
    textures()
    m = mujoco.MjModel.from_xml_path(str(HERE / "models/textured.xml"))
    d = mujoco.MjData(m)
    mujoco.mj_forward(m, d)
    m.vis.quality.offsamples = 0
    # Round shapes as they are, and not with 28 corners.
    m.vis.quality.numslices, m.vis.quality.numstacks, m.vis.quality.numquads = 128, 128, 8
    rows = []
    for view, (fovy, pos, at) in enumerate(VIEWS):
        m.vis.global_.fovy = fovy
        mat = camera_frame(pos, at)
        renderer = mujoco.Renderer(m, TEXTURED_SIZE, TEXTURED_SIZE)
        renderer.update_scene(d, mujoco.MjvCamera())
        show(renderer.scene, np.array(pos, float), mat)
        (HERE / "sight" / f"textured{view}.rgb").write_bytes(renderer.render().tobytes())
        rows.append({"size": TEXTURED_SIZE, "fovy": fovy, "pos": plain(pos), "mat": plain(mat.ravel())})
    (HERE / "sight" / "textured.json").write_text(
        "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")


def show(scene, pos, mat):
    """Looks from there, by the light at the camera alone, without shadows, reflections, haze and sky."""
    for camera in scene.camera:
        camera.pos[:], camera.forward[:], camera.up[:] = pos, -mat[:, 2], mat[:, 1]
    scene.lights[0].pos[:], scene.lights[0].dir[:] = pos, -mat[:, 2]
    flag = mujoco.mjtRndFlag
    for off in (flag.mjRND_SHADOW, flag.mjRND_REFLECTION, flag.mjRND_HAZE, flag.mjRND_SKYBOX):
        scene.flags[off] = 0


def render(name):
    """The same view by MuJoCo's renderer, in gray, without shadows, reflections and several samples a pixel."""
    path, fovy, pos, at, most = SCENES[name]
    m = mujoco.MjModel.from_xml_path(str(ROOT / path))
    m.vis.quality.offsamples, m.vis.global_.fovy = 0, fovy
    d = mujoco.MjData(m)
    move(m, d, np.random.default_rng([SEED, len(name)]), most)
    renderer = mujoco.Renderer(m, SIZE, SIZE)
    renderer.update_scene(d, mujoco.MjvCamera())
    show(renderer.scene, np.array(pos, float), camera_frame(pos, at))
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
    textured()


if __name__ == "__main__":
    write()
