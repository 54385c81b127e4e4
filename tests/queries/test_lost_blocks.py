"""Why a comparison has no complete block, and who has to be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.cli.ask import query
from zsc_wh.warehouse.lost_blocks import why_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from tests.queries.conftest import Ask
    from zsc_wh.warehouse import Warehouse

FAMILIES = {"dino": "ssl", "mae": "ssl", "pixels": "none", "resnet": "supervised"}
CLUSTERERS = ("kmeans", "spectral")
DATASETS = ("air", "cars")
Lacking = dict[str, tuple[str, ...]]


def make(
    lacking: Lacking,
    encoders: Collection[str] = tuple(FAMILIES),
    clusterers: Collection[str] = CLUSTERERS,
) -> Made:
    """Make a cross product; `lacking` says on which datasets who has no result."""
    made = Made()
    made.reducer("none")
    for encoder in encoders:
        made.encoder(encoder, FAMILIES.get(encoder, "ssl"))
    for clusterer in clusterers:
        made.clusterer(clusterer)
    for dataset in DATASETS:
        made.dataset(dataset, ["a", "b"], group="far")
        for place, encoder in enumerate(encoders):
            for clusterer in clusterers:
                cell = made.cell(encoder, dataset, "none", clusterer)
                if dataset not in lacking.get(encoder, ()):
                    made.run(cell, {"ami": 0.1 + place / 10})
    return made


def counts(rows: list[dict[str, Any]]) -> dict[str, tuple[int, ...]]:
    """Return the counts of each member, in the order of the rows."""
    columns = ("n_cells", "n_missing", "n_blocks_total", "n_lost", "n_left")
    return {row["member"]: tuple(row[column] for column in columns) for row in rows}


def test_members_come_with_the_blocks_that_they_cost(
    ask_of: Callable[[Made], Ask],
) -> None:
    """A block is complete once the last of those that lack it is left out."""
    ask = ask_of(make({"resnet": DATASETS, "mae": ("air",)}))
    got = counts(ask("lost_blocks", axis="encoder"))
    assert got == {
        "resnet": (4, 4, 4, 4, 2),
        "mae": (4, 2, 4, 2, 4),
        "dino": (4, 0, 4, 0, 4),
        "pixels": (4, 0, 4, 0, 4),
    }
    assert list(got)[:2] == ["resnet", "mae"]
    got = counts(ask("lost_blocks", axis="clusterer"))
    assert got == {"kmeans": (8, 3, 8, 3, 5), "spectral": (8, 3, 8, 3, 8)}
    assert {row["axis"] for row in ask("lost_blocks")} == {"encoder", "clusterer"}


def test_a_cell_that_was_never_declared_is_lacking(
    ask_of: Callable[[Made], Ask],
) -> None:
    """A block needs every member, also one that nobody wanted there."""
    made = make({})
    made.encoder("late")
    made.run(made.cell("late", "air", "none", "kmeans"), {"ami": 0.5})
    got = counts(ask_of(made)("lost_blocks", axis="encoder"))
    assert got["late"] == (1, 0, 4, 3, 4)
    assert got["dino"] == (4, 0, 4, 0, 4)


@pytest.mark.parametrize(
    ("params", "n"),
    [
        ({"dataset": "air"}, 2),
        ({"clusterers": ["kmeans"]}, 2),
        ({"domain_group": "far"}, 4),
        ({"encoder": "dino"}, 4),
        ({"encoders": ["dino", "mae"]}, 4),
        ({"seed": 1}, 4),
        ({"reducer": "x"}, None),
        ({"backbone": "x"}, None),
        ({"grid": "x"}, None),
    ],
)
def test_filters_choose_the_blocks(
    ask_of: Callable[[Made], Ask], params: dict[str, Any], n: int | None
) -> None:
    """Each filter leaves the blocks that it names."""
    rows = ask_of(make({}))("lost_blocks", axis="encoder", **params)
    assert {row["n_blocks_total"] for row in rows} == ({n} if n else set())


@pytest.fixture
def warehouse_of(blank: Path, tmp_path: Path) -> Callable[[Made], Warehouse]:
    """Return a function that stores rows."""
    return lambda made: stored(made, blank, tmp_path / "made.duckdb")


def said(warehouse: Warehouse, name: str, **params: Any) -> str | None:
    """Return the reason for the answer of a query."""
    answer = warehouse.run_query(name, params)
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    assert rows
    return why_empty(warehouse, name, params, rows)


@pytest.mark.parametrize(
    ("lacking", "name", "reason"),
    [
        (
            {"mae": DATASETS},
            "encoder_ranks",
            "mae has no result: 4 blocks lost; "
            "`-p encoders=dino,pixels,resnet` leaves it out",
        ),
        (
            {"mae": DATASETS},
            "delta_ami",
            "mae has no result: 4 pairs lost; "
            "`-p encoders=dino,pixels,resnet` leaves it out",
        ),
        (
            {"mae": DATASETS},
            "ami_table",
            "mae has no result: 4 clusterings lost; "
            "`-p encoders=dino,pixels,resnet` leaves it out",
        ),
        (
            {"resnet": DATASETS},
            "delta_ami",
            "resnet has no result: 4 pairs lost; "
            "`-p baseline=dino -p encoders=dino,mae,pixels` leaves it out",
        ),
        (
            {"dino": DATASETS, "mae": DATASETS},
            "encoder_ranks",
            "dino has no result: 4 blocks lost, mae has no result: 4 blocks lost; "
            "`-p encoders=pixels,resnet` leaves them out",
        ),
        (
            {"dino": ("air",), "mae": ("cars",)},
            "encoder_ranks",
            "dino lacks 2 of 4 blocks; `-p encoders=mae,pixels,resnet` leaves it out",
        ),
        (
            {"dino": DATASETS, "mae": DATASETS, "pixels": DATASETS},
            "encoder_ranks",
            "no two encoders have scores in one block; "
            "`zscwh query lost_blocks -p axis=encoder` shows what each lacks",
        ),
        ({}, "encoder_ranks", None),
        ({"mae": ("air",)}, "delta_ami", None),
        ({"mae": DATASETS}, "results", None),
    ],
)
def test_an_empty_comparison_says_why(
    warehouse_of: Callable[[Made], Warehouse],
    lacking: Lacking,
    name: str,
    reason: str | None,
) -> None:
    """It names who lacks what, and whom to ask for; another answer says nothing."""
    assert said(warehouse_of(make(lacking)), name) == reason


@pytest.mark.parametrize("name", ["encoder_ranks", "delta_ami"])
def test_what_is_proposed_gives_an_answer(
    warehouse_of: Callable[[Made], Warehouse], name: str
) -> None:
    """The parameters as they are printed lead to a complete block."""
    warehouse = warehouse_of(make({"resnet": DATASETS, "dino": ("air",)}))
    reason = said(warehouse, name)
    assert reason
    options = reason.split("`")[1].removeprefix("-p ").split(" -p ")
    params = dict(option.split("=") for option in options)
    answer = warehouse.run_query(name, params)
    counted = answer.columns.index("n_pairs" if name == "delta_ami" else "n_blocks")
    assert any(row[counted] for row in answer.rows)


@pytest.mark.parametrize(
    "given", [{"families": "ssl"}, {"fine_tuned": "only"}, {"backbone": "vit"}]
)
def test_a_baseline_blocks_whatever_the_filters_of_encoders(
    warehouse_of: Callable[[Made], Warehouse], given: dict[str, str]
) -> None:
    """They leave out who is compared, and keep the one that all are compared with."""
    made = make({"resnet": DATASETS}, encoders=("dino", "mae", "resnet"))
    for name in ("dino", "mae"):
        made.rows["encoder_name"][name] |= {"fine_tuned": True, "backbone": "vit"}
    reason = said(warehouse_of(made), "delta_ami", baseline="resnet", **given)
    assert reason
    assert reason.startswith("resnet has no result: 4 pairs lost")


def test_clusterers_are_left_out_likewise(
    warehouse_of: Callable[[Made], Warehouse],
) -> None:
    """Their blocks are encoders and datasets, as the query was asked."""
    made = make({}, clusterers=("kmeans", "spectral", "ward"))
    for key, run in list(made.rows["run"].items()):
        cell = made.rows["cell"][run["cell_key"]]
        ward = made.rows["clusterer"]["ward"]["clusterer_key"]
        if cell["clusterer_key"] == ward:
            del made.rows["run"][key]
    warehouse = warehouse_of(made)
    assert said(warehouse, "clusterer_ranks", dataset="air") == (
        "ward has no result: 4 blocks lost; "
        "`-p clusterers=kmeans,spectral` leaves it out"
    )
    assert said(warehouse, "clusterer_ranks", clusterers="kmeans,spectral") is None


def test_untrained_encoders_block_nothing_that_they_take_no_part_in(
    warehouse_of: Callable[[Made], Warehouse],
) -> None:
    """Over all datasets they are not ranked, so they are not to be left out."""
    made = make({"mae": DATASETS, "rand": DATASETS}, encoders=(*FAMILIES, "rand"))
    made.rows["encoder_name"]["rand"]["family"] = "random"
    reason = said(warehouse_of(made), "encoder_ranks")
    assert reason
    assert "rand" not in reason


def test_names_are_quoted_for_the_shell(
    warehouse_of: Callable[[Made], Warehouse],
) -> None:
    """A name with a comma or a space is still one name of the list."""
    made = make({"resnet": DATASETS}, encoders=("a, b", "dino", "resnet"))
    assert said(warehouse_of(made), "encoder_ranks") == (
        "resnet has no result: 4 blocks lost; "
        """`-p 'encoders=["a, b", "dino"]'` leaves it out"""
    )


@pytest.mark.parametrize("lacking", [{"mae": DATASETS}, {}])
def test_the_command_says_it_on_standard_error(
    warehouse_of: Callable[[Made], Warehouse], lacking: Lacking
) -> None:
    """Rows go to standard output; the reason does not get between them."""
    warehouse = warehouse_of(make(lacking))
    done = CliRunner().invoke(
        query,
        ["encoder_ranks", "-p", "dataset=air", "-f", "csv"],
        obj=warehouse.path,
        catch_exceptions=False,
    )
    assert len(done.stdout.splitlines()) == 1 + 2 * len(FAMILIES)
    assert done.stderr == (
        "mae has no result: 2 blocks lost; "
        "`-p encoders=dino,pixels,resnet` leaves it out\n"
        if lacking
        else ""
    )
