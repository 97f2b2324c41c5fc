"""Pictures and rays a second of one core by MuJoCo, beside those of `dnne bench sight`.

    MUJOCO_GL=egl python tests/peers/mujoco_sight.py [--dnne PATH] MODEL.xml ...

Needs mujoco and numpy, and for pictures a driver. Seconds are those of the processor, the best of several runs.
MuJoCo's shadows, reflections and multisampling are off. `mj_multiRay` has one origin for all rays: the scan goes from
the second body to where the rays of a height scan of 1.6 x 1.0 m would end one metre below.
"""
import argparse
import json
import math
import subprocess
import time

import mujoco
import numpy as np

SIZE = 64
RUNS = 7


def best(work, count):
    """How often a second, of the run that was disturbed least."""
    work()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return count / min(times)


def over_all(m, d):
    """The camera of `dnne bench sight`: it has all geoms of moving bodies in view, or else all that are no ground."""
    ground = (mujoco.mjtGeom.mjGEOM_PLANE, mujoco.mjtGeom.mjGEOM_HFIELD)
    solid = [g for g in range(m.ngeom) if m.geom_rgba[g, 3] > 0 and m.geom_type[g] not in ground]
    among = [g for g in solid if m.geom_bodyid[g] > 0] or solid or list(range(m.ngeom))
    low = np.min([d.geom_xpos[g] - m.geom_rbound[g] for g in among], axis=0)
    high = np.max([d.geom_xpos[g] + m.geom_rbound[g] for g in among], axis=0)
    camera = mujoco.MjvCamera()
    camera.lookat = (low + high) / 2
    towards = np.array([0.52, -0.74, 0.42])
    radius = max(np.linalg.norm(high - low) / 2, 0.05)
    camera.distance = 0.9 * radius / math.sin(math.radians(22.5)) * np.linalg.norm(towards)
    towards /= np.linalg.norm(towards)
    camera.azimuth = math.degrees(math.atan2(-towards[1], -towards[0]))
    camera.elevation = -math.degrees(math.asin(towards[2]))
    return camera


def pictures(m, d):
    """Colour and depth; None where there is no driver."""
    m.vis.quality.shadowsize = 0
    m.vis.quality.offsamples = 0
    m.vis.global_.fovy = 45
    try:
        renderer = mujoco.Renderer(m, SIZE, SIZE)
    except Exception as error:  # what a driver raises is its own
        print(f"  no pictures: {error}")
        return None
    camera = over_all(m, d)

    def draw():
        for _ in range(20):
            renderer.update_scene(d, camera=camera)
            renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
            renderer.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
            renderer.render()

    rgb = best(draw, 20)
    assert np.ptp(renderer.render()) > 0, "the picture is plain"
    renderer.enable_depth_rendering()
    depth = best(draw, 20)
    renderer.close()
    return {"rgb_per_sec": rgb, "depth_per_sec": depth}


def rays(m, d):
    body = min(1, m.nbody - 1)
    rings = np.radians(np.linspace(-30, 30, 16))[:, None]
    round_ = np.linspace(0, 2 * np.pi, 128, endpoint=False)[None]
    lidar = np.stack([np.cos(rings) * np.cos(round_), np.cos(rings) * np.sin(round_), np.sin(rings) + 0 * round_], -1)
    x, y = np.meshgrid(np.linspace(-0.8, 0.8, 17), np.linspace(-0.5, 0.5, 11))
    down = np.stack([x, y, -np.ones_like(x)], -1)
    found = {}
    for name, along in (("lidar_rays_per_sec", lidar), ("height_rays_per_sec", down)):
        along = along.reshape(-1, 3)
        along = np.ascontiguousarray(along / np.linalg.norm(along, axis=1, keepdims=True))
        n = len(along)
        origin, geom, length = d.xpos[body].copy(), np.zeros(n, np.int32), np.zeros(n)

        def cast():
            for _ in range(20):
                mujoco.mj_multiRay(m, d, origin, along.ravel(), None, 1, body, geom, length, None, n, 30.0)

        found[name] = best(cast, 20 * n)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--dnne", help="the program to compare with")
    args = parser.parse_args()
    for path in args.models:
        print(path)
        m = mujoco.MjModel.from_xml_path(path)
        d = mujoco.MjData(m)
        mujoco.mj_forward(m, d)
        theirs = rays(m, d) | (pictures(m, d) or {})
        ours = {}
        if args.dnne:
            command = [args.dnne, "bench", "sight", "--json", "--models", path]
            text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            ours = json.loads(text)["sight"][0]
        for name, rate in theirs.items():
            ratio = f", DNNE {ours[name] / 1e3:10.1f} K ({ours[name] / rate:.1f} times)" if ours else ""
            print(f"  {name:20} MuJoCo {rate / 1e3:10.2f} K{ratio}", flush=True)


if __name__ == "__main__":
    main()
