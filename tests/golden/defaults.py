"""What inherits from a class of defaults: defaults.json.

Used by generate.py. The attributes come from MuJoCo's own schema (mj_printSchema). For each the file has a value,
and whether a model whose class of defaults has it is to MuJoCo what a model is whose element has it, and
another one than a model without it.
"""

import json
import pathlib
import re

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent

MODEL = """<mujoco><compiler autolimits="true"/>{default}<asset>
<mesh name="other" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/><hfield name="hills" nrow="2" ncol="2" size="1 1 1 1"/>
<material name="red" rgba="1 0 0 1"/>{asset}</asset>
<worldbody><geom name="floor" type="plane" size="1 1 1"/>{world}
<body pos="0 0 1"><joint name="a"/><geom name="ga" size="0.1 0.1 0.1"/><site name="sa"/>
<body pos="0 0 1"><joint name="b" range="-30 50"/><geom name="gb" type="capsule" size="0.1 0.2" pos="0.1 0 0"/>{body}</body></body>
</worldbody>{rest}</mujoco>"""

# Element: where it stands, and how it is written there.
USES = {
    "mesh": ("asset", '<mesh name="m" vertex="0 0 0 1 0 0 0 1 0 0 0 1 1 1 1 0.2 0.1 0.5" {}/>'),
    "material": ("asset", '<material name="own" {}/>'),
    "joint": ("world", '<body pos="3 0 1"><joint name="j" {}/><geom size="0.1" pos="0.1 0 0"/></body>'),
    "geom": ("world", '<body pos="3 0 1"><joint/><geom size="0.1" mass="1"/><geom name="g" {}/></body>'),
    "site": ("body", '<site name="s" {}/>'),
    "pair": ("rest", '<contact><pair geom1="floor" geom2="ga" {}/></contact>'),
    "equality": ("rest", '<equality><joint joint1="a" joint2="b" {}/></equality>'),
    "tendon": ("rest", '<tendon><fixed name="t" {}><joint joint="a" coef="1"/><joint joint="b" coef="2"/></fixed></tendon>'),
} | {kind: ("rest", f'<actuator><{kind} name="u" joint="b" {{}}/></actuator>')
     for kind in ("general", "motor", "position", "velocity", "intvelocity", "damper")}

# Attribute, or "element attribute": its value, and what has to stand beside it in every model.
VALUES = {
    "rgba": "0.1 0.2 0.3 0.4", "inertia": "shell", "maxhullvert": "-1", "scale": "1 2 -3",
    "actuatorfrclimited": ("false", 'actuatorfrcrange="-1 2"'), "actuatorfrcrange": "-1 2", "actuatorgravcomp": "true",
    "armature": "0.3", "axis": "1 2 3", "damping": "0.4", "frictionloss": "0.5", "group": "3",
    "limited": ("false", 'range="-0.5 0.7"'), "margin": "0.02", "pos": "0.1 0.2 0.3", "range": "-0.5 0.7",
    "ref": "0.1", "solimpfriction": "0.8 0.9 0.002 0.4 3", "solimplimit": "0.7 0.85 0.003 0.6 4",
    "solreffriction": "0.03 0.9", "solreflimit": "0.04 1.1", "springdamper": "0.5 0.8", "springref": "0.3",
    "stiffness": "2.5", "joint type": "slide", "user": "1 2",
    "axisangle": "0 1 1 0.5", "conaffinity": "5", "condim": "4", "contype": "6", "density": "700", "euler": "10 20 30",
    "fitscale": ("1.5", 'type="box" mesh="other"'), "fluidshape": "none", "friction": "0.7 0.02 0.003",
    "geom fromto": ("0 0 0 0.1 0.2 0.5", 'type="capsule"'), "site fromto": ("0 0 0 0.1 0.2 0.5", 'type="capsule"'),
    "gap": "0.01", "hfield": ("hills", 'type="hfield" contype="0" conaffinity="0" mass="0"'), "mass": "1.7",
    "geom material": "red", "site material": "red", "geom mesh": ("other", 'type="mesh"'), "priority": "2",
    "quat": "1 2 3 4", "size": "0.3 0.4 0.5", "solimp": "0.8 0.9 0.002 0.4 3", "solmix": "3",
    "solref": "0.03 0.9", "geom type": "ellipsoid", "site type": "box", "xyaxes": "1 1 0 0 1 1", "zaxis": "1 2 3",
    "pair friction": "0.5 0.6 0.02 0.003 0.004", "solreffriction pair": "0.03 0.9", "active": "false",
    "springlength": "0.1 0.4", "width": "0.02", "actearly": ("true", 'dyntype="filter" dynprm="0.1"'),
    "general actlimited": ("false", 'dyntype="integrator" actrange="-1 2"'),
    "general actrange": ("-1 2", 'dyntype="integrator"'), "intvelocity actlimited": ("false", 'actrange="-1 2"'),
    "intvelocity actrange": "-1 2", "biasprm": ("1 2 3", 'biastype="affine"'),
    "biastype": ("affine", 'biasprm="1 2 3"'), "damper ctrllimited": "true", "ctrllimited": ("false", 'ctrlrange="0 2"'), "ctrlrange": "0 2",
    "dynprm": ("0.3", 'dyntype="filter"'), "dyntype": "filter", "forcelimited": ("false", 'forcerange="-1 2"'),
    "forcerange": "-1 2", "gainprm": "3", "gaintype": ("affine", 'gainprm="1 2 3"'), "gear": "2 3 4 5 6 7",
    "general inheritrange": ("0.8", 'gainprm="2" biasprm="0 -2 0" biastype="affine"'), "inheritrange": "0.8",
    "kp": "7", "kv": "1.5", "dampratio": "0.7", "timeconst": "0.2", "cranklength": "0", "delay": "0",
    "damper ctrlrange": "0.5 2", "actdim": "-1",
}


def attributes():
    """(element, attribute) of the section of defaults in MuJoCo's schema."""
    section = re.search(r"^\s+default \(R\)(.*?)^\s{0,3}\w[\w ]* \(\S\)", mujoco.mj_printSchema(False, False),
                        re.S | re.M).group(1)
    element = None
    for line in section.splitlines():
        head = re.match(r"\s{6}(\w+) \(\S\)\s*(.*)", line)
        element, words = (head.group(1), head.group(2)) if head else (element, line)
        if re.match(r"\s{9}\w+ \(\S\)", line):
            element = None
        if element in USES and element is not None:
            for word in words.split():
                yield element, word


def text(element, given, beside, in_class):
    place, use = USES[element]
    default = f'<default><default class="c"><{element} {given}/></default></default>' if in_class else ""
    own = 'class="c"' if in_class else given
    parts = {"default": default, "asset": "", "world": "", "body": "", "rest": ""}
    parts[place] = use.format(f"{own} {beside}".strip())
    return MODEL.format(**parts)


def arrays(xml):
    """All arrays of the model but names and places of text."""
    m = mujoco.MjModel.from_xml_string(xml)
    names = [n for n in dir(m) if not n.startswith("_") and isinstance(getattr(m, n), np.ndarray)]
    return {n: getattr(m, n).copy() for n in names if not n.startswith(("name", "text", "path"))} | \
        {"dt": m.opt.timestep}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n], equal_nan=one[n].dtype.kind == "f")
                                              if isinstance(one[n], np.ndarray) else one[n] == other[n] for n in one)


def write():
    rows = []
    for element, attribute in attributes():
        value = VALUES.get(f"{element} {attribute}", VALUES.get(attribute))
        if value is None:
            rows.append([element, attribute, None, "", None, None])
            continue
        value, beside = value if isinstance(value, tuple) else (value, "")
        if element == "geom" and attribute != "size":
            beside += ' size="0.1 0.2 0.3"'
        if element == "damper" and attribute != "ctrlrange":
            beside += ' ctrlrange="0 1"'
        given = f'{attribute}="{value}"'
        try:
            arrays(text(element, given, beside, False))
        except ValueError as error:
            print(f"{element} {given}: {str(error).splitlines()[0]}")
            rows.append([element, attribute, None, "", None, None])
            continue
        by_class, inline = (arrays(text(element, given, beside, in_class)) for in_class in (True, False))
        try:
            changes = not same(inline, arrays(text(element, "", beside, False)))
        except ValueError:
            # Such as a mesh, without which a geom of this type is no geom.
            changes = True
        rows.append([element, attribute, value, beside, same(by_class, inline), changes])
    row = lambda value: json.dumps(value, separators=(",", ":"))
    body = ",\n".join(map(row, rows))
    (HERE / "defaults.json").write_text(
        f'{{"mujoco":{row(mujoco.__version__)},"model":{row(MODEL)},"uses":{row(USES)},\n"rows":[\n{body}\n]}}\n')
    print(f"defaults: {len(rows)} attributes; without a value: "
          + ", ".join(f"{r[0]} {r[1]}" for r in rows if r[2] is None))
    print("not inherited:", [r[:2] for r in rows if r[4] is False], "without effect:", [r[:2] for r in rows if r[5] is False])
