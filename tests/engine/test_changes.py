"""What is said of samples that changed under a name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from zsc_wh.engine.changes import _in_images


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("a1 b2", "a1 b2 c3", ["1 sample added"]),
        ("a1 b2 c3", "a1", ["2 samples removed"]),
        ("a1 b2", "a1 b4", ["1 sample replaced"]),
        ("a1 b2", "a1 b-", ["1 sample whose file is missing"]),
        ("a1 b-", "a1 b2", ["1 sample whose file is there now"]),
        ("a1 b2 c3", "a- b2", ["1 sample whose file is missing", "1 sample removed"]),
        # the file of b was renamed to c, and the table names both
        ("a1 b2", "a1 b- c2", ["1 sample whose file is missing"]),
        ("a1 b2", "b2 a1", ["samples in another order"]),
    ],
)
def test_samples_are_counted_once(before: str, now: str, said: list[str]) -> None:
    """By name and content: each letter is a name, each number what its file holds."""

    def read(text: str) -> dict[str, str | None]:
        return {name: None if c == "-" else c for name, c in map(tuple, text.split())}

    listing = SimpleNamespace(
        sample_ids=tuple(read(now)), digests=tuple(read(now).values())
    )
    known = {"ids": [*read(before)], "digests": [*read(before).values()]}
    assert list(_in_images(cast("Any", listing), known)) == said
