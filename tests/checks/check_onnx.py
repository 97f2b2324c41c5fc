"""python check_onnx.py MODEL.onnx EXPECTED.json: an exported policy against what the policy itself did."""
import json
import sys

import numpy as np
import onnxruntime

model, expected = sys.argv[1:]
session = onnxruntime.InferenceSession(model)
expected = json.load(open(expected))
n_envs = expected["n_envs"]
first, *states = session.get_inputs()
feed = {i.name: np.zeros((n_envs, i.shape[1]), np.float32) for i in states}
error = 0.0
for step in expected["steps"]:
    x = np.array(step["observations"], np.float32).reshape(n_envs, -1)
    got, *after = session.run(None, {first.name: x, **feed})
    feed = {i.name: s for i, s in zip(states, after)}
    want = np.array(step["output"]).reshape(n_envs, -1)
    assert got.shape == want.shape, (got.shape, want.shape)
    error = max(error, np.abs(got - want).max())
print(f"{n_envs * len(expected['steps'])} observations: largest difference {error:.2g}")
sys.exit(int(not error <= 1e-5))
