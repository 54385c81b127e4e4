from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsc_wh.identity import REVISIONS, canonical_json, key_of

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=50)
@given(value=st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_order_of_keys_never_counts(value: dict[str, Any]) -> None:
    """Two mappings with the same content have the same text."""
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": None}, {}),
        ({"a": "1"}, {"a": 1}),
        ({"a": True}, {"a": 1}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
    ],
    ids=str,
)
def test_what_differs_has_another_key(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Types, order of lists and unset values count."""
    assert key_of("x", value=one) != key_of("x", value=other)


def test_kind_counts() -> None:
    """Things of different kinds never share a key."""
    assert key_of("embed", a=1) != key_of("reduce", a=1)


def test_key_is_the_same_in_a_fresh_process() -> None:
    """Nothing of the process, such as the hash seed, enters a key."""
    code = "from zsc_wh.identity import key_of; print(key_of('x', b={'c': 1.5}, a='é'))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == key_of("x", a="é", b={"c": 1.5})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: "a"}, object()])
def test_what_has_no_canonical_text_is_refused(value: object) -> None:
    """A key is never made of something that JSON cannot say exactly."""
    with pytest.raises(TypeError):
        canonical_json(value)


def test_revision_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that computes something else reopens what it made."""
    before = key_of("embed", a=1)
    monkeypatch.setattr("zsc_wh.identity.REVISIONS", {"embed": REVISIONS["embed"] + 1})
    assert key_of("embed", a=1) != before
