"""One chart of a named query, as a notebook shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import zsc_wh
from zsc_wh.errors import QueryError
from zsc_wh.report.chart import charted

if TYPE_CHECKING:
    import altair as alt

    from zsc_wh.opened import OpenWarehouse
    from zsc_wh.warehouse import Warehouse


@pytest.fixture(scope="module")
def opened(filled_warehouse: Warehouse) -> OpenWarehouse:
    """Return the filled warehouse as a notebook opens it."""
    return zsc_wh.open(filled_warehouse.path)


def _panels(chart: alt.VConcatChart) -> list[dict[str, Any]]:
    rows = chart.to_dict()["vconcat"]
    return [panel for row in rows for panel in row.get("hconcat", [])]


def _rows(panel: dict[str, Any]) -> list[dict[str, Any]]:
    data = panel.get("data") or panel["layer"][0]["data"]
    rows: list[dict[str, Any]] = data["values"]
    return rows


@pytest.mark.parametrize(
    "name",
    [
        "clusterer_ranks",
        "clusterer_differences",
        "ami_table",
        "cost_per_stage",
        "probes",
    ],
)
def test_a_query_is_drawn_as_reports_draw_it(opened: OpenWarehouse, name: str) -> None:
    """Valid as a whole, with panels that know how wide they are."""
    assert name in charted()
    panels = _panels(opened.chart(name))  # which validates
    assert panels
    assert all(isinstance(panel["width"], int) for panel in panels)
    # in a panel among others this signal is the width of something else
    assert "width - " not in json.dumps(panels)


def test_parameters_choose_among_the_charts_of_a_query(opened: OpenWarehouse) -> None:
    """Those of a user go before those of the report, and hold for the rows."""
    bars = json.dumps(opened.chart("reducer_effects").to_dict())
    fields = json.dumps(opened.chart("reducer_effects", per_clusterer=True).to_dict())
    assert '"bar"' in bars
    assert '"bar"' not in fields
    assert '"rect"' in fields
    values = opened.chart("ami_table", encoders=["pixels"])
    names = {row["encoder"] for panel in _panels(values) for row in _rows(panel)}
    assert len(names) == 1


def test_what_has_no_chart_is_told(opened: OpenWarehouse) -> None:
    """With those that have one; a wrong parameter as `query` says it."""
    with pytest.raises(QueryError, match="did you mean 'clusterer_ranks'") as caught:
        opened.chart("clusterer_rank")
    assert "delta_ami" in caught.value.hint
    with pytest.raises(QueryError, match="no chart of 'versions'"):
        opened.chart("versions")
    with pytest.raises(QueryError, match="no parameter 'clustrer'"):
        opened.chart("result_matrix", clustrer="kmeans")
