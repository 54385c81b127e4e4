"""Encoders side by side and each alone (A20)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.queries.made import Made, key
from tests.queries.tensors import approx, by

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

PARTS = {
    "vit+bert": ("vit", "bert"),
    "rn+bert": ("rn", "bert"),
    "rn+vit+bert": ("rn", "vit", "bert"),
}
AMI = {"vit": 0.5, "rn": 0.3, "bert": 0.6, "vit+bert": 0.7, "rn+vit+bert": 0.9}
"""By encoder; one of those side by side has no result."""


def side_by_side(made: Made) -> None:
    """Declare all encoders, and cluster each with two seeds."""
    made.reducer("umap-50")
    made.clusterer("ward")
    made.dataset("insects", ["a", "b"])
    for name in ("vit", "rn", "bert", *PARTS):
        made.encoder(name)
        if name in PARTS:
            parts = [key("encoder", part) for part in PARTS[name]]
            loader = json.dumps({"kind": "concat", "parts": parts})
            made.rows["encoder"][name]["loader"] = loader
        for seed in (1, 2):
            cell = made.cell(name, "insects", "umap-50", "ward", seed)
            if name in AMI:
                made.run(cell, {"ami": AMI[name] + seed / 100})


def test_each_part_stands_beside_the_whole(ask_of: Callable[[Made], Ask]) -> None:
    """In the order of the declaration, with what the other parts add."""
    made = Made()
    side_by_side(made)
    rows = by(ask_of(made)("concatenations"), "encoder", "place")
    assert rows.keys() == {
        (name, place)
        for name, parts in PARTS.items()
        for place in range(1, len(parts) + 1)
    }
    for (name, place), row in rows.items():
        parts = list(PARTS[name])
        part = parts.pop(place - 1)
        assert (row["part"], row["others"]) == (part, " + ".join(parts))
        alone = {one: AMI[one] + 0.015 for one in PARTS[name]}
        whole = AMI.get(name)
        assert row["part_ami"] == approx(alone[part])
        assert row["ami"] == approx(whole and whole + 0.015)
        gains = (
            [whole + 0.015 - low for low in (alone[part], max(alone.values()))]
            if (whole)
            else [None, None]
        )
        assert [row["gain"], row["best_gain"]] == [approx(gain) for gain in gains]
        assert row["n_runs"] == (2 if whole else 0)


def test_a_part_that_was_not_clustered_has_its_name(
    ask_of: Callable[[Made], Ask],
) -> None:
    """Its AMI is missing, and with it the best of the parts."""
    made = Made()
    side_by_side(made)
    lost = made.rows["encoder"]["bert"]["encoder_key"]
    cells = [k for k, cell in made.rows["cell"].items() if cell["encoder_key"] == lost]
    for cell in cells:
        del made.rows["cell"][cell]
    for run, row in [*made.rows["run"].items()]:
        if row["cell_key"] in cells:
            del made.rows["run"][run]
    rows = by(ask_of(made)("concatenations", encoders=["vit+bert"]), "part")
    assert rows.keys() == {("vit",), ("bert",)}
    assert (rows["bert",]["part_ami"], rows["bert",]["gain"]) == (None, None)
    assert rows["vit",]["gain"] == approx(0.2)
    assert rows["vit",]["best_gain"] is None
