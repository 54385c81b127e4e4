from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.encoders.foreign_code import Normed
from tests.encoders.made import embed_made, loader, samples
from zsc_wh.encoders import Transform
from zsc_wh.encoders.network import weights_sha256
from zsc_wh.errors import ComputeError, ConfigError
from zsc_wh.preprocessing import prepare

HERE = "tests.encoders.foreign_code"


def python(name: str, **given: Any) -> dict[str, Any]:
    return loader("python", target=f"{HERE}:{name}", **given)


def test_callable_sees_prepared_arrays() -> None:
    """A callable gets what any encoder sees, and its parameters by name."""
    wanted = samples(5)
    assert wanted.images is not None
    result = embed_made(python("means", params={"scale": 2.0}), wanted, batch_size=2)
    images = np.stack([prepare(wanted.images[i], Transform(32)) for i in range(5)])
    np.testing.assert_allclose(result.array[:, :3], 2 * images.mean(axis=(2, 3)))
    assert result.array.dtype == np.float32
    assert (result.weights_sha256, result.device) == (None, "cpu")


def test_callable_sees_images_as_they_are() -> None:
    """With input = "images" nothing is prepared, and no size is needed."""
    wanted = samples(3, (40, 36))
    assert wanted.images is not None
    result = embed_made(python("sizes", input="images"), wanted, image_size=None)
    means = [np.asarray(wanted.images[i]).mean() for i in range(3)]
    expected = [[40, 36, mean] for mean in means]
    np.testing.assert_allclose(result.array, expected, rtol=1e-6)
    assert result.transform is None


def test_declared_size_of_unprepared_images_is_not_recorded() -> None:
    """A transform that is not applied is not said to be."""
    result = embed_made(python("sizes", input="images"), samples(2), image_size=32)
    assert result.transform is None


def test_tensors_are_taken() -> None:
    """A plain callable may return torch tensors, of any precision."""
    result = embed_made(python("tensors"), samples(2))
    plain = embed_made(python("means"), samples(2))
    assert result.array.dtype == np.float32
    np.testing.assert_allclose(result.array, plain.array[:, :3], rtol=1e-2)


def test_frozen_means_frozen() -> None:
    """A network learns nothing: no gradients, no statistics, no dropout."""
    before = weights_sha256(Normed())
    result = embed_made(python("Normed"), samples(5), batch_size=2)
    network = Normed.made[-1]
    assert network.seen == [(False, False)] * 3
    assert weights_sha256(network) == before == result.weights_sha256
    assert all(weight.grad is None for weight in network.parameters())


def test_network_equals_itself_in_eval_mode() -> None:
    """A torch.nn.Module is run like any network."""
    wanted = samples(4)
    assert wanted.images is not None
    result = embed_made(python("Normed"), wanted)
    images = np.stack([prepare(wanted.images[i], Transform(32)) for i in range(4)])
    with torch.inference_mode():
        expected = Normed().eval()(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(result.array, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("map", r"shape \(2, 3, 32, 32\) for 2 images"),
        ("few", r"shape \(1, 32\) for 2 images, not \(2, dim\)"),
        ("empty", r"shape \(2, 0\)"),
        ("text", "of the type <U1"),
        ("nothing", "of the type object"),
        ("changing", r"its vectors have \[1, 2\] numbers in turn"),
        ("fault", "it failed .KeyError: 'key'"),
    ],
)
def test_wrong_features_are_told(what: str, message: str) -> None:
    """What foreign code gives or raises is an error that names the target."""
    declared, wanted = python("returning", params={"what": what}), samples(4)
    with pytest.raises(ComputeError, match=message) as caught:
        embed_made(declared, wanted, batch_size=2)
    assert caught.value.where == f"{HERE}:returning"
    assert caught.value.hint


@pytest.mark.parametrize("what", ["nan", "huge"])
def test_features_that_are_not_finite_are_refused(what: str) -> None:
    """Foreign code cannot hand NaN on, nor what float32 cannot hold."""
    declared, wanted = python("returning", params={"what": what}), samples(3)
    with pytest.raises(ComputeError, match="not finite for 3 of 3") as caught:
        embed_made(declared, wanted)
    assert caught.value.where == "made"


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (python("absent"), "cannot be imported"),
        (python("means", params={"x": 1}), "TypeError: .*unexpected keyword"),
        (python("returning", params={"what": "?"}), "KeyError"),
        (python("not_callable"), "makes a int, which cannot be called"),
    ],
)
def test_wrong_target_is_told(declared: dict[str, Any], message: str) -> None:
    """A target that cannot be made is a fault of the declaration."""
    wanted = samples(2)
    with pytest.raises(ConfigError, match=message) as caught:
        embed_made(declared, wanted)
    assert caught.value.hint


def test_the_last_of_several_outputs_is_taken() -> None:
    """Where it is declared; otherwise a tuple is no row of features."""
    found = embed_made(python("local_and_global", output="last"), samples(3))
    plain = embed_made(python("means"), samples(3))
    np.testing.assert_array_equal(found.array, plain.array[:, :3])
    with pytest.raises(ComputeError):
        embed_made(python("local_and_global"), samples(3))


def test_one_output_has_no_last_one() -> None:
    """The declaration and the code have to agree."""
    with pytest.raises(ComputeError, match='"last" is declared, and it gave a ndarray'):
        embed_made(python("means", output="last"), samples(3))
