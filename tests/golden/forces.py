"""One step of every combination of actuator, transmission, range and integrator: actuator_forces.json.

Used by generate.py. The file holds the parts of the models and a row for each integrator, transmission and
actuator: for each range the velocities and actuator states after one step from the last or, with
implicitfast, from each state of the transmission. The layout is described in README.md.
"""

import json
import pathlib

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261128
N_STATES = 2

INTEGRATORS = ["Euler", "implicitfast", "RK4"]

# A second actuator pulls on the same: sums are what joints and tendons limit.
MODEL = """<mujoco><option integrator="{integrator}" timestep="0.01"/><default><geom contype="0"/></default>
<worldbody><site name="world"/><site name="wall" pos="0.2 -0.4 1.5"/>{body}</worldbody><tendon>{tendon}</tendon>
<actuator>{actuator}<position {target} kp="6" kv="0.8"/></actuator></mujoco>"""

GEOM = '<geom type="capsule" fromto="0 0 0 .3 .1 0" size=".05"/>'
LINK = '<body pos="{pos}" gravcomp="0.6"><joint name="{name}" {kind} {{joint}}/>' + GEOM


def link(name, kind='axis="0 1 0.3"', pos="0.3 0.1 0"):
    return LINK.format(name=name, kind=kind, pos=pos)


CHAIN = link("a", pos="0 0 1") + link("b", 'axis="1 0.5 0"') + "</body></body>"
SIBLINGS = (link("root", pos="0 0 1") + link("a") + "</body>" + link("b", 'axis="0 0.2 1"', "0 -0.3 0")
            + "</body></body>")
SLIDE = link("root", pos="0 0 1") + link("a", 'type="slide" axis="0.2 0 1"') + "</body></body>"
BALL = link("root", pos="0 0 1") + link("a", 'type="ball"') + "</body></body>"
FREE = '<body pos="0 0 1" gravcomp="0.6"><freejoint name="a"/>' + GEOM + '<site name="s" pos=".1 0 .1"/></body>'
# Two sites of its own, with a ball between them.
LIMB = ('<body pos="0 0 1" gravcomp="0.6"><joint name="a" axis="0 1 0.3" {joint}/>' + GEOM
        + '<site name="s" pos="0.05 0 0.08"/><site name="top" pos="0.3 0.1 0.09"/>'
        + '<geom name="ball" type="sphere" size="0.06" pos="0.3 0.1 0" mass="0.1"/>'
        + '<geom name="drum" type="cylinder" size="0.05 0.1" pos="0.3 0.1 0" zaxis="0 1 0" mass="0.1"/>'
        + '<body pos="0.3 0.1 0" gravcomp="0.6"><joint name="b" axis="0 1 0" {joint}/>' + GEOM
        + '<site name="e" pos="0.1 0.02 0.07"/></body></body>')
SPATIAL = '<spatial name="t" {{tendon}}>{}</spatial>'
DIRECT = SPATIAL.format('<site site="wall"/><site site="s"/><site site="e"/>')
AROUND = SPATIAL.format('<site site="s"/><geom geom="ball"/><site site="e"/>')
DRUM = SPATIAL.format('<site site="s"/><geom geom="drum" sidesite="top"/><site site="e"/>'
                      '<pulley divisor="2"/><site site="wall"/><site site="e"/>')
TENDON = '<fixed name="t" {tendon}><joint joint="a" coef="0.8"/><joint joint="b" coef="-0.5"/></fixed>'

# Name: bodies, tendons, what is driven.
DRIVES = {
    "hinge": (CHAIN, "", 'joint="a" gear="1.5"'),
    "hinge in parent": (CHAIN, "", 'jointinparent="a" gear="-1.5"'),
    "slide": (SLIDE, "", 'joint="a" gear="2"'),
    "ball": (BALL, "", 'joint="a" gear="0.5 1 -0.3"'),
    "ball in parent": (BALL, "", 'jointinparent="a" gear="0.5 1 -0.3"'),
    "free": (FREE, "", 'joint="a" gear="1 0 0.5 0.3 0 -1"'),
    "free in parent": (FREE, "", 'jointinparent="a" gear="1 0 0.5 0.3 0 -1"'),
    "tendon of a chain": (CHAIN, TENDON, 'tendon="t" gear="1.2"'),
    "tendon of siblings": (SIBLINGS, TENDON, 'tendon="t" gear="1.2"'),
    "string of sites": (LIMB, DIRECT, 'tendon="t" gear="1.2"'),
    "string about a ball": (LIMB, AROUND, 'tendon="t" gear="-2"'),
    "string over a drum, pulley": (LIMB, DRUM, 'tendon="t" gear="1.2"'),
    "site": (FREE, "", 'site="s" gear="1 0 0.5 0.3 0 -1"'),
}

AFFINE = 'gaintype="affine" gainprm="4 0.5 -0.7" biastype="affine" biasprm="0.3 -2 -0.9"'
MUSCLE = 'dyntype="muscle" gaintype="muscle" biastype="muscle"'
PULL = "0.75 1.05 -1 8 0.5 1.6 1.5 1.3 1.2"
KINDS = {
    "motor": "<motor {}/>",
    "position": '<position kp="30" kv="4" {}/>',
    "filtered position": '<position kp="30" kv="4" timeconst="0.05" {}/>',
    "velocity": '<velocity kv="5" {}/>',
    "intvelocity": '<intvelocity kp="30" kv="2" {}/>',
    "damper": '<damper kv="6" {}/>',
    "affine": f"<general {AFFINE} {{}}/>",
    "integrator": f'<general dyntype="integrator" {AFFINE} {{}}/>',
    "filter, early": f'<general dyntype="filter" dynprm="0.04" actearly="true" {AFFINE} {{}}/>',
    "cylinder": '<general dyntype="filter" dynprm="0.05" gainprm="3" biastype="affine" biasprm="0.2 -1 -0.6" {}/>',
    "muscle": f'<general {MUSCLE} dynprm="0.01 0.04" gainprm="{PULL}" biasprm="{PULL}" lengthrange="-0.5 0.9" {{}}/>',
    "muscle of given force": f'<general {MUSCLE} dynprm="0.02 0.05 0.5" gainprm="0.8 1.2 6 1 0.4 1.5 3 1.2 1.5" '
                             f'biasprm="0.7 1 4 1 0.5 1.4 2 1.4 1.1" lengthrange="0.1 0.6" actearly="true" {{}}/>',
    "exact filter, early": f'<general dyntype="filterexact" dynprm="0.04" actearly="true" {AFFINE} {{}}/>',
}
# Kinds without a state that MuJoCo lets one limit.
WITHOUT_ACTRANGE = ["motor", "position", "filtered position", "velocity", "damper", "affine"]

# Name: attributes of the actuator, of the joints, of the tendon.
RANGES = {
    "none": ("", "", ""),
    "ctrlrange": ('ctrlrange="-0.4 0.5"', "", ""),
    "forcerange": ('forcerange="-1.5 1"', "", ""),
    "actuatorfrcrange": ("", 'actuatorfrcrange="-1 1.5"', 'actuatorfrcrange="-1 1.5"'),
    "actuatorgravcomp": ("", 'actuatorgravcomp="true"', ""),
    "both of the joint": ("", 'actuatorfrcrange="-1 1.5" actuatorgravcomp="true"', ""),
    "actrange": ('actrange="-0.2 0.3"', "", ""),
    "all": ('ctrlrange="-0.4 0.5" forcerange="-2 1.5"', 'actuatorfrcrange="-2 1" actuatorgravcomp="true"',
            'actuatorfrcrange="-2.5 2"'),
}


def is_possible(kind, limit):
    return limit != "actrange" or kind not in WITHOUT_ACTRANGE


def text(integrator, drive, kind, limit):
    body, tendon, target = DRIVES[drive]
    of_actuator, of_joint, of_tendon = RANGES[limit]
    # A damper has a range of controls in any case.
    if kind == "damper":
        of_actuator = of_actuator.replace("-0.4 ", "0.1 ") if "ctrlrange" in of_actuator else \
            of_actuator + ' ctrlrange="0 9"'
    actuator = KINDS[kind].format(f"{target} {of_actuator}")
    return MODEL.format(integrator=integrator, body=body.replace("{joint}", of_joint),
                        tendon=tendon.replace("{tendon}", of_tendon), actuator=actuator, target=target)


def states(drive):
    """Positions, velocities, controls, and the state of an actuator that has one."""
    m = mujoco.MjModel.from_xml_string(text("Euler", drive, "motor", "none"))
    d = mujoco.MjData(m)
    rng = np.random.default_rng([SEED, list(DRIVES).index(drive)])
    for scale in (0.2, 1.0):
        mujoco.mj_resetData(m, d)
        mujoco.mj_integratePos(m, d.qpos, scale * rng.normal(size=m.nv), 1.0)
        yield {"qpos": d.qpos.tolist(), "qvel": (scale * rng.normal(size=m.nv)).tolist(),
               "ctrl": (scale * rng.normal(size=m.nu)).tolist(), "act": float(0.5 * scale * rng.normal())}


def after_one_step(m, state):
    d = mujoco.MjData(m)
    d.qpos[:], d.qvel[:], d.ctrl[:], d.act[:] = (state[x] for x in ("qpos", "qvel", "ctrl", "act"))
    mujoco.mj_step(m, d)
    return [float(f"{x:.11g}") for x in (*d.qvel, *d.act)]


def write():
    drives = {name: list(states(name)) for name in DRIVES}
    rows, count = [], 0
    for integrator in INTEGRATORS:
        for drive in DRIVES:
            # The derivatives of the forces are seen by implicitfast alone.
            used = drives[drive] if integrator == "implicitfast" else drives[drive][-1:]
            for kind in KINDS:
                row = []
                for limit in RANGES:
                    if not is_possible(kind, limit):
                        row.append(None)
                        continue
                    m = mujoco.MjModel.from_xml_string(text(integrator, drive, kind, limit))
                    row.append([after_one_step(m, state) for state in used])
                    count += 1
                rows.append([integrator, drive, kind, row])
    row = lambda value: json.dumps(value, separators=(",", ":"))
    parts = {"mujoco": mujoco.__version__, "seed": SEED, "model": MODEL, "drives": DRIVES, "kinds": KINDS,
             "ranges": [[name, *parts] for name, parts in RANGES.items()], "states": drives}
    head = "".join(f"{json.dumps(key)}:{row(value)},\n" for key, value in parts.items())
    body = ",\n".join(map(row, rows))
    (HERE / "actuator_forces.json").write_text("{\n" + head + '"steps":[\n' + body + "\n]}\n")
    print(f"actuator_forces: {count} combinations, {(len(head) + len(body)) / 1000:.0f} kB")
