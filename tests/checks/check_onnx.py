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
random = np.random.default_rng(0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hidden(x):
    """What the hidden layers make of raw observations."""
    h = x.astype(np.float64)
    if "observations.mean" in w:
        h = (h - w["observations.mean"]) / np.sqrt(w["observations.variance"] + 1e-5)
        h = np.clip(h, -5, 5)
    i = 0
    while f"trunk.{i}.weight" in w:
        h = h @ w[f"trunk.{i}.weight"].T + w[f"trunk.{i}.bias"]
        h = np.where(h > 0, h, np.expm1(np.minimum(h, 0)))
        i += 1
    return h


def recur(x, state):
    """One step of an LSTM (with the state h, c) or a GRU (with h)."""
    part = lambda end: (w[f"trunk.rnn.weight_{end}"].T, w[f"trunk.rnn.bias_{end}"])
    (wx, bx), (wh, bh) = part("ih"), part("hh")
    h = state[0]
    a = np.split(x @ wx + bx, len(bx) // h.shape[1], axis=1)
    u = np.split(h @ wh + bh, len(bx) // h.shape[1], axis=1)
    if len(a) == 4:
        i, f, o = (sigmoid(a[k] + u[k]) for k in (0, 1, 3))
        c = f * state[1] + i * np.tanh(a[2] + u[2])
        return [o * np.tanh(c), c]
    r, z = sigmoid(a[0] + u[0]), sigmoid(a[1] + u[1])
    return [(1 - z) * np.tanh(a[2] + r * u[2]) + z * h]


error = 0.0
inputs = session.get_inputs()[1:]
state = [np.zeros((100, i.shape[1])) for i in inputs]
feed = {i.name: s.astype(np.float32) for i, s in zip(inputs, state)}
for step in range(10):
    x = (3 * random.normal(size=(100, n))).astype(np.float32)
    got, *after = session.run(None, {session.get_inputs()[0].name: x, **feed})
    feed = {i.name: s for i, s in zip(inputs, after)}
    h = hidden(x)
    if state:
        state = recur(h, state)
        h = state[0]
        error = max(error, *(np.abs(a - s).max() for a, s in zip(after, state)))
    mu = h @ w["mu.weight"].T + w["mu.bias"]
    # A policy whose actions are squashed gives tanh(mu).
    error = max(error, min(np.abs(got - expected).max() for expected in (mu, np.tanh(mu))))
print(f"1000 observations: largest difference {error:.2g}")
sys.exit(int(error > 1e-5))
