"""Command ``compare``: two warehouses, grids, seeds or versions, cell by cell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import rows_options

if TYPE_CHECKING:
    from zsc_wh.results.comparing import Compared, Side
    from zsc_wh.warehouse import Rows

_TEXTS = ("encoder", "dataset", "reducer", "clusterer", "level", "dtype")


@click.command(epilog="Example: zscwh compare zscwh.duckdb copy.duckdb --metric ami")
@click.argument("a")
@click.argument("b")
@click.option(
    "-p",
    "--metric",
    default="ami",
    show_default=True,
    help="The score to compare, by its name in `zscwh catalog scores`.",
)
@rows_options
@click.pass_obj
def compare(
    warehouse: Path, a: str, b: str, metric: str, fmt: str, output: Path | None
) -> None:
    """Show what differs between A and B, and what is within seed noise.

    Each is a warehouse file, grid:NAME (grid:NAME@1: as it was before), seed:N or a
    version of a name: photos@1 photos compares what photos meant first with what it
    means now, wherever all else has one name. That can be an encoder, dataset, reducer
    or clusterer; where two kinds have the name, write dataset:photos@1 dataset:photos.
    A file of such a name is ./photos@1. A side is the mean over its seeds.

    within_noise says that the difference is no larger than what seeds alone stay below
    in 95 of 100 cases (Student's t). noise_from says whose seeds told: those of the
    cell, else of its recipe (reducer and clusterer), else of its clusterer.
    """
    from zsc_wh.cli.output import put
    from zsc_wh.results import comparing

    found = comparing.compare(*_sides(a, b, warehouse), metric)
    put(_rows(found), fmt, output)
    click.echo(_summary(found), err=True)


def _sides(a: str, b: str, warehouse: Path) -> tuple[Side, Side]:
    """Return what two arguments mean; versions of a name are known by each other."""
    import zsc_wh
    from zsc_wh.results.comparing import Side
    from zsc_wh.results.versions import KINDS, base_of, find_versions, has_name

    (kind, label_a), (kind_b, label_b) = map(_kind_and_label, (a, b))
    names = {base_of(label) or label for label in (label_a, label_b)}
    if (
        kind == kind_b
        and kind in (None, *KINDS)
        and len(names) == 1
        and (base_of(label_a) or base_of(label_b))
    ):
        opened = zsc_wh.open(warehouse)
        are_files = Path(a).exists() and Path(b).exists()
        # a name wins over files that are called so
        if not are_files or (warehouse.exists() and has_name(opened, names.pop())):
            left, right = find_versions(opened, (label_a, label_b), kind)
            return Side(opened, version=left), Side(opened, version=right)
    return _side(a, warehouse), _side(b, warehouse)


def _kind_and_label(text: str) -> tuple[str | None, str]:
    """Return the kind that stands before a label, if one does, and the label."""
    from zsc_wh.results.versions import KINDS

    kind, colon, label = text.partition(":")
    return (kind, label) if colon and kind in (*KINDS, "grid", "seed") else (None, text)


def _side(text: str, warehouse: Path) -> Side:
    import zsc_wh
    from zsc_wh.results.comparing import Side
    from zsc_wh.results.versions import base_of

    kind, label = _kind_and_label(text)
    if kind == "grid":
        return Side(zsc_wh.open(warehouse), grid=label)
    if kind == "seed":
        if not label.isdecimal():
            fault = f"'{label}' is no seed; write it like seed:1"
            raise click.BadParameter(fault)
        return Side(zsc_wh.open(warehouse), seed=int(label))
    if kind is not None or (base_of(text) and not Path(text).exists()):
        name = base_of(label) or label
        fault = f"'{text}' is compared with another version, such as {name}@1 or {name}"
        raise click.BadParameter(fault)
    return Side(zsc_wh.open(Path(text)))


def _rows(found: list[Compared]) -> Rows:
    from zsc_wh.warehouse import Rows

    rows: list[tuple[object, ...]] = [
        (
            *row.names,
            row.a,
            row.b,
            row.difference,
            row.noise_sd,
            row.n_a,
            row.n_b,
            row.within_noise,
            row.noise_from,
        )
        for row in found
    ]
    numbers = ("a", "b", "difference", "noise_sd")
    return Rows(
        (*_TEXTS, *numbers, "n_a", "n_b", "within_noise", "noise_from"),
        (
            *("VARCHAR",) * len(_TEXTS),
            *("DOUBLE",) * len(numbers),
            "INTEGER",
            "INTEGER",
            "BOOLEAN",
            "VARCHAR",
        ),
        rows,
    )


def _summary(found: list[Compared]) -> str:
    both = [row for row in found if row.difference is not None]
    verdicts = Counter(row.within_noise for row in both)
    lines = [
        f"{len(both)} cells compared: {verdicts[True]} within seed noise, "
        f"{verdicts[False]} beyond, {verdicts[None]} without seeds to tell it; "
        f"{len(found) - len(both)} on one side only or without a score"
    ]
    if verdicts[False]:
        tested = verdicts[True] + verdicts[False]
        lines.append(f"by chance alone about {tested / 20:.1f} would be beyond")
    if redeclared := sum(row.redeclared for row in both):
        lines.append(f"{redeclared} of them are declared differently on the two sides")
    return "\n".join(lines)
