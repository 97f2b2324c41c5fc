"""Compares compiled models with MuJoCo's, for any MJCF files: prints one line for each.

    python tests/golden/compare_models.py [--crate FOLDER] FILE...

Needs mujoco and numpy, and cargo for the crate (the repository, unless said otherwise). A line says
whether the model loads, how long that took, and the largest relative difference of every array that
both have; arrays that differ by more than 1e-9 are listed below it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import mujoco
import numpy as np

from constants import ROOT, constants, plain

TOLERANCE = 1e-9
SKIPPED = {"opt", "nmesh", "nkey"}


def difference(name, a, b):
    """The largest difference, relative to the largest number of the row."""
    if name.endswith("_name") or name.endswith("_type") and a and isinstance(a[0], str):
        return 0.0 if list(a) == list(b) else np.inf
    worst = 0.0
    a, b = list(np.atleast_1d(a)) if not isinstance(a, list) else a, list(np.atleast_1d(b)) \
        if not isinstance(b, list) else b
    if len(a) != len(b):
        if name == "hfield_data" or not isinstance(b[0] if b else 0, list):
            return np.inf
        return np.inf
    for x, y in zip(a, b):
        if x is None or y is None:
            worst = max(worst, 0.0 if x is None and y is None else np.inf)
            continue
        x, y = np.ravel(np.asarray(x, dtype=float)), np.ravel(np.asarray(y, dtype=float))
        if x.shape != y.shape:
            return np.inf
        if name.endswith("quat"):
            y = y * np.sign(np.dot(x, y) or 1.0)
        scale = max(np.abs(x).max(initial=0), np.abs(y).max(initial=0), 1e-5)
        worst = max(worst, float(np.abs(x - y).max(initial=0) / scale))
    return worst


def inertia_tensors(quats, moments):
    out = []
    for quat, moment in zip(quats, moments):
        mat = np.zeros(9)
        mujoco.mju_quat2Mat(mat, np.asarray(quat, dtype=float))
        mat = mat.reshape(3, 3)
        out.append(plain(mat @ np.diag(moment) @ mat.T))
    return out


def compare(ours, m):
    reference = constants(m)
    differences = {}
    for values in (ours, reference):
        values["body_tensor"] = inertia_tensors(values.pop("body_iquat"), values["body_inertia"])
    known = [[k.split("(")[0].lower(), n, d, c] for k, n, d, c in
             zip(ours["sensor_kind"], ours["sensor_name"], ours["sensor_dim"], ours["sensor_cutoff"])]
    kinds = {k for k, *_ in known}
    differences["sensors"] = 0.0 if known == [s for s in reference["sensors"] if s[0] in kinds] else np.inf
    listed = {tuple(pair): [dim, friction, solref, solreffriction, solimp] for
              pair, dim, friction, solref, solreffriction, solimp in
              zip(ours["pair_geoms"], ours["pair_condim"], ours["pair_friction"], ours["pair_solref"],
                  ours["pair_solreffriction"], ours["pair_solimp"])}
    for one, other, *parameters in reference["contacts"]:
        geoms = (one, other)
        found = listed.get(geoms)
        flat = lambda parts: np.concatenate([np.ravel(p) for p in parts])
        differences[f"contact {geoms}"] = (
            np.inf if found is None else float(np.abs(flat(found) - flat(parameters)).max()))
    # <size nkey> makes keyframes that nobody wrote.
    for name in [name for name in reference if name.startswith("key_")]:
        reference[name] = reference[name][:len(ours["key_name"])]
    for name, value in ours.items():
        if name in reference and name not in SKIPPED and not name.startswith(("sensor", "pair")):
            differences[name] = difference(name, value, reference[name])
    return differences, len(reference["contacts"])


def main():
    arguments = sys.argv[1:]
    crate = ROOT
    if arguments[:1] == ["--crate"]:
        crate, arguments = pathlib.Path(arguments[1]), arguments[2:]
    files = [str(pathlib.Path(path).resolve()) for path in arguments]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DNNE_MODELS": "\n".join(files), "DNNE_DUMPS": folder}
        subprocess.run(["cargo", "test", "--release", "-q", "--lib", "models_are_dumped"],
                       cwd=crate, env=environment, check=True, stdout=subprocess.DEVNULL)
        dumps = [json.loads((pathlib.Path(folder) / f"{i}.json").read_text()) for i in range(len(files))]
    for path, dump in zip(files, dumps):
        label = f"{pathlib.Path(path).parent.name}/{pathlib.Path(path).stem}"
        try:
            m = mujoco.MjModel.from_xml_path(path)
        except ValueError as error:
            m = str(error).strip().splitlines()[0]
        notes = [line for line in dump["diagnostics"] if ": error: " not in line]
        errors = [line for line in dump["diagnostics"] if ": error: " in line]
        if dump["model"] is None:
            print(f"{label:40} refused: {errors[0].split(': error: ')[1]}" +
                  (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "") +
                  (f"; MuJoCo: {m}" if isinstance(m, str) else ""))
            continue
        if isinstance(m, str):
            print(f"{label:40} loads, but MuJoCo says: {m}")
            continue
        differences, contacts = compare(dump["model"], m)
        worst = max(differences.values())
        print(f"{label:40} {dump['seconds'] * 1e3:6.1f} ms, nv {m.nv}, pairs "
              f"{len(dump['model']['pair_geoms'])} ({contacts} seen), worst {worst:.1e}, "
              f"{len(notes)} notes")
        for name, value in differences.items():
            if value > TOLERANCE:
                print(f"    {name}: {value:.1e}")
        for line in notes:
            if ": warning: " in line:
                print(f"    {line.split(': warning: ')[1]}")


if __name__ == "__main__":
    main()
