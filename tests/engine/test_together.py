"""An ingest decodes images once for several encoders, each of which stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zsc_wh
from zsc_wh.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

GRID = """
name = "together"
scores = ["ami"]
[dataset.few]
loader = {{ kind = "digits" }}
subset = {{ n = 60, seed = 0 }}
[encoder.plain]
loader = {{ kind = "python", target = "several:build", params = {{ how = "plain" }} }}
image_size = 16
[encoder.faulty]
loader = {{ kind = "python", target = "several:build", params = {{ how = "faulty" }} }}
image_size = 16
[encoder.deadly]
loader = {{ kind = "python", target = "several:build", params = {{ how = "deadly" }} }}
image_size = 16
[encoder.greedy]
loader = {{ kind = "python", target = "several:build", params = {{ how = "greedy" }} }}
image_size = 16
[encoder.bright]
loader = {{ kind = "python", target = "several:build", params = {{ how = "bright" }} }}
image_size = 16
[[cross]]
datasets = ["few"]
encoders = {encoders}
reducers = ["none"]
clusterers = ["kmeans"]
"""
CODE = """
import os, signal
built = []
def build(how):
    built.append(how)
    def embed(batch):
        if how == "faulty":
            raise ValueError("this one fails")
        if how == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "greedy" and built[-2:-1] == ["faulty"]:
            raise MemoryError
        return batch[:, 0, ::3, 0] if how == "plain" else batch.mean(axis=(1, 2))
    return embed
"""


def ingest(
    folder: Path, zscwh: Command, name: str, encoders: list[str], code: int = 0
) -> tuple[dict[str, str], dict[str, str], str]:
    """Ingest into a warehouse of its own; return arrays and statuses by encoder."""
    (folder / "several.py").write_text(CODE, encoding="utf-8")
    text = GRID.format(encoders=str(encoders).replace("'", '"'))
    (folder / "grid.toml").write_text(text, encoding="utf-8")
    done = zscwh("--warehouse", f"{name}.duckdb", "ingest", "grid.toml", code=code)
    opened = zsc_wh.open(folder / f"{name}.duckdb")
    rows = opened.read(
        "select name, sha256 from embedding inner join encoder_name using (encoder_key)"
    ).rows
    tasks = opened.read("select subject, status from task where stage = 'embed'").rows
    statuses = {str(subject).split(" / ")[0]: str(status) for subject, status in tasks}
    assert len(tasks) == len(statuses)
    return {str(name): str(sha) for name, sha in rows}, statuses, done.stderr


def test_an_encoder_that_ends_its_worker_bears_it_alone(
    tmp_path: Path, zscwh_process: Command
) -> None:
    """The others are tried again one by one, and have the bits that they have alone."""
    names = ["plain", "deadly", "bright"]
    made, statuses, told = ingest(tmp_path, zscwh_process, "all", names, code=1)
    assert statuses == {"plain": "done", "deadly": "killed", "bright": "done"}
    assert (
        "embed plain / few; embed deadly / few; embed bright / few: the worker was "
        "ended by SIGKILL; they ran together with others and are tried again alone"
    ) in told
    for name in ("plain", "bright"):
        alone, _, _ = ingest(tmp_path, zscwh_process, name, [name])
        assert alone[name] == made[name]
    assert Store(tmp_path / "all.duckdb.store").size()[0] == 2


def test_an_encoder_that_fails_or_lacks_memory_costs_itself(
    tmp_path: Path, zscwh: Command
) -> None:
    """One fails for good; one that lacks memory among others has it alone."""
    names = ["plain", "faulty", "greedy"]
    made, statuses, told = ingest(tmp_path, zscwh, "all", names, code=1)
    assert statuses == {"plain": "done", "faulty": "failed", "greedy": "done"}
    assert made.keys() == {"plain", "greedy"}
    assert "this one fails" in told
    assert "it ran together with others and is tried again alone" in told
