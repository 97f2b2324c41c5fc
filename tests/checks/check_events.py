"""python check_events.py RUN: what TensorBoard reads of a run against the run's metrics."""
import json
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = pathlib.Path(sys.argv[1])
rows = [json.loads(line) for line in (run / "metrics.jsonl").open()]
events = EventAccumulator(
    str(run / "tensorboard"), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0}
)
events.Reload()
tags = events.Tags()
for tag, name in [
    ("losses/policy_loss", "policy_loss"),
    ("losses/approx_kl", "approx_kl"),
    ("losses/clipfrac", "clip_fraction"),
    ("losses/explained_variance", "explained_variance"),
    ("charts/learning_rate", "learning_rate"),
    ("time/update", "update_secs"),
]:
    scalars = events.Scalars(tag)
    assert [s.step for s in scalars] == [row["steps"] for row in rows], tag
    for scalar, row in zip(scalars, rows):
        assert abs(scalar.value - row[name]) <= 1e-6 * max(1, abs(row[name])), (tag, row)
for tag in ["policy/actions", "policy/log_std"]:
    histograms = events.Histograms(tag)
    assert len(histograms) == len(rows), tag
    for histogram in histograms:
        value = histogram.histogram_value
        assert sum(value.bucket) == value.num > 0, tag
for tag in ["hyperparameters/text_summary", "workflow/text_summary"]:
    assert events.SummaryMetadata(tag).plugin_data.plugin_name == "text", tag
    assert events.Tensors(tag)[0].tensor_proto.string_val[0], tag
print(f"{len(rows)} rows, {len(tags['scalars'])} scalars, {len(tags['histograms'])} histograms")
