"""How far our physics is from MuJoCo's on any models: a table of every stage, and a summary over the models.

    python tests/golden/agreement.py [--crate FOLDER] [--states FOLDER] [--seconds N] FILE...

Needs mujoco and numpy, and cargo for the crate (the repository, unless said otherwise). For each MJCF or URDF
file MuJoCo's answers in random states with contacts are recorded as for the golden data (states.py), and the
test that reads those prints for every stage of a step the worst difference and the 99th percentile, in f64, and
of one step in f32 lanes; and by kinds of shapes in how many pairs there are more or fewer contacts. A file for which MuJoCo takes longer than --seconds (300) is named and
left out. Nothing is kept, unless --states names a folder: what has been recorded there is not recorded again.

States are left out in which MuJoCo itself answers otherwise, by 1e-7 or more, when the faces of its meshes are
numbered in another way (states.py); the summary says of how many.

The summary counts the files that MuJoCo loads, those of them that we load, and those of them whose worst number
after one step in f64 is within 1e-6 of MuJoCo's.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile

import states

BAR = 1e-6
# A tenth of it: what MuJoCo's own answer may change by.
CHANGE = 1e-7


def record(path, name, to):
    """Writes what MuJoCo makes of a model, or why there is nothing to compare."""
    try:
        recorded = states.golden(name, path, True, is_foreign=True)
    except Exception as error:
        # States that never come are one kind of failure, files that MuJoCo refuses another.
        recorded = {"refusal": (str(error).strip() or repr(error)).splitlines()[0]}
    else:
        if not recorded["contacts"]:
            recorded = {"model": str(path), "nothing": "nothing in it moves, or rounding decides in every state"}
    to.write_text(json.dumps(recorded))


def record_all(files, folder, seconds):
    """A file of states for each model, in processes of their own: MuJoCo ends that of some files."""
    for index, (path, name) in enumerate(files):
        to = folder / f"{name}.json"
        if to.exists():
            continue
        child = multiprocessing.Process(target=record, args=(path, name, to))
        child.start()
        child.join(seconds)
        if child.is_alive():
            child.kill()
            child.join()
            nothing = f"recording takes MuJoCo more than {seconds} s"
            to.write_text(json.dumps({"model": str(path), "nothing": nothing}))
        elif not to.exists():
            to.write_text(json.dumps({"refusal": f"MuJoCo ends with {child.exitcode}"}))
        print(f"{index + 1}/{len(files)} {name}", file=sys.stderr, flush=True)


def is_left_out(what):
    """Which states of a model: those that hang on how MuJoCo numbers faces."""
    return [change > CHANGE for change in what.get("by_numbering", [])]


def without_choice(what):
    """A model with the states that are to be compared."""
    left = is_left_out(what)
    if not any(left):
        return what
    if all(left):
        return {"model": what["model"], "nothing": "how MuJoCo numbers faces decides in every state"}
    return what | {"contacts": [state for state, out in zip(what["contacts"], left) if not out]}


def steps(table):
    """The worst difference and the 99th percentile of one step in f64, by the model's name; why not, if refused."""
    found, column, name = {}, None, None
    for line in table.splitlines():
        words = line.replace("f32 ", "f32_").split()
        if words[:2] == ["nv", "rows"]:
            column = words.index("step") - 2
        elif " refused: " in line:
            found[words[0]] = line.split(" refused: ")[1]
        elif column and "worst" in words:
            name, numbers = words[0], words[words.index("worst") + 1:]
            found[name] = [float(numbers[column])]
        elif column and words[:1] == ["p99"]:
            found[name].append(float(words[1 + column]))
    return found


def summary(files, recorded, found):
    loaded = [name for name, what in recorded.items() if "model" in what]
    refused = {name: why for name, why in found.items() if isinstance(why, str)}
    compared = {name: step for name, step in found.items() if isinstance(step, list)}
    # A difference that is not a number is beyond every bar.
    beyond = {name: step for name, step in compared.items() if not step[0] <= BAR}
    print(f"{len(files)} files; MuJoCo loads {len(loaded)}, we load {len(loaded) - len(refused)} of them")
    print(f"of {len(compared)} that were compared {len(compared) - len(beyond)} are within {BAR:.0e} after one step")
    p99s = sorted(p99 for _, p99 in compared.values())
    worsts = sorted(worst for worst, _ in compared.values())
    if worsts:
        print(f"worst numbers of the models: median {worsts[len(worsts) // 2]:.0e}, largest {worsts[-1]:.0e}; "
              f"99th percentiles: median {p99s[len(p99s) // 2]:.0e}, largest {p99s[-1]:.0e}")
    for name, what in sorted(recorded.items()):
        if any(is_left_out(what)):
            print(f"  {sum(is_left_out(what))} states left out: {name}")
    for name, (worst, p99) in sorted(beyond.items()):
        print(f"  beyond: {name}: worst {worst:.0e}, p99 {p99:.0e}")
    for name, why in sorted(refused.items()):
        print(f"  refused: {name}: {why}")
    for kind in ("nothing", "refusal"):
        for name, what in sorted(recorded.items()):
            if kind in what:
                print(f"  {'not compared' if kind == 'nothing' else 'MuJoCo refuses'}: {name}: {what[kind]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crate", type=pathlib.Path, default=states.ROOT)
    parser.add_argument("--states", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    files = [(path.resolve(), f"{path.resolve().parent.name}-{path.stem}") for path in arguments.files]
    with tempfile.TemporaryDirectory() as scratch:
        kept = arguments.states or pathlib.Path(scratch) / "all"
        kept.mkdir(parents=True, exist_ok=True)
        record_all(files, kept, arguments.seconds)
        recorded = {name: json.loads((kept / f"{name}.json").read_text()) for _, name in files}
        comparable = pathlib.Path(scratch) / "comparable"
        comparable.mkdir()
        recorded = {name: without_choice(what) for name, what in recorded.items()}
        for name, what in recorded.items():
            if "model" in what:
                (comparable / f"{name}.json").write_text(json.dumps(what))
        command = ["cargo", "test", "--release", "-q", "--lib", "agreement_of_every_stage", "--", "--nocapture"]
        environment = os.environ | {"DNNE_STATES": str(comparable)}
        found = subprocess.run(command, cwd=arguments.crate, env=environment, stdout=subprocess.PIPE, text=True)
        print(found.stdout)
        summary(files, recorded, steps(found.stdout))
        sys.exit(found.returncode)


if __name__ == "__main__":
    main()
