"""A number in a message agrees with the word behind it."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import zsc_wh

if TYPE_CHECKING:
    from collections.abc import Iterator

NOUNS = (
    "arrays", "cells", "classes", "clusters", "columns", "components", "digests",
    "dimensions", "embeddings", "encoders", "faults", "features", "files", "images",
    "labels", "lines", "members", "migrations", "points", "probes", "reasons", "rows",
    "runs", "samples", "scores", "shards", "tables", "tasks", "values",
)  # fmt: skip
FOLLOWING = re.compile(rf" (?:\w+ )?(?:{'|'.join(NOUNS)})\b")
CHOSEN = re.compile(r"\b(?:counted|plural)\(")
NEVER_ONE = (
    "faults in the declarations",
    "' means {len(found)} cells",
    "is in {count} rows, such as",
    "the median of {n_runs} runs",
    "{len(shards)} shards",
    "{n:,} cells; a grid can hold",
    "all {n} labelled samples are of one class",
    "each of the {n} labelled samples",
    "samples cannot be split",
    "needs at least {",
    "needs more than",
    "further pairs",
    "at most {_BARNES_HUT_DIMS} dimensions",
    ".cell.title} against labels",
    "{target} returned labels",
    "{total:,} samples",
)
"""Messages that are written where there are several, and what is not a number."""


def counted_by_hand(path: Path) -> Iterator[str]:
    """Yield the messages with a number before a plural that no function chose."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, after in pairwise(node.values):
            if (
                isinstance(value, ast.FormattedValue)
                and isinstance(after, ast.Constant)
                and FOLLOWING.match(str(after.value))
                and not CHOSEN.search(ast.unparse(value))
            ):
                yield f"{path.name}: {ast.unparse(node)}"


def test_messages_count_by_one_function() -> None:
    """So that none says "1 cells"."""
    root = Path(zsc_wh.__file__).parent
    found = {line for path in root.rglob("*.py") for line in counted_by_hand(path)}
    assert {
        line for line in found if not any(known in line for known in NEVER_ONE)
    } == set()
    assert [
        known for known in NEVER_ONE if not any(known in line for line in found)
    ] == []
