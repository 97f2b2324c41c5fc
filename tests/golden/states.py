"""The third kind of golden state: full of contacts and other constraints, met on the way by random actions.

Used by generate.py; writes states/<name>.json. The layout is described in README.md.
"""

import copy
import json
import pathlib
import zlib

import mujoco
import numpy as np

from numbering import renumbered

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SEED = 20261123

SCENES = ("ant humanoid half_cheetah hopper walker2d double_pendulum_swingup reacher quadruped").split()
# The models that were written for their contacts, then those whose constraints are of other kinds.
TOUCHING = "elliptic pyramids shapes sensing sticking".split()
OTHERS = "actuators couplings floating fluid strings".split()
# Name: (path, wants contacts).
MODELS = (
    {name: (ROOT / f"scenes/{name}/{name}.xml", name not in ("double_pendulum_swingup", "reacher"))
     for name in SCENES}
    | {name: (HERE / f"models/{name}.xml", True) for name in TOUCHING}
    | {name: (HERE / f"models/{name}.xml", False) for name in OTHERS})

STATES = 16
MOST_BYTES = 280_000
# Actions are held for this many steps, and a rollout begins anew after so many.
HOLD = 8
EPISODE = 300
# So many episodes are searched for states with constraints, and as many more for any; of other people's models fewer.
MOST_STARTS, FEWER_STARTS = 60, 8
ROLLOUT_STEPS = 100

# A state is drawn again if moving it by this changes the next velocities by more than that: it stands
# at the edge of a contact, or where a shape's nearest feature changes, and rounding would decide.
NUDGE, CHANGE = 1e-9, 1e-5
# Pairs of which MuJoCo's several contacts are a matter of choice (see src/physics/collide/tests.rs).
CHOICES = {("hfield", "box"), ("hfield", "mesh")}

GEOM_TYPES = {int(t): t.name.removeprefix("mjGEOM_").lower() for t in mujoco.mjtGeom.__members__.values()}


def brief(value):
    """Nested lists of numbers with thirteen digits; only the states from which we start are in full."""
    return np.vectorize(lambda x: float(f"{x:.13g}"), otypes=[float])(np.asarray(value)).tolist() \
        if np.size(value) else []


def exact(model):
    """MuJoCo's solver and its narrow phase, run to the end."""
    model.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
    model.opt.jacobian = mujoco.mjtJacobian.mjJAC_DENSE
    # Passes against slip are an addition to the solver that we do not have.
    model.opt.noslip_iterations = 0
    model.opt.tolerance = 0.0
    model.opt.iterations = 200
    model.opt.ls_iterations = 200
    model.opt.ls_tolerance = 1e-12
    model.opt.ccd_tolerance = 1e-12
    model.opt.ccd_iterations = 500
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_ISLAND


def set_state(m, d, state):
    mujoco.mj_resetData(m, d)
    d.qpos[:], d.qvel[:], d.act[:], d.ctrl[:] = state
    d.qacc_warmstart[:] = 0.0


def random_ctrl(m, rng):
    """Within the range, or about as large as the model's other controls where there is none."""
    limited = m.actuator_ctrllimited.astype(bool)
    low = np.where(limited, m.actuator_ctrlrange[:, 0], -1.0)
    high = np.where(limited, m.actuator_ctrlrange[:, 1], 1.0)
    return rng.uniform(low, high) if m.nu else np.zeros(0)


def start(m, d, rng):
    """The reference pose, stirred."""
    mujoco.mj_resetData(m, d)
    step = rng.normal(0.0, 0.05, m.nv)
    mujoco.mj_integratePos(m, d.qpos, step, 1.0)
    for j in np.flatnonzero((m.jnt_limited == 1) & (m.jnt_type >= 2)):
        d.qpos[m.jnt_qposadr[j]] = np.clip(d.qpos[m.jnt_qposadr[j]], *m.jnt_range[j])
    d.qvel[:] = rng.normal(0.0, 0.3, m.nv)


def next_velocity(m, d, state):
    set_state(m, d, state)
    mujoco.mj_step(m, d)
    return d.qvel.copy(), d.nefc


def by_numbering(m, other, state):
    """How far the next velocities of the renumbered model are from the model's own, as the test measures it."""
    velocity, _ = next_velocity(m, mujoco.MjData(m), state)
    changed, _ = next_velocity(other, mujoco.MjData(other), state)
    return float(np.abs(changed - velocity).max(initial=0.0) / max(1.0, np.abs(velocity).max(initial=0.0)))


def is_well_posed(m, d, state, rng):
    qpos, qvel, act, ctrl = state
    velocity, rows = next_velocity(m, d, state)
    for _ in range(3):
        moved = qpos.copy()
        mujoco.mj_integratePos(m, moved, NUDGE * rng.choice([-1.0, 1.0], m.nv), 1.0)
        other, other_rows = next_velocity(m, d, (moved, qvel, act, ctrl))
        if other_rows != rows or np.abs(other - velocity).max() > CHANGE * max(1.0, np.abs(velocity).max()):
            return False
    return np.isfinite(velocity).all() and not is_at_edge(m, d, state)


def is_at_edge(m, d, state):
    """Whether something touches at a distance of nothing but rounding, as what slides without weight does."""
    def contacts(margin):
        m.geom_margin += margin
        set_state(m, d, state)
        mujoco.mj_forward(m, d)
        m.geom_margin -= margin
        return d.ncon
    return contacts(NUDGE) != contacts(-NUDGE)


def is_of_choice(m, d):
    """Whether MuJoCo's contacts are a matter of choice. Neighbouring prisms of a height field may give
    the same contact twice, which we keep once, and at most eight for a pair."""
    for pair in {(c.geom1, c.geom2) for c in d.contact if m.geom_type[c.geom1] == mujoco.mjtGeom.mjGEOM_HFIELD}:
        same = [c for c in d.contact if (c.geom1, c.geom2) == pair]
        points = {tuple(np.round([*c.pos, c.dist], 5)) for c in same}
        if len(points) < len(same) or len(same) > 8:
            return True
    kinds = {tuple(sorted((int(m.geom_type[c.geom1]), int(m.geom_type[c.geom2])))) for c in d.contact}
    return any((GEOM_TYPES[a], GEOM_TYPES[b]) in CHOICES for a, b in kinds)


def draw_states(m, d, rng, wants_contacts, count, most_starts):
    """States on the way of random actions; some at the beginning, most when something touches."""
    found, starts = [], 0
    simulation = mujoco.MjData(m)
    while len(found) < count:
        # Models of other people may never touch anything; then any state will do.
        starts += 1
        wanting = starts <= most_starts
        if starts > 2 * most_starts:
            break
        start(m, simulation, rng)
        pick = rng.integers(5, 90)
        for step in range(EPISODE):
            if step % HOLD == 0:
                simulation.ctrl[:] = random_ctrl(m, rng)
            mujoco.mj_step(m, simulation)
            if np.abs(simulation.qvel).max() > 500.0:
                break
            if step != pick:
                continue
            state = tuple(np.array(getattr(simulation, x)) for x in ("qpos", "qvel", "act", "ctrl"))
            set_state(m, d, state)
            mujoco.mj_forward(m, d)
            wanted = d.ncon > 0 if wants_contacts else d.nefc > 0
            # Where nothing pushes there is little to see: two states in sixteen may be so.
            if not (wanted or not wanting or len(found) % 8 == 0) or is_of_choice(m, d) or not is_well_posed(m, d, state, rng):
                pick = step + 3
                continue
            found.append(state)
            pick = step + rng.integers(40, 90)
            if len(found) == count:
                break
    return found


def lower_triangle(m, d):
    """The entries of M that can be other than zero, row by row up to the diagonal."""
    full = np.zeros((m.nv, m.nv))
    mujoco.mj_fullM(m, d, full)
    return [[i, j, full[i, j]] for i in range(m.nv) for j in range(i + 1) if full[i, j] != 0.0]


def record(m, d, state):
    set_state(m, d, state)
    mujoco.mj_forward(m, d)
    out = {name: value.tolist() for name, value in zip(("qpos", "qvel", "act", "ctrl"), state)}
    for name in ("xpos", "xquat"):
        out[name] = brief(getattr(d, name))
    out["qM"] = brief(np.array(lower_triangle(m, d)))
    for name in ("qfrc_bias", "qfrc_passive", "qfrc_actuator", "actuator_force", "act_dot", "qacc_smooth"):
        out[name] = brief(getattr(d, name))
    out["contacts"] = [[int(c.geom1), int(c.geom2), *brief([c.dist, *c.pos, *c.frame[:6]])]
                       for c in d.contact if c.exclude == 0]
    out["efc_type"] = [int(t) for t in d.efc_type]
    for name in ("efc_pos", "efc_vel", "efc_aref", "efc_D"):
        out[name] = brief(getattr(d, name))
    for name in ("qfrc_constraint", "qacc", "sensordata"):
        out[name] = brief(getattr(d, name))
    set_state(m, d, state)
    mujoco.mj_step(m, d)
    out["next_qpos"], out["next_qvel"], out["next_act"] = brief(d.qpos), brief(d.qvel), brief(d.act)
    return out


def rollout(m, d, state):
    set_state(m, d, state)
    qpos = []
    for step in range(1, ROLLOUT_STEPS + 1):
        mujoco.mj_step(m, d)
        if step % 10 == 0:
            qpos.append(brief(d.qpos))
    out = {name: value.tolist() for name, value in zip(("qpos", "qvel", "act", "ctrl"), state)}
    return out | {"every": 10, "steps": ROLLOUT_STEPS, "then_qpos": qpos}


def golden(name, path, wants_contacts, is_foreign=False):
    """Of other people's models the way to the states is gone with a solver that ends where it may: that is a
    hundred times as fast, and only what is recorded must be exact."""
    m = mujoco.MjModel.from_xml_path(str(path))
    exact(m)
    d = mujoco.MjData(m)
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    walking = copy.copy(m)
    if is_foreign:
        walking.opt.tolerance, walking.opt.iterations, walking.opt.ls_iterations = 1e-14, 50, 50
    most_starts = FEWER_STARTS if is_foreign else MOST_STARTS
    states = draw_states(walking, mujoco.MjData(walking), rng, wants_contacts, STATES, most_starts) if m.nv else []
    inside = path.is_relative_to(ROOT)
    out = {"mujoco": mujoco.__version__, "seed": SEED, "model": str(path.relative_to(ROOT) if inside else path)}
    out["sensors"] = [[mujoco.mj_id2name(m, mujoco.mjtObj.mjOBJ_SENSOR, i) or "", int(m.sensor_adr[i])]
                      for i in range(m.nsensor)]
    out["rollouts"] = [rollout(m, d, state) for state in states[:3]]
    out["contacts"] = [record(m, d, state) for state in states]
    if is_foreign:
        other = renumbered(m)
        out["by_numbering"] = [by_numbering(m, other, state) for state in states]
    return out


def dump(out):
    """JSON with a line for each state; as many states as stay below the largest size."""
    row = lambda value: json.dumps(value, separators=(",", ":"))
    head = "".join(f"{json.dumps(key)}:{row(value)},\n" for key, value in out.items() if key != "contacts")
    size, rows = len(head), []
    for state in map(row, out["contacts"]):
        size += len(state)
        if size < MOST_BYTES:
            rows.append(state)
    return "{\n" + head + '"contacts":[\n' + ",\n".join(rows) + "\n]}\n", len(rows)


def write(name):
    out = golden(name, *MODELS[name])
    text, kept = dump(out)
    (HERE / "states").mkdir(exist_ok=True)
    (HERE / f"states/{name}.json").write_text(text)
    rows = [len(state["efc_type"]) for state in out["contacts"]]
    touching = [len(state["contacts"]) for state in out["contacts"]]
    print(f"states/{name}: {len(text) / 1000:.0f} kB; {kept} states, contacts {np.mean(touching):.1f}, "
          f"rows {np.mean(rows):.1f}")
