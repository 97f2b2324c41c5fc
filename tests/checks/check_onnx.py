"""python check_onnx.py RUN MODEL.onnx: an exported policy of elu units against its weights."""
import pathlib
import sys

import numpy as np
import onnxruntime
from safetensors.numpy import load_file

run, model = sys.argv[1:]
last = max(pathlib.Path(run, "checkpoints").glob("update_*"))
w = load_file(last / "weights.safetensors")
session = onnxruntime.InferenceSession(model)
n = session.get_inputs()[0].shape[1]
x = (3 * np.random.default_rng(0).normal(size=(1000, n))).astype(np.float32)
(got,) = session.run(None, {"observations": x})

h = x.astype(np.float64)
if "observations.mean" in w:
    h = (h - w["observations.mean"]) / np.sqrt(w["observations.variance"] + 1e-5)
    h = np.clip(h, -5, 5)
i = 0
while f"trunk.{i}.weight" in w:
    h = h @ w[f"trunk.{i}.weight"].T + w[f"trunk.{i}.bias"]
    h = np.where(h > 0, h, np.expm1(np.minimum(h, 0)))
    i += 1
mu = h @ w["mu.weight"].T + w["mu.bias"]
# A policy whose actions are squashed gives tanh(mu).
candidates = [mu, np.tanh(mu)]
error = min(np.abs(got - expected).max() for expected in candidates)
print(f"{len(x)} observations: largest difference {error:.2g}")
sys.exit(int(error > 1e-5))
