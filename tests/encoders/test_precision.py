"""A network multiplies in the floating point type that is declared."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from tests.encoders.made import embed_made, loader, random_loader, samples
from zsc_wh.encoders import FLOAT32, PRECISIONS
from zsc_wh.encoders.untrained import build
from zsc_wh.errors import ComputeError, ConfigError

CODE = "tests.encoders.foreign_code"
HALVES = [precision for precision in PRECISIONS if precision != FLOAT32]


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
@pytest.mark.parametrize("precision", HALVES)
def test_half_precision_gives_nearly_the_same_features(
    name: str, precision: str
) -> None:
    """As float32 numbers, the same each time, of the same weights."""
    options = {"dynamic_img_size": True} if name == "test_vit" else {}
    declared, wanted = random_loader(name, options=options), samples(9)
    full = embed_made(declared, wanted)
    half = embed_made(declared, wanted, precision=precision)
    assert half.array.dtype == np.float32
    assert half.weights_sha256 == full.weights_sha256
    assert (half.array != full.array).any()
    error = np.linalg.norm(half.array - full.array) / np.linalg.norm(full.array)
    assert error < 0.03
    again = embed_made(declared, wanted, precision=precision)
    assert_array_equal(again.array, half.array)


def test_full_precision_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """No type is changed, and no layout of memory."""
    seen: list[tuple[torch.dtype, bool]] = []
    network = build(random_loader(), 32)
    convolution = next(
        part for part in network.modules() if isinstance(part, torch.nn.Conv2d)
    )

    def note(_: object, given: tuple[torch.Tensor], made: torch.Tensor) -> None:
        seen.append((made.dtype, given[0].is_contiguous()))

    convolution.register_forward_hook(note)
    monkeypatch.setattr("zsc_wh.encoders.untrained.build", lambda *_: network)
    for precision in (FLOAT32, "bfloat16"):
        embed_made(random_loader(), samples(2), precision=precision)
    assert seen == [(torch.float32, True), (torch.bfloat16, False)]


def test_a_module_of_one_s_own_is_run_so_too() -> None:
    """Code that the user wrote need not know of it."""
    declared = loader("python", target=f"{CODE}:Normed")
    full, half = (
        embed_made(declared, samples(4), precision=precision).array
        for precision in (FLOAT32, "bfloat16")
    )
    assert (full != half).any()
    np.testing.assert_allclose(half, full, atol=0.03)


def test_a_plain_callable_has_no_precision() -> None:
    """It decides for itself how it computes; the error says so."""
    declared = loader("python", target=f"{CODE}:means")
    with pytest.raises(ConfigError, match=r"no torch\.nn\.Module") as caught:
        embed_made(declared, samples(2), precision="bfloat16")
    assert caught.value.where == f"{CODE}:means"


def test_float16_that_overflows_is_an_error_that_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has no numbers beyond 65,504, which float32 has."""
    network = build(random_loader(), 32)
    network.register_forward_hook(lambda _network, _given, made: made * 1e6)
    monkeypatch.setattr("zsc_wh.encoders.untrained.build", lambda *_: network)
    assert np.isfinite(embed_made(random_loader(), samples(2)).array).all()
    with pytest.raises(ComputeError, match="not finite") as caught:
        embed_made(random_loader(), samples(2), precision="float16")
    assert "float16 ends at 65,504" in (caught.value.hint or "")
