"""Writes the golden data: what MuJoCo makes of each model here and of the shipped scenes.

    python tests/golden/generate.py            # all models
    python tests/golden/generate.py arm6       # some

Needs mujoco (4.0.0 when this was last run) and numpy. Each <model>.json holds the compiled constants and,
for random states, the result of every stage of one forward pass and of one step; states/<model>.json
holds the stages for states with contacts (states.py). The random numbers
come from the seed in the file, so a rerun with the same MuJoCo changes nothing. Floating-point numbers
are written in full. The layout is described in README.md.
"""

import json
import pathlib
import sys
import zlib

import mujoco
import numpy as np

import convex
import defaults
import forces
import obj
import planes
import sides
import states

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SEED = 20261123

OTHERS = {"actuator_forces": forces, "convex": convex, "defaults": defaults, "obj": obj,
          "planes": planes, "sides": sides}

# Name: (path, states away from the limits, states beyond or near the limits).
MODELS = {
    "cartpole": (ROOT / "scenes/cartpole/cartpole.xml", 60, 60),
    "cartpole_v1": (ROOT / "scenes/cartpole_v1/cartpole_v1.xml", 60, 0),
    "double_pendulum": (HERE / "models/double_pendulum.xml", 60, 0),
    "double_pendulum_euler": (HERE / "models/double_pendulum_euler.xml", 30, 30),
    "arm6": (HERE / "models/arm6.xml", 60, 60),
    "arm6_rk4": (HERE / "models/arm6_rk4.xml", 20, 20),
    "compiler": (HERE / "models/compiler.xml", 0, 20),
    "from_geoms": (HERE / "models/from_geoms.xml", 10, 10),
    "sliders": (HERE / "models/sliders.xml", 5, 15),
}
ROLLOUT_STEPS = 100

GEOM_TYPES = {
    mujoco.mjtGeom.mjGEOM_PLANE: "plane",
    mujoco.mjtGeom.mjGEOM_SPHERE: "sphere",
    mujoco.mjtGeom.mjGEOM_CAPSULE: "capsule",
    mujoco.mjtGeom.mjGEOM_ELLIPSOID: "ellipsoid",
    mujoco.mjtGeom.mjGEOM_CYLINDER: "cylinder",
    mujoco.mjtGeom.mjGEOM_BOX: "box",
}


def plain(value):
    """A NumPy array as nested lists of Python numbers, which json writes with every digit."""
    return np.asarray(value).tolist()


def named(model, kind, count):
    return [mujoco.mj_id2name(model, kind, i) or "" for i in range(count)]


def constants(m):
    """What the compiler made of the model: the arrays of mjModel under their own names."""
    obj = mujoco.mjtObj
    fields = (
        "body_parentid body_rootid body_pos body_quat body_ipos body_iquat body_mass body_inertia "
        "body_subtreemass body_jntadr body_jntnum body_dofadr body_dofnum body_invweight0 "
        "jnt_type jnt_bodyid jnt_qposadr jnt_dofadr jnt_pos jnt_axis jnt_stiffness jnt_limited jnt_range "
        "jnt_margin jnt_solref jnt_solimp "
        "dof_bodyid dof_jntid dof_parentid dof_armature dof_damping dof_invweight0 dof_M0 "
        "actuator_ctrllimited actuator_ctrlrange actuator_forcelimited actuator_forcerange "
        "geom_bodyid geom_size geom_pos geom_quat geom_contype geom_conaffinity geom_rgba "
        "qpos0 qpos_spring key_qpos key_qvel key_ctrl"
    ).split()
    out = {"nq": m.nq, "nv": m.nv, "nu": m.nu, "nbody": m.nbody, "ngeom": m.ngeom, "nkey": m.nkey}
    out |= {name: plain(getattr(m, name)) for name in fields}
    # Only the joint transmission is used: the joint and the first entry of its gear.
    out["actuator_jntid"] = plain(m.actuator_trnid[:, 0])
    out["actuator_gear"] = plain(m.actuator_gear[:, 0])
    out["geom_type"] = [GEOM_TYPES[mujoco.mjtGeom(t)] for t in m.geom_type]
    out["body_name"] = named(m, obj.mjOBJ_BODY, m.nbody)
    out["jnt_name"] = named(m, obj.mjOBJ_JOINT, m.njnt)
    out["geom_name"] = named(m, obj.mjOBJ_GEOM, m.ngeom)
    out["actuator_name"] = named(m, obj.mjOBJ_ACTUATOR, m.nu)
    out["key_name"] = named(m, obj.mjOBJ_KEY, m.nkey)
    out["meaninertia"] = m.stat.meaninertia
    out["opt"] = {
        "timestep": m.opt.timestep,
        "gravity": plain(m.opt.gravity),
        "integrator": mujoco.mjtIntegrator(m.opt.integrator).name.removeprefix("mjINT_"),
        "eulerdamp": not m.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_EULERDAMP,
        "refsafe": not m.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_REFSAFE,
        "iterations": m.opt.iterations,
        "tolerance": m.opt.tolerance,
        "ls_iterations": m.opt.ls_iterations,
        "ls_tolerance": m.opt.ls_tolerance,
    }
    return out


def draw_state(m, rng, at_limits):
    """A random qpos, qvel and ctrl. The joint positions lie clear of every limit, or each at random
    inside, in its margin, or beyond; qvel's spread is 2; some controls lie outside their range."""
    qpos = rng.uniform(-2.0, 2.0, m.nq)
    for j in np.flatnonzero(m.jnt_limited):
        low, high = m.jnt_range[j]
        margin, width = m.jnt_margin[j], high - low
        clear = margin + 0.02 * width
        inside = rng.uniform(low + clear, max(high - clear, low + clear))
        near = margin + 0.05 * width
        beyond = rng.choice([low, high]) + rng.uniform(-near, near)
        qpos[j] = beyond if at_limits and rng.random() < 0.6 else inside
    qvel = rng.normal(0.0, 2.0, m.nv)
    limited = m.actuator_ctrllimited.astype(bool)
    scale = np.where(limited, np.abs(m.actuator_ctrlrange).max(axis=1), 1.0) if m.nu else np.zeros(0)
    ctrl = 1.4 * scale * rng.uniform(-1.0, 1.0, m.nu)
    return qpos, qvel, ctrl


def set_state(m, d, state):
    mujoco.mj_resetData(m, d)
    d.qpos[:], d.qvel[:], d.ctrl[:] = state
    d.qacc_warmstart[:] = 0.0


def dense_jacobian(m, d):
    if mujoco.mj_isSparse(m):
        raise SystemExit("the constraint Jacobian is sparse; set jacobian to dense")
    return d.efc_J.reshape(d.nefc, m.nv)


def dense_inertia(m, d):
    full = np.zeros((m.nv, m.nv))
    mujoco.mj_fullM(m, d, full)
    return full


def record(m, d, state):
    """One forward pass and one step from the state."""
    set_state(m, d, state)
    mujoco.mj_forward(m, d)
    out = {name: plain(value) for name, value in zip(("qpos", "qvel", "ctrl"), state)}
    for name in ("xpos", "xquat", "subtree_com"):
        out[name] = plain(getattr(d, name))
    out["qM"] = plain(dense_inertia(m, d))
    for name in ("qfrc_bias", "qfrc_passive", "qfrc_actuator", "actuator_force", "qacc_smooth"):
        out[name] = plain(getattr(d, name))
    out["nefc"] = d.nefc
    out["efc_J"] = plain(dense_jacobian(m, d))
    for name in ("efc_id", "efc_pos", "efc_margin", "efc_vel", "efc_aref", "efc_D", "efc_force"):
        out[name] = plain(getattr(d, name))
    assert all(d.efc_type == mujoco.mjtConstraint.mjCNSTR_LIMIT_JOINT)
    out["qfrc_constraint"] = plain(d.qfrc_constraint)
    out["qacc"] = plain(d.qacc)
    mujoco.mj_energyPos(m, d)
    mujoco.mj_energyVel(m, d)
    out["energy"] = plain(d.energy)

    set_state(m, d, state)
    mujoco.mj_step(m, d)
    out["next_qpos"], out["next_qvel"] = plain(d.qpos), plain(d.qvel)
    return out


def rollout(m, d, state):
    """Many steps with constant controls; the state after each tenth."""
    set_state(m, d, state)
    qpos, qvel = [], []
    for step in range(1, ROLLOUT_STEPS + 1):
        mujoco.mj_step(m, d)
        if step % 10 == 0:
            qpos.append(plain(d.qpos))
            qvel.append(plain(d.qvel))
    start = {name: plain(value) for name, value in zip(("qpos", "qvel", "ctrl"), state)}
    return start | {"every": 10, "steps": ROLLOUT_STEPS, "then_qpos": qpos, "then_qvel": qvel}


def golden(name):
    path, n_free, n_limit = MODELS[name]
    m = mujoco.MjModel.from_xml_path(str(path))
    out = {
        "mujoco": mujoco.__version__,
        "seed": SEED,
        "model": str(path.relative_to(ROOT)),
        "constants": constants(m),
    }
    # The minimiser is unique, so with the iteration carried to its end any solver has to find this one.
    m.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
    m.opt.jacobian = mujoco.mjtJacobian.mjJAC_DENSE
    m.opt.tolerance = 0.0
    m.opt.iterations = 200
    m.opt.ls_iterations = 200
    m.opt.ls_tolerance = 1e-12
    d = mujoco.MjData(m)
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    out["free"] = [record(m, d, draw_state(m, rng, False)) for _ in range(n_free)]
    out["limits"] = [record(m, d, draw_state(m, rng, True)) for _ in range(n_limit)]
    out["rollout"] = rollout(m, d, draw_state(m, rng, n_free == 0))
    return out


def dump(out):
    """JSON with one line for the constants and one for each state."""
    lines = []
    for key, value in out.items():
        if key in ("free", "limits"):
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
            lines.append(f"{json.dumps(key)}:[\n{rows}\n]")
        else:
            lines.append(f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    for name in sys.argv[1:] or [*MODELS, *states.MODELS, *OTHERS]:
        if name in OTHERS:
            OTHERS[name].write()
            continue
        if name in states.MODELS:
            states.write(name)
            continue
        out = golden(name)
        text = dump(out)
        (HERE / f"{name}.json").write_text(text)
        free = [row["nefc"] for row in out["free"]]
        limits = [row["nefc"] for row in out["limits"]]
        print(f"{name}: {len(text) / 1000:.0f} kB; rows free {sum(free)}, at limits {sum(limits)}")


if __name__ == "__main__":
    main()
