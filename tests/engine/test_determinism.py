from __future__ import annotations

from typing import TYPE_CHECKING

import zsc_wh

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid


def test_assignments_do_not_depend_on_process_or_schedule(
    make_grid: MakeGrid, zscwh_process: Command, tmp_path: Path
) -> None:
    """Fresh processes, one slot or two: every label is the same."""
    grid = make_grid(
        clusterers=(
            "kmeans",
            "spectral",
            "ac-known",
            "ac-unknown",
            "affinity",
            "hdbscan",
        )
    )
    found = []
    for name, jobs in (("a", "1"), ("b", "2"), ("c", "2")):
        zscwh_process("--warehouse", f"{name}.duckdb", "ingest", grid, "--jobs", jobs)
        found.append(
            zsc_wh.open(tmp_path / f"{name}.duckdb")
            .run_sql(
                "select cell_key, labels from run join assignment using (run_key) "
                "order by cell_key"
            )
            .rows
        )
    assert len(found[0]) == 18
    assert found[0] == found[1] == found[2]
