"""Writes what MuJoCo's compiler makes of our models: constants/<model>.json, in the form of our own dump.

    python tests/golden/constants.py           # all models of models/ and the shipped scenes
    python tests/golden/constants.py arm6      # some

Needs mujoco (4.0.0 when this was last run) and numpy. There is no list of pairs in MuJoCo, so the
contacts of random states are taken: whichever geoms touch, with the parameters of their contact.
"""

import json
import pathlib
import sys

import mujoco
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


# Arrays of mjModel that are in our models too, under their own names.
FIELDS = (
    "nq nv nu na nbody njnt ngeom nsite nmesh nhfield ntendon nkey qpos0 qpos_spring "
    "body_parentid body_rootid body_pos body_quat body_ipos body_iquat body_mass body_inertia "
    "body_subtreemass body_jntadr body_jntnum body_dofadr body_dofnum body_invweight0 body_gravcomp "
    "jnt_type jnt_bodyid jnt_qposadr jnt_dofadr jnt_pos jnt_axis jnt_stiffness jnt_limited jnt_range "
    "jnt_margin jnt_solref jnt_solimp jnt_actgravcomp dof_bodyid dof_jntid dof_parentid "
    "dof_invweight0 dof_frictionloss dof_solref dof_solimp "
    "geom_bodyid geom_size geom_pos geom_quat geom_contype geom_conaffinity geom_condim geom_priority "
    "geom_friction geom_solmix geom_solref geom_solimp geom_margin geom_gap geom_rbound geom_dataid "
    "geom_group geom_matid geom_rgba site_bodyid site_size site_pos site_quat "
    "hfield_size hfield_nrow hfield_ncol hfield_data "
    "tendon_limited tendon_range tendon_margin tendon_solref_lim tendon_solimp_lim tendon_frictionloss "
    "tendon_solref_fri tendon_solimp_fri tendon_lengthspring tendon_length0 tendon_invweight0 "
    "actuator_trntype actuator_gear actuator_dyntype actuator_actadr actuator_actearly "
    "cam_mode cam_bodyid cam_targetbodyid cam_pos cam_quat cam_pos0 cam_poscom0 cam_mat0 cam_projection "
    "cam_fovy cam_resolution cam_sensorsize cam_intrinsic "
    "light_mode light_bodyid light_targetbodyid light_type light_castshadow light_active light_pos light_dir "
    "light_pos0 light_poscom0 light_dir0 light_attenuation light_cutoff light_exponent "
    "light_ambient light_diffuse light_specular "
    "mat_texuniform mat_texrepeat mat_emission mat_specular mat_shininess mat_reflectance mat_rgba tex_type "
    "key_qpos key_qvel key_act key_ctrl"
).split()


def plain(value):
    return np.asarray(value).tolist()


def names(m, kind, count):
    return [mujoco.mj_id2name(m, kind, i) or "" for i in range(count)]


def constants(m):
    """MuJoCo's arrays under the names and in the form of our dump."""
    obj = mujoco.mjtObj
    out = {name: getattr(m, name) for name in FIELDS}
    out["meaninertia"] = m.stat.meaninertia
    bit = mujoco.mjtDisableBit
    on = lambda name: not m.opt.disableflags & (getattr(bit, f"mjDSBL_{name}") | (
        bit.mjDSBL_CONSTRAINT if name in ("EQUALITY", "FRICTIONLOSS", "LIMIT") else 0))
    out["opt"] = {
        "timestep": m.opt.timestep,
        "gravity": plain(m.opt.gravity) if on("GRAVITY") else [0.0] * 3,
        "density": m.opt.density,
        "viscosity": m.opt.viscosity,
        "wind": plain(m.opt.wind),
        "integrator": mujoco.mjtIntegrator(m.opt.integrator).name.removeprefix("mjINT_"),
        "cone": mujoco.mjtCone(m.opt.cone).name.removeprefix("mjCONE_"),
        "impratio": m.opt.impratio,
        **{name.lower(): on(name) for name in (
            "EULERDAMP", "REFSAFE", "EQUALITY", "FRICTIONLOSS", "LIMIT", "SPRING", "DAMPER", "ACTUATION",
            "CLAMPCTRL")},
        "iterations": m.opt.iterations,
        "tolerance": m.opt.tolerance,
        "ls_iterations": m.opt.ls_iterations,
        "ls_tolerance": m.opt.ls_tolerance,
    }
    shapes = "plane heightfield sphere capsule ellipsoid cylinder box mesh".split()
    out["geom_type"] = [shapes[t] for t in m.geom_type]
    out["site_type"] = [shapes[t] for t in m.site_type]
    # A colour that is not given is that of the material, as MuJoCo draws it.
    bare = np.array([0.5, 0.5, 0.5, 1.0], np.float32)
    out["geom_rgba"] = [m.mat_rgba[mat] if mat >= 0 and (rgba == bare).all() else rgba
                        for rgba, mat in zip(m.geom_rgba, m.geom_matid)]
    out["geom_rgba"] = plain(out["geom_rgba"])
    # The texture of a material's colour; it may have others.
    out["mat_texid"] = m.mat_texid[:, mujoco.mjtTextureRole.mjTEXROLE_RGB]
    head = m.vis.headlight
    out["headlight"] = [plain(head.ambient), plain(head.diffuse), plain(head.specular)]
    out["body_mocap"] = m.body_mocapid >= 0
    for name, kind, count in (
        ("body_name", obj.mjOBJ_BODY, m.nbody), ("jnt_name", obj.mjOBJ_JOINT, m.njnt),
        ("geom_name", obj.mjOBJ_GEOM, m.ngeom), ("site_name", obj.mjOBJ_SITE, m.nsite),
        ("tendon_name", obj.mjOBJ_TENDON, m.ntendon), ("actuator_name", obj.mjOBJ_ACTUATOR, m.nu),
        ("key_name", obj.mjOBJ_KEY, m.nkey), ("cam_name", obj.mjOBJ_CAMERA, m.ncam),
        ("light_name", obj.mjOBJ_LIGHT, m.nlight), ("mat_name", obj.mjOBJ_MATERIAL, m.nmat),
        ("tex_name", obj.mjOBJ_TEXTURE, m.ntex),
    ):
        out[name] = names(m, kind, count)
    for kind, count in (("jnt_actfrc", m.njnt), ("tendon_actfrc", m.ntendon), ("actuator_ctrl", m.nu),
                        ("actuator_force", m.nu), ("actuator_act", m.nu)):
        limited, values = getattr(m, kind + "limited"), getattr(m, kind + "range")
        out[kind + "range"] = [plain(r) if on else None for on, r in zip(limited, values)]
    scalar = np.isin(m.jnt_type, (2, 3))
    out["jnt_actfrcrange"] = [r if s else None for s, r in zip(scalar, out["jnt_actfrcrange"])]
    out["actuator_trnid"] = m.actuator_trnid[:, 0]
    affine = np.where(m.actuator_gaintype == 1, 1.0, 0.0)[:, None]
    known = np.where(m.actuator_gaintype <= 1, 1.0, 0.0)[:, None]
    out["actuator_gainprm"] = m.actuator_gainprm[:, :3] * np.hstack([known, affine, affine])
    out["actuator_biasprm"] = m.actuator_biasprm[:, :3] * (m.actuator_biastype == 1)[:, None]
    out["actuator_timeconst"] = [
        plain(prm[:3]) if kind == mujoco.mjtDyn.mjDYN_MUSCLE else [float(prm[0]) if kind >= 2 else 0.0]
        for kind, prm in zip(m.actuator_dyntype, m.actuator_dynprm)]
    out["actuator_muscle"] = [muscle(m, i) for i in range(m.nu)]
    # An actuator's rotor is part of what it drives in ours.
    out["dof_armature"], out["dof_damping"] = m.dof_armature.copy(), m.dof_damping.copy()
    out["tendon_armature"], out["tendon_damping"] = m.tendon_armature.copy(), m.tendon_damping.copy()
    out["tendon_stiffness"] = m.tendon_stiffness
    for i in range(m.nu):
        gear = m.actuator_gear[i, 0] ** 2
        target = m.actuator_trnid[i, 0]
        rotor = getattr(m, "actuator_armature", np.zeros(m.nu))[i] * gear
        damping = np.ravel(getattr(m, "actuator_damping", np.zeros(m.nu))[i])[0] * gear
        if m.actuator_trntype[i] in (0, 1) and scalar[target]:
            out["dof_armature"][m.jnt_dofadr[target]] += rotor
            out["dof_damping"][m.jnt_dofadr[target]] += damping
        elif m.actuator_trntype[i] == 3:
            out["tendon_armature"][target] += rotor
            out["tendon_damping"][target] += damping
    out["tendon_joints"] = [
        [[int(m.wrap_objid[w]), float(m.wrap_prm[w])] for w in range(a, a + n)
         if m.wrap_type[w] == mujoco.mjtWrap.mjWRAP_JOINT]
        for a, n in zip(m.tendon_adr, m.tendon_num)
    ]
    out["tendon_legs"] = [legs(m, i) for i in range(m.ntendon)]
    out |= equalities(m) | sensors(m) | pairs(m)
    return {name: value if isinstance(value, (list, dict)) else plain(value) for name, value in sorted(out.items())}


def muscle(m, i):
    """Of a muscle the parameters of gain and bias, the range of lengths and the acceleration by a unit of force."""
    is_gain = m.actuator_gaintype[i] == mujoco.mjtGain.mjGAIN_MUSCLE
    is_bias = m.actuator_biastype[i] == mujoco.mjtBias.mjBIAS_MUSCLE
    if not is_gain and not is_bias:
        return None
    return [plain(m.actuator_gainprm[i, :9]) if is_gain else None,
            plain(m.actuator_biasprm[i, :9]) if is_bias else None,
            plain(m.actuator_lengthrange[i]), float(m.actuator_acc0[i])]


def legs(m, tendon):
    """The way of a spatial tendon: two sites, the geom between them, its side site, and the divisor."""
    out, divisor, site, geom = [], 1.0, None, (-1, -1)
    kind = mujoco.mjtWrap
    for k in range(m.tendon_adr[tendon], m.tendon_adr[tendon] + m.tendon_num[tendon]):
        what, index = mujoco.mjtWrap(m.wrap_type[k]), int(m.wrap_objid[k])
        if what == kind.mjWRAP_PULLEY:
            divisor, site = float(m.wrap_prm[k]), None
        elif what == kind.mjWRAP_SITE:
            if site is not None:
                out.append([site, index, *geom, divisor])
            site, geom = index, (-1, -1)
        elif what in (kind.mjWRAP_SPHERE, kind.mjWRAP_CYLINDER):
            geom = index, int(round(m.wrap_prm[k]))
    return out


def equalities(m):
    out = {"eq_name": [], "eq_data": [], "eq_obj": [], "eq_solref": [], "eq_solimp": []}
    for i in np.flatnonzero(m.eq_active0):
        kind, one, two, data = m.eq_type[i], m.eq_obj1id[i], m.eq_obj2id[i], m.eq_data[i]
        out["eq_name"].append(mujoco.mj_id2name(m, mujoco.mjtObj.mjOBJ_EQUALITY, i) or "")
        size = {0: 6, 1: 11, 2: 5, 3: 5}[int(kind)]
        if kind in (0, 1) and m.eq_objtype[i] == mujoco.mjtObj.mjOBJ_SITE:
            bodies = m.site_bodyid[one], m.site_bodyid[two]
            if kind == 0:
                data = np.concatenate([m.site_pos[one], m.site_pos[two]])
            else:
                back, turn = np.zeros(4), np.zeros(4)
                mujoco.mju_negQuat(back, m.site_quat[two])
                mujoco.mju_mulQuat(turn, m.site_quat[one], back)
                data = np.concatenate([m.site_pos[two], m.site_pos[one], turn, data[10:11]])
            one, two = bodies
        out["eq_data"].append(plain(data[:size]))
        out["eq_obj"].append([int(kind), int(one), int(two)])
        out["eq_solref"].append(plain(m.eq_solref[i]))
        out["eq_solimp"].append(plain(m.eq_solimp[i]))
    return out


def sensors(m):
    kinds = [mujoco.mjtSensor(t).name.removeprefix("mjSENS_").lower() for t in m.sensor_type]
    kinds = [kind.replace("actfrc", "actuatorfrc") for kind in kinds]
    named = names(m, mujoco.mjtObj.mjOBJ_SENSOR, m.nsensor)
    return {"sensors": [[k, n, int(d), float(c)] for k, n, d, c in
                        zip(kinds, named, m.sensor_dim, m.sensor_cutoff)]}


def pairs(m):
    """The pairs whose geoms touch at random states, with their parameters."""
    d = mujoco.MjData(m)
    rng = np.random.default_rng(1)
    found = {}
    for _ in range(100):
        mujoco.mj_resetData(m, d)
        d.qpos += rng.normal(0, 0.7, m.nq) * np.minimum(1, m.nv)
        for j in np.flatnonzero(m.jnt_type == 0):
            d.qpos[m.jnt_qposadr[j]:][:3] = m.qpos0[m.jnt_qposadr[j]:][:3] + rng.normal(0, 0.3, 3)
        mujoco.mj_forward(m, d)
        for c in d.contact:
            found[tuple(int(g) for g in c.geom)] = [int(c.dim), plain(c.friction), plain(c.solref),
                                                    plain(c.solreffriction), plain(c.solimp)]
    return {"contacts": [[*geoms, *found[geoms]] for geoms in sorted(found)]}


def main():
    files = sorted([*HERE.glob("models/*.xml"), *HERE.glob("models/*.urdf"), *ROOT.glob("scenes/*/*.xml")])
    (HERE / "constants").mkdir(exist_ok=True)
    for path in files:
        if sys.argv[1:] and path.stem not in sys.argv[1:] or path.stem.startswith("part_"):
            continue
        m = mujoco.MjModel.from_xml_path(str(path))
        out = {"mujoco": mujoco.__version__, "model": str(path.relative_to(ROOT))} | constants(m)
        lines = (f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in out.items())
        (HERE / "constants" / f"{path.stem}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{path.stem}: {len(out['contacts'])} pairs seen")


if __name__ == "__main__":
    main()
