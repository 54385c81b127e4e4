from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tests.devices import DEVICES
from tests.fresh import printed
from tests.reducers.made import features
from zsc_wh.spaces import neighbours
from zsc_wh.spaces.neighbours import NEIGHBOUR, exact_neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plain(X: NDArray[Any], k: int) -> NDArray[np.void]:
    """Return the k nearest others of each sample by a full sort of all distances."""
    wide = X.astype(np.float64)
    squares = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    distances = np.sqrt(squares).astype(np.float32)
    np.fill_diagonal(distances, np.inf)
    found = np.empty((len(X), k), dtype=NEIGHBOUR)
    found["index"] = distances.argsort(axis=1, kind="stable")[:, :k]
    found["distance"] = np.take_along_axis(distances, found["index"], axis=1)
    return found


def grid(n: int) -> NDArray[np.float32]:
    """Return samples on a lattice, where most distances tie."""
    return np.random.default_rng(0).integers(0, 3, (n, 4)).astype(np.float32)


def far_groups() -> NDArray[np.float32]:
    """Return tight groups so far apart that float32 has no digits within one."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(6, 30)) * 1e5
    return (centres[np.arange(150) % 6] + rng.normal(size=(150, 30))).astype("f4")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [1, 15, 119])
@pytest.mark.parametrize("offset", [0, 1000])
def test_neighbours_are_those_of_a_full_sort(dtype: str, k: int, offset: int) -> None:
    """The same samples in the same order, wherever the features lie."""
    X = (features("float64") + offset).astype(dtype)
    found, expected = exact_neighbours(X, k), plain(X, k)
    np.testing.assert_array_equal(found["index"], expected["index"])
    np.testing.assert_allclose(found["distance"], expected["distance"], rtol=1e-6)


@pytest.mark.parametrize(
    "X",
    [
        grid(200),
        np.eye(60, dtype=np.float32),
        np.repeat(grid(7), 20, axis=0),
        np.ones((50, 3), dtype=np.float32),
        far_groups(),
        far_groups().astype(np.float64),
    ],
    ids=["lattice", "one-hot", "copies", "all equal", "far groups", "far, float64"],
)
def test_what_a_search_in_float32_cannot_tell_apart(X: NDArray[Any]) -> None:
    """Among equal distances the lower index comes first, and none is lost."""
    np.testing.assert_array_equal(exact_neighbours(X, 12), plain(X, 12))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "X",
    [features(), grid(200), np.repeat(grid(7), 20, axis=0), far_groups()],
    ids=["apart", "lattice", "copies", "far groups"],
)
def test_a_device_finds_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, X: NDArray[Any], device: str
) -> None:
    """What it proposes is measured on the processor; blocks change nothing."""
    asked: list[str] = []
    real = neighbours._search_on

    def search(device: str, *args: Any) -> Any:
        asked.append(device)
        return real(device, *args)

    monkeypatch.setattr(neighbours, "_search_on", search)
    monkeypatch.setattr(neighbours, "_DEVICE_TILE", 7 * len(X))
    np.testing.assert_array_equal(
        exact_neighbours(X, 12, device=device), exact_neighbours(X, 12)
    )
    assert asked == [device]


@pytest.mark.parametrize("device", DEVICES)
def test_a_device_proposes_what_faiss_does(device: str) -> None:
    """Wrong proposals would be mended by looking at all samples, which is slow."""
    single = features()
    squares, found = neighbours._search_on(device, single, 9)
    expected, nearest = neighbours._search(single, 9, 1)
    np.testing.assert_array_equal(found[:, 1:], nearest[:, 1:])
    np.testing.assert_allclose(squares, expected, atol=1e-5 * expected.max())


def test_a_device_searches_with_all_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the process allows: products of few digits would lose neighbours."""
    seen: list[str] = []
    real = torch.Tensor.topk

    def topk(tile: torch.Tensor, *args: Any, **options: Any) -> Any:
        seen.append(torch.get_float32_matmul_precision())
        return real(tile, *args, **options)

    monkeypatch.setattr(torch.Tensor, "topk", topk)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        exact_neighbours(features(), 3, device="cpu")
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
    assert seen == ["highest"]


@pytest.mark.parametrize("X", [features(), grid(200)], ids=["apart", "ties"])
def test_a_shorter_list_is_the_beginning_of_a_longer_one(X: NDArray[Any]) -> None:
    """So that all who ask for fewer can share it."""
    longer = exact_neighbours(X, 32)
    for k in (1, 5, 31):
        np.testing.assert_array_equal(exact_neighbours(X, k), longer[:, :k])


@pytest.mark.parametrize(("n", "k"), [(1, 5), (2, 5), (6, 5), (6, 99)])
def test_few_samples_have_all_the_others(n: int, k: int) -> None:
    """One sample alone has none."""
    X = features(n=n)
    np.testing.assert_array_equal(exact_neighbours(X, k), plain(X, n - 1))


def test_size_of_the_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples at the edges of blocks are measured as the others."""
    whole = [exact_neighbours(X, 6) for X in (features(), grid(200))]
    monkeypatch.setattr(neighbours, "_BLOCK", 7 * 14 * 20)  # seven rows
    monkeypatch.setattr(neighbours, "_TILE", 600)
    pieces = [exact_neighbours(X, 6) for X in (features(), grid(200))]
    for found, expected in zip(pieces, whole, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_threads_change_no_bit() -> None:
    """A process with one thread finds what one with two finds."""
    code = (
        "import hashlib, sys, numpy as np\n"
        "from zsc_wh.spaces.neighbours import exact_neighbours\n"
        "X = np.random.default_rng(0).normal(size=(900, 150)).astype('f4')\n"
        "found = exact_neighbours(X, 32, threads=int(sys.argv[1]))\n"
        "print(hashlib.sha256(found.tobytes()).hexdigest())\n"
    )
    assert printed(code, "1") == printed(code, "2")
