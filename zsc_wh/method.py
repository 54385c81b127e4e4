"""What every method is, whether a reducer, a clusterer or a probe.

A method is plain data: a frozen dataclass of its parameters, callables for what it
computes and costs, and facts such as whether it draws. Its parameters are declared
once, each by `param`; the `zsc_wh.fields.Field` that checks a declaration is derived
from the type and from what `param` says. Declarations, keys and rows hold parameters as
mappings; the callables of a method get them typed.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from zsc_wh.fields import REQUIRED, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsc_wh.sizes import Shape

P = TypeVar("P")
"""The dataclass of a method's parameters."""


def param(
    default: Any = REQUIRED,
    *,
    doc: str,
    minimum: float | None = None,
    maximum: float | None = None,
    is_optional: bool = False,
) -> Any:
    """Declare one parameter of a method, as a field of a keyword-only dataclass.

    Parameters
    ----------
    default : object, optional
        Value when a declaration leaves it out; required without. None stands for "not
        set".
    doc : str
        One line for people, with the unit.
    minimum, maximum : float, optional
        Inclusive range of a number.
    is_optional : bool
        Whether it belongs to the identity of a method only where it differs from its
        default, so that a parameter added later leaves the identities of before.
    """
    more = {
        "doc": doc,
        "minimum": minimum,
        "maximum": maximum,
        "is_optional": is_optional,
    }
    if default is REQUIRED:
        return field(metadata=more)
    if isinstance(default, list | dict):
        return field(default_factory=default.copy, metadata=more)
    return field(default=default, metadata=more)


@dataclass(frozen=True, kw_only=True)
class Method(Generic[P]):
    """A kind of reducer, clusterer or probe.

    Parameters
    ----------
    name : str
        The kind, as declarations name it.
    doc : str
        One line for people.
    params : type
        Dataclass of the parameters.
    uses_seed : bool
        Whether the seed can change the result.
    cost_bytes, cost_seconds : callable
        ``(shape, params)`` to the forecast; see `peak_bytes` and `seconds`.
    library : str
        What it loads first, by the name in `zsc_wh.libraries.FOOTPRINTS`.
    own_fault : callable, optional
        ``params`` to what is wrong with them taken together, or None.
    runs_user_code : bool
        Whether parameters name code of the user's own, which may lie beside the
        declaration.
    """

    name: str
    doc: str
    params: type[P]
    uses_seed: bool
    cost_bytes: Callable[[Shape, P], int]
    cost_seconds: Callable[[Shape, P], float]
    library: str
    own_fault: Callable[[P], str | None] = lambda _params: None
    runs_user_code: bool = False

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """What declarations can set, by name, in order."""
        hints = get_type_hints(self.params)
        return {
            each.name: Field(
                **_typed(hints[each.name]),
                default=_default(each),
                **{key: each.metadata[key] for key in ("doc", "minimum", "maximum")},
            )
            for each in fields(self.params)  # type: ignore[arg-type]
        }

    @cached_property
    def optional(self) -> frozenset[str]:
        """Parameters that enter an identity only where not at their default."""
        return frozenset(
            each.name
            for each in fields(self.params)  # type: ignore[arg-type]
            if each.metadata["is_optional"]
        )

    def typed(self, params: Mapping[str, Any]) -> P:
        """Return checked parameters, all of `fields`, for the callables of a method."""
        return self.params(**params)

    def fault(self, params: Mapping[str, Any]) -> str | None:
        """Say what is wrong with sound parameters taken together, or None."""
        return self.own_fault(self.typed(params))

    def peak_bytes(self, shape: Shape, params: Mapping[str, Any]) -> int:
        """Forecast the peak memory for float32, the input included.

        Besides what the process and the library take.
        """
        return self.cost_bytes(shape, self.typed(params))

    def seconds(self, shape: Shape, params: Mapping[str, Any]) -> float:
        """Forecast the time on one core, the library loaded: an order of size."""
        return self.cost_seconds(shape, self.typed(params))


def _default(each: Any) -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return REQUIRED if each.default is MISSING else each.default


def _typed(hint: Any) -> dict[str, Any]:
    """Return the parts of a `Field` that follow from the type of a parameter."""
    # None says "not set", which a declaration says by leaving the key out
    (hint,) = {*get_args(hint)} - {NoneType} if NoneType in get_args(hint) else {hint}
    if get_origin(hint) is Literal:
        return {"type": str, "choices": get_args(hint)}
    if get_origin(hint) is list:
        return {"type": list, "items": get_args(hint)[0]}
    return {"type": get_origin(hint) or hint}
