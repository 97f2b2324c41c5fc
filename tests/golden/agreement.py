"""How far our physics is from MuJoCo's on any models: a table of every stage.

    python tests/golden/agreement.py FILE...

Needs mujoco and numpy, and cargo. For each MJCF file MuJoCo's answers in random states with contacts are
recorded as for the golden data (states.py), and the test that reads those prints for every stage of a step
the worst difference and the 99th percentile, in f64, and of one step and of a hundred in f32 lanes. Nothing
is kept.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import states


def main():
    files = [pathlib.Path(path).resolve() for path in sys.argv[1:]]
    if not files:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            name = f"{path.parent.name}-{path.stem}"
            try:
                recorded = states.golden(name, path, True)
            except ValueError as error:
                print(f"{name}: MuJoCo: {str(error).strip().splitlines()[0]}")
                continue
            if not recorded["contacts"]:
                print(f"{name}: rounding decides what touches in every state; nothing to compare")
                continue
            (pathlib.Path(folder) / f"{name}.json").write_text(json.dumps(recorded))
            print(f"{name}: {len(recorded['contacts'])} states", file=sys.stderr, flush=True)
        command = ["cargo", "test", "--release", "-q", "--lib", "agreement_of_every_stage", "--", "--nocapture"]
        found = subprocess.run(command, cwd=states.ROOT, env=os.environ | {"DNNE_STATES": folder})
        sys.exit(found.returncode)


if __name__ == "__main__":
    main()
