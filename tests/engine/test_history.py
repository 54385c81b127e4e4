"""Forecasts of time follow what tasks took on this machine, and say how they held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from zsc_wh.declare import read_grids
from zsc_wh.engine.forecast import stage_costs
from zsc_wh.engine.history import History, Past
from zsc_wh.engine.plan import make_plan
from zsc_wh.engine.recorded import Recorded, read_recorded
from zsc_wh.store import Store
from zsc_wh.work import Cost, provenance

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

COST = Cost("cluster kmeans", 10.0, 2.0, worker_bytes=5, own_bytes=7)
START = datetime(2024, 3, 1, tzinfo=UTC)


def record(warehouse: Warehouse, *tasks: dict[str, Any]) -> dict[str, Past]:
    """Write tasks, each a minute after the one before; return what is read of them."""
    with duckdb.connect(warehouse.path) as con:
        for minute, given in enumerate(tasks):
            task = {
                "task_id": str(minute),
                "ingest_id": "a",
                "stage": "cluster",
                "subject": "",
                "subject_key": "",
                "status": "done",
                "threads": 1,
                "wall_s": 1.0,
                "host": provenance.host(),
                "started_at": START + timedelta(minutes=minute),
                "kind": COST.kind,
                "forecast_s": 1.0,
                "forecast_factor": 1.0,
                **given,
            }
            names, marks = ", ".join(task), ", ".join("?" * len(task))
            con.execute(
                f"insert into task ({names}) values ({marks})", [*task.values()]
            )
    return dict(read_recorded(warehouse).history.kinds)


def test_without_a_past_the_formula_holds() -> None:
    """And so it does for other kinds of work."""
    assert History().calibrated(COST) == COST
    assert History({"reduce pca": Past(99, 3.0, 1.0, None)}).calibrated(COST) == COST


def test_times_follow_the_past_more_the_more_there_is() -> None:
    """Memory does not."""
    few, many = (
        History({COST.kind: Past(n, 4.0, 1.0, None)}).calibrated(COST) for n in (1, 997)
    )
    assert few.seconds == pytest.approx(10 * 4**0.25)
    assert many.seconds == pytest.approx(40, rel=0.01)
    assert many.warm_up_s == pytest.approx(8, rel=0.01)
    assert many.peak_bytes == COST.peak_bytes


def test_the_median_counts_against_the_formula(warehouse: Warehouse) -> None:
    """What earlier tasks had multiplied the forecast by is taken out of it again."""
    tasks = ({"wall_s": wall_s, "forecast_s": 2.0} for wall_s in (2.0, 6.0, 90.0))
    later = {"wall_s": 12.0, "forecast_s": 12.0, "forecast_factor": 4.0}
    past = record(warehouse, *tasks, later)[COST.kind]
    assert past.n_tasks == 4
    assert past.ratio == pytest.approx(3.5)  # of 1, 3, 4 and 45


def test_within_is_what_was_forecast_then(warehouse: Warehouse) -> None:
    """Too much counts as too little does; nine in ten held."""
    peaks = {"peak_bytes": 3 * 2**30, "forecast_peak_bytes": 2**31}
    tasks = [{"wall_s": 1.0, "forecast_s": 2.0, **peaks}] * 10
    past = record(warehouse, *tasks, {"wall_s": 50.0, "forecast_s": 1.0})[COST.kind]
    assert past.time_within == pytest.approx(2.0)
    assert past.memory_within == pytest.approx(1.5)


def test_what_tells_nothing_of_the_method_is_left_out(warehouse: Warehouse) -> None:
    """Other hosts, failures, moments, works done together, and what is long past."""
    odd = {"wall_s": 500.0}
    others = (
        odd | {"host": "elsewhere", "kind": "reduce umap"},
        odd | {"status": "failed"},
        odd | {"forecast_s": None, "kind": None},
        {"wall_s": 0.49, "forecast_s": 0.01},
    )
    assert record(warehouse, *[odd] * 100, *others, *[{}] * 100) == {
        COST.kind: Past(100, 1.0, 1.0, None)
    }


def test_a_plan_follows_the_past_and_tells_how_it_held(tmp_path: Path) -> None:
    """Of the kinds of work that it has to do, by stage."""
    grids, _ = read_grids(["quickstart"])
    store = Store(tmp_path)
    past = {
        "cluster kmeans": Past(7, 1.0, 1.5, 1.1),
        "cluster spectral": Past(10**6, 3.0, 2.5, None),
        "cluster nobody": Past(1, 1.0, 9.0, 9.0),
    }
    plain, told = (
        stage_costs(plan, plan.sizes)
        for plan in (
            make_plan(grids, Recorded(history=history), store)
            for history in (History(), History(past))
        )
    )
    assert told["reduce"] == plain["reduce"]
    assert told["cluster"].seconds > plain["cluster"].seconds
    assert told["cluster"].peak_bytes == plain["cluster"].peak_bytes
    assert told["cluster"].past_tasks == 10**6 + 7
    assert told["cluster"].time_within == 2.5
    assert told["cluster"].memory_within == 1.1
    assert plain["cluster"].time_within is None
