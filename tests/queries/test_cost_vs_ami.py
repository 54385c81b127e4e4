"""Cost against quality, and the recipes that no other beats, against plain loops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.queries.made import Made
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.queries.conftest import Ask
    from tests.queries.tensors import Row

ENERGY = ("cpu_energy_j", "gpu_energy_j")


def costed(tensor: Tensor, seed: int) -> tuple[Tensor, dict[str, NDArray[np.float64]]]:
    """Give every stage of a cell its peak memory and energy, some of them unknown."""
    rng = np.random.default_rng(seed)
    shape = tensor.shape
    tables: dict[str, dict[str, Row]] = {"embedding": {}, "reduction": {}, "run": {}}
    costs = {name: np.full(shape, np.nan) for name in ("peak_bytes", "energy_j")}
    for place, cell in zip(tensor.places(), tensor.rows(), strict=True):
        if np.isnan(tensor.scores["ami"][place]):
            continue
        stages = []
        for table, known in tables.items():
            key = str(cell[f"{table}_key"])
            if key not in known:
                cpu, gpu = rng.integers(1, 4), rng.integers(0, 3)
                known[key] = {
                    f"{table}_key": key,
                    "peak_bytes": int(rng.integers(1, 5)),
                    "cpu_energy_j": None if rng.uniform() < 0.05 else float(cpu),
                    "gpu_energy_j": None if gpu == 0 else float(gpu),
                }
            stages.append(known[key])
        costs["peak_bytes"][place] = max(stage["peak_bytes"] for stage in stages)
        told = [[stage[name] for name in ENERGY] for stage in stages]
        if all(any(value is not None for value in stage) for stage in told):
            costs["energy_j"][place] = sum(v or 0 for stage in told for v in stage)
    extra = {table: [*rows.values()] for table, rows in tables.items() if rows}
    return replace(tensor, extra=extra), costs


def front(costs: list[float], amis: list[float]) -> list[bool | None]:
    """Return for each recipe whether none is as good in both and better in one."""
    points = list(zip(costs, amis, strict=True))
    return [
        None
        if np.isnan(cost + ami)
        else not any(
            other <= cost and good >= ami and (other, good) != (cost, ami)
            for other, good in points
        )
        for cost, ami in points
    ]


@EXAMPLES
@given(tensor=tensors(("ami",)), seed=st.integers(0, 99))
@pytest.mark.parametrize("cost", ["peak_bytes", "energy_j"])
def test_fronts_equal_plain_loops(
    in_memory: Rows, tensor: Tensor, seed: int, cost: str
) -> None:
    """Per dataset, and overall over the datasets in which nobody lacks anything."""
    told, costs = costed(tensor, seed)
    answer = in_memory.put(told)("cost_vs_ami", cost=cost)
    rows = by(answer, "is_overall", "dataset", "encoder", "clusterer", "reducer")
    spent, ami = costs[cost], tensor.scores["ami"]
    both = ~np.isnan(spent) & ~np.isnan(ami)
    paid = Tensor({"ami": np.where(both, spent, np.nan)}).medians()
    good = Tensor({"ami": np.where(both, ami, np.nan)}).medians()
    recipes = [(e, r, c) for e, _, r, c in np.ndindex(paid.shape) if _ == 0]

    def check(dataset: str | None, side: NDArray[np.float64], n: int) -> None:
        fronts = front(*side.tolist())
        for (e, r, c), one, value, is_front in zip(
            recipes, *side.tolist(), fronts, strict=True
        ):
            row = rows[
                dataset is None,
                dataset,
                tensor.encoders()[e][0],
                tensor.clusterers()[c],
                tensor.reducers()[r] if tensor.shape[2] > 1 else None,
            ]
            assert row["cost"] == approx(one)
            assert row["ami"] == approx(value)
            assert row["is_front"] == is_front
            if dataset is None:
                assert (row["n_datasets"], row["n_datasets_total"]) == (
                    n,
                    tensor.shape[1],
                )

    sides = np.array(
        [
            [[of[e, d, r, c] for e, r, c in recipes] for of in (paid, good)]
            for d in range(tensor.shape[1])
        ]
    )
    for d, (dataset, _) in enumerate(tensor.datasets()):
        check(dataset, sides[d], 1)
    complete = sides[~np.isnan(sides).any(axis=(1, 2))]
    overall = np.full(sides.shape[1:], np.nan)
    if len(complete):
        total = complete[:, 0].max(axis=0) if cost == "peak_bytes" else None
        overall[0] = complete[:, 0].sum(axis=0) if total is None else total
        overall[1] = complete[:, 1].mean(axis=0).round(12)
    check(None, overall, len(complete))


def test_the_front_alone(in_memory: Rows) -> None:
    """Cheaper or better is on it; dearer at the same AMI is not."""
    ami = np.array([0.5, 0.5, 0.6, 0.4]).reshape(4, 1, 1, 1, 1)
    tensor = Tensor({"ami": ami})
    runs = [
        {"run_key": cell["run_key"], "peak_bytes": peak}
        for cell, peak in zip(tensor.rows(), (1, 2, 3, 2), strict=True)
    ]
    ask = in_memory.put(replace(tensor, extra={"run": runs}))
    rows = ask("cost_vs_ami", cost="peak_bytes", only_front=True)
    assert {row["encoder"] for row in rows} == {"net", "tuned"}
    assert {row["n_recipes"] for row in rows} == {4}


def test_costs_are_those_of_every_stage(ask_of: Callable[[Made], Ask]) -> None:
    """Of the embedding, the reduction and the clustering, from their own tables."""
    made = Made()
    made.encoder("vit")
    made.dataset("x", ["a", "b"])
    made.reducer("umap-50")
    made.clusterer("kmeans")
    energy = {"cpu_energy_j": 40.0, "gpu_energy_j": 2.0}
    made.embedding("vit", "x", peak_bytes=7_000_000, **energy)
    reduction = made.reduction("vit", "x", "umap-50")
    made.rows["reduction"][reduction] |= {"cpu_energy_j": 8.0}
    run = made.run(made.cell("vit", "x", "umap-50", "kmeans"), {"ami": 0.5})
    made.rows["run"][run] |= {"gpu_energy_j": 1.0}
    ask = ask_of(made)
    costs = {"wall_s": 16.0, "peak_bytes": 7_000_000, "energy_j": 51.0}
    for cost, wanted in costs.items():
        assert [row["cost"] for row in ask("cost_vs_ami", cost=cost)] == [wanted] * 2
    made.rows["run"][run]["gpu_energy_j"] = None
    assert [row["cost"] for row in ask_of(made)("cost_vs_ami", cost="energy_j")] == [
        None,
        None,
    ]
