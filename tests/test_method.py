from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import Any, Literal

import pytest

from zsc_wh.fields import REQUIRED, Field
from zsc_wh.method import Method, param
from zsc_wh.sizes import Shape


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of every type."""

    name: str = param(doc="must be given")
    way: Literal["long", "short"] = param(default="long", doc="how it goes")
    n: int | None = param(default=None, minimum=1, maximum=9, doc="unset: all")
    share: float = param(default=0.5, minimum=0, doc="of the samples")
    steps: list[int] = param(default=[1, 2], doc="of each phase", is_optional=True)
    more: dict[str, Any] = param(default={}, doc="passed on")
    flag: bool = param(default=False, doc="whether")


METHOD = Method(
    name="made",
    doc="made for this test",
    params=Params,
    uses_seed=False,
    cost_bytes=lambda shape, params: shape.n * len(params.steps),
    cost_seconds=lambda shape, params: shape.d * params.share,
    library="numpy",
    own_fault=lambda params: "too short" if params.way == "short" else None,
)
GIVEN: dict[str, Any] = {
    "name": "x",
    "way": "long",
    "n": None,
    "share": 0.5,
    "steps": [1, 2, 3],
    "more": {},
    "flag": False,
}


def test_fields_follow_from_the_types() -> None:
    """Type, choices, items and default; in order, with what `param` says."""
    assert METHOD.fields == {
        "name": Field(str, default=REQUIRED, doc="must be given"),
        "way": Field(str, default="long", choices=("long", "short"), doc="how it goes"),
        "n": Field(int, default=None, minimum=1, maximum=9, doc="unset: all"),
        "share": Field(float, default=0.5, minimum=0, doc="of the samples"),
        "steps": Field(list, default=[1, 2], items=int, doc="of each phase"),
        "more": Field(dict, default={}, doc="passed on"),
        "flag": Field(bool, default=False, doc="whether"),
    }
    assert [*METHOD.fields] == [*GIVEN]
    assert METHOD.optional == {"steps"}


def test_the_callables_get_typed_parameters() -> None:
    """A mapping comes in, its attributes are read."""
    assert METHOD.peak_bytes(Shape(7, 4), GIVEN) == 21
    assert METHOD.seconds(Shape(7, 4), GIVEN) == 2
    assert METHOD.fault(GIVEN) is None
    assert METHOD.fault({**GIVEN, "way": "short"}) == "too short"
    with pytest.raises(FrozenInstanceError):
        METHOD.typed(GIVEN).flag = True  # type: ignore[misc]


def test_a_default_that_can_change_is_made_anew() -> None:
    """What one call does to its list is no other call's default."""
    first = Params(name="a")
    first.steps.append(3)
    assert Params(name="b").steps == [1, 2]
    assert METHOD.fields["steps"].default == [1, 2]
