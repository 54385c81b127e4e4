"""Checkpoints of one's own: what training saves, with any head or none."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from tests.encoders.made import NOWHERE, embed_made, loader, samples
from zsc_wh.encoders import Transform
from zsc_wh.encoders.pretrained import build as build_timm
from zsc_wh.encoders.pretrained import own_transform as own_of_timm
from zsc_wh.encoders.vision import build as build_vision
from zsc_wh.encoders.vision import own_transform as own_of_vision
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.preprocessing import prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

State = dict[str, torch.Tensor]

NAMES = {"torchvision": "resnet18", "timm": "resnet10t"}


def network(kind: str, name: str, classes: int = 1000) -> nn.Module:
    """Return an architecture with random weights and statistics, and a head."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        made: nn.Module = (
            models.get_model(name, num_classes=classes)
            if kind == "torchvision"
            else timm.create_model(name, num_classes=classes)
        )
        for each in made.buffers():
            if each.is_floating_point():
                each.copy_(torch.rand(each.shape) + 0.5)
    return made.eval()


def expected(made: Any, kind: str, head: str) -> np.ndarray[Any, Any]:
    """Return the features of the made samples, straight from torch."""
    wanted = samples(3)
    assert wanted.images is not None
    images = np.stack([prepare(wanted.images[i], Transform(32)) for i in range(3)])
    if kind == "timm":
        made.reset_classifier(0)
    else:
        setattr(made, head, nn.Identity())
    with torch.inference_mode():
        return made(torch.from_numpy(images)).numpy()  # type: ignore[no-any-return]


def _plain(state: State) -> object:
    return state


def _no_head(state: State) -> object:
    return {name: each for name, each in state.items() if not name.startswith("fc.")}


def _projector(state: State) -> object:
    head = {"fc.0.weight": torch.zeros(8, 512), "fc.2.weight": torch.zeros(8, 8)}
    return {**dict(_no_head(state)), **head}  # type: ignore[call-overload]


def _distributed(state: State) -> object:
    return {f"module.{name}": each for name, each in state.items()}


def _compiled(state: State) -> object:
    return {f"module._orig_mod.{name}": each for name, each in state.items()}


def _training(state: State) -> object:
    return {
        "epoch": 7,
        "args": argparse.Namespace(lr=0.1),
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
        "model": _distributed(state),
    }


SAVED: dict[str, Callable[[State], object]] = {
    "plain": _plain,
    "no head": _no_head,
    "projector": _projector,
    "distributed": _distributed,
    "compiled": _compiled,
    "training": _training,
}


@pytest.mark.parametrize("classes", [100, 1000])
@pytest.mark.parametrize("saved", SAVED)
@pytest.mark.parametrize("kind", NAMES)
def test_what_training_saves_is_loaded(
    kind: str, saved: str, classes: int, tmp_path: Path
) -> None:
    """Features are those of the network that was saved, whatever head it had."""
    made = network(kind, NAMES[kind], classes)
    torch.save(SAVED[saved](made.state_dict()), tmp_path / "own.pth")
    declared = loader(kind, name=NAMES[kind], path="own.pth")
    found = embed_made(declared, samples(3), base=tmp_path)
    np.testing.assert_allclose(
        found.array, expected(made, kind, "fc"), rtol=1e-4, atol=1e-6
    )


def test_an_architecture_without_released_weights_is_loaded(tmp_path: Path) -> None:
    """The name need not be one of which timm has weights."""
    name = next(
        each
        for each in timm.list_models("resnet*")
        if not timm.is_model_pretrained(each) and "resnet101" not in each
    )
    made = network("timm", name, 5)
    save_file(made.state_dict(), tmp_path / "own.safetensors")
    declared = loader("timm", name=name, path="own.safetensors")
    found = embed_made(declared, samples(3), base=tmp_path)
    np.testing.assert_allclose(
        found.array, expected(made, "timm", "fc"), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("kind", NAMES)
def test_an_entry_and_a_prefix_can_be_declared(kind: str, tmp_path: Path) -> None:
    """Of several dictionaries one counts, and of its names those with a prefix."""
    made = network(kind, NAMES[kind], 10)
    inner = {f"backbone.{name}": each for name, each in made.state_dict().items()}
    content = {
        "student": {"x": torch.zeros(1)},
        "teacher": {"weights": inner | {"projector.weight": torch.zeros(1)}},
    }
    torch.save(content, tmp_path / "own.pth")
    declared = loader(
        kind,
        name=NAMES[kind],
        path="own.pth",
        entry="teacher.weights",
        strip="backbone.",
    )
    found = embed_made(declared, samples(3), base=tmp_path)
    np.testing.assert_allclose(
        found.array, expected(made, kind, "fc"), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("kind", NAMES)
def test_a_vit_of_either_library_is_loaded(kind: str, tmp_path: Path) -> None:
    """Its head is called otherwise, and its names may be those of older versions."""
    name, head = {
        "torchvision": ("vit_b_16", "heads"),
        "timm": ("vit_tiny_patch16_224", "head"),
    }[kind]
    size: dict[str, Any] = (
        {"image_size": 32} if kind == "torchvision" else {"img_size": 32}
    )
    made: Any = (
        models.vit_b_16(num_classes=7, **size)
        if kind == "torchvision"
        else timm.create_model(name, num_classes=7, **size)
    ).eval()
    state = {
        key.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): each
        for key, each in made.state_dict().items()
    }
    torch.save(state, tmp_path / "own.pth")
    declared = loader(kind, name=name, path="own.pth")
    found = embed_made(declared, samples(3), base=tmp_path)
    np.testing.assert_allclose(
        found.array, expected(made, kind, head), rtol=1e-3, atol=1e-5
    )


def test_position_embeddings_are_resampled(tmp_path: Path) -> None:
    """A ViT of timm that was trained at another size is taken, as timm takes it."""
    name = "vit_tiny_patch16_224"
    made = timm.create_model(name, num_classes=7, img_size=64)
    torch.save(made.state_dict(), tmp_path / "own.pth")
    ours: Any = build_timm(
        loader("timm", name=name, path="own.pth"), 32, tmp_path, offline=True
    )
    assert ours.pos_embed.shape == (1, 5, 192)
    name = "blocks.0.attn.qkv.weight"
    assert torch.equal(ours.state_dict()[name], made.state_dict()[name])


def test_a_kept_head_has_the_outputs_of_the_file(tmp_path: Path) -> None:
    """With head = true the features are those of the last layer."""
    made = network("timm", "resnet10t", 12)
    torch.save(made.state_dict(), tmp_path / "own.pth")
    declared = loader("timm", name="resnet10t", path="own.pth", head=True)
    assert embed_made(declared, samples(2), base=tmp_path).array.shape == (2, 12)


@pytest.mark.filterwarnings("ignore:The default weight init:FutureWarning")
@pytest.mark.parametrize("saved", [_plain, _distributed, _training])
@pytest.mark.parametrize(
    ("name", "side"), [("googlenet", 64), ("inception_v3", 96), ("mnasnet0_5", 32)]
)
def test_every_head_is_ignored_and_every_version_kept(
    name: str, side: int, saved: Callable[[Any], Any], tmp_path: Path
) -> None:
    """Some networks have heads on inner layers, one asks for the version of weights."""
    with torch.random.fork_rng(devices=[]):
        made: Any = models.get_model(name, num_classes=5, **_quick(name)).eval()
    state = made.state_dict()
    content = saved(state)
    if saved is not _plain:
        wrapped = nn.DataParallel(made).state_dict()
        content = {**content, "model": wrapped} if "model" in content else wrapped
    torch.save(content, tmp_path / "own.pth")
    declared = loader("torchvision", name=name, path="own.pth")
    ours = build_vision(declared, side, tmp_path, offline=True)
    made.fc = made.classifier = nn.Identity()
    image = torch.rand(1, 3, side, side)
    with torch.inference_mode():
        expected = made(image)
        assert torch.equal(ours(image), expected.reshape(1, -1))


def _quick(name: str) -> dict[str, bool]:
    """Return what spares a network an initialisation that takes seconds."""
    return {} if name == "mnasnet0_5" else {"init_weights": False}


@pytest.mark.parametrize(("head", "dim"), [(False, 512), (True, 12)])
def test_the_classes_can_be_declared(head: bool, dim: int, tmp_path: Path) -> None:
    """As an option of timm; without the head they do not matter."""
    made = network("timm", "resnet10t", 12)
    torch.save(made.state_dict(), tmp_path / "own.pth")
    declared = loader(
        "timm",
        name="resnet10t",
        path="own.pth",
        head=head,
        options={"num_classes": 12},
    )
    assert embed_made(declared, samples(2), base=tmp_path).array.shape == (2, dim)


def test_other_classes_than_declared_are_told(tmp_path: Path) -> None:
    """Where the head is kept."""
    torch.save(network("timm", "resnet10t", 12).state_dict(), tmp_path / "own.pth")
    declared = loader(
        "timm",
        name="resnet10t",
        path="own.pth",
        head=True,
        options={"num_classes": 100},
    )
    with pytest.raises(DataError, match=r"fc\.weight is 12 x 512 and should be 100 x"):
        build_timm(declared, 32, tmp_path, offline=True)


@pytest.mark.parametrize(
    ("kind", "name"), [("torchvision", "resnet18"), ("timm", "resnet50_mlp")]
)
def test_own_weights_bring_no_preprocessing(kind: str, name: str) -> None:
    """Of a file nobody knows how its images were prepared."""
    own = own_of_timm if kind == "timm" else own_of_vision
    with pytest.raises(ConfigError, match="known of weights of your own") as caught:
        own(loader(kind, name=name, path="own.pth"), NOWHERE, None)
    assert "image_size" in caught.value.hint


class _Code:
    """What a hostile file would have run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("code was run",))


def _without(state: State, *names: str) -> State:
    return {name: each for name, each in state.items() if name not in names}


FAULTY: dict[str, tuple[Any, str]] = {
    "a layer less": (
        lambda s: _without(s, "layer1.0.conv1.weight", "bn1.bias"),
        "2 weights are not in the file: bn1.bias, layer1.0.conv1.weight",
    ),
    "more": (
        lambda s: {**s, "neck.w": torch.zeros(1)},
        "1 in the file are unknown: neck.w",
    ),
    "another shape": (
        lambda s: {**s, "bn1.bias": torch.zeros(3)},
        "bn1.bias is 3 and should be 64",
    ),
    "another network": (
        lambda _: {f"b\x1b[31m{i}": torch.zeros(1) for i in range(9)},
        r"9 in the file are unknown: b\?\[31m0, .* and 5 more",
    ),
    "a prefix": (
        lambda s: {f"net.{k}": v for k, v in s.items()},
        'with strip = "net." more names would fit. Declare `strip`',
    ),
    "a prefix of two parts": (
        lambda s: {f"net.q.{k}": v for k, v in s.items()} | {"p.w": torch.zeros(1)},
        'with strip = "net.q." more',
    ),
    "code": (lambda s: {**s, "x": _Code()}, r"objects of \w+.print, .* none is run"),
    "a list": (lambda _: [1], "holds a list, not weights by name"),
    "numbers": (lambda s: dict(enumerate(s.values())), "no weights by name"),
    "nothing": (lambda _: {"epoch": 3}, "It holds epoch"),
    "two": (
        lambda s: {"student": s, "teacher": s},
        'several dictionaries of weights: student, teacher. .*entry = "student"',
    ),
}


def _as(form: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what gives a tensor another form."""
    forms: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "int8": lambda w: w.to(torch.int8),
        "int32": lambda w: w.to(torch.int32),
        "complex64": lambda w: w.to(torch.complex64),
        "sparse": torch.Tensor.to_sparse,
        "quantised": lambda w: torch.quantize_per_tensor(w, 0.1, 0, torch.qint8),
    }
    return forms[form]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("form", ["int8", "int32", "complex64", "sparse", "quantised"])
@pytest.mark.parametrize("kind", NAMES)
def test_weights_of_another_form_are_refused(
    kind: str, form: str, tmp_path: Path
) -> None:
    """Torch would copy codes of a compressed network as if they were its weights."""
    state = network(kind, NAMES[kind]).state_dict()
    name = next(name for name, each in state.items() if each.ndim == 4)
    torch.save({**state, name: _as(form)(state[name])}, tmp_path / "own.pth")
    declared = loader(kind, name=NAMES[kind], path="own.pth")
    build = build_timm if kind == "timm" else build_vision
    with pytest.raises(DataError, match=f"{name} is {form}. Save"):
        build(declared, 32, tmp_path, offline=True)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_precision_are_loaded(
    dtype: torch.dtype, tmp_path: Path
) -> None:
    """They are converted to float32."""
    state = network("torchvision", "resnet18").state_dict()
    saved = {k: v.to(dtype) if v.ndim == 4 else v for k, v in state.items()}
    torch.save(saved, tmp_path / "own.pth")
    declared = loader("torchvision", name="resnet18", path="own.pth")
    ours = build_vision(declared, 32, tmp_path, offline=True).state_dict()
    assert ours["conv1.weight"].dtype == torch.float32
    assert torch.equal(ours["conv1.weight"], saved["conv1.weight"].float())


@pytest.mark.parametrize("kind", NAMES)
def test_a_few_tensors_may_lie_beside_the_weights(kind: str, tmp_path: Path) -> None:
    """Training saves an accuracy or a loss as a tensor, too."""
    made = network(kind, NAMES[kind], 10)
    content = {"model": made.state_dict(), "best_acc": torch.tensor(0.5)}
    torch.save(content, tmp_path / "own.pth")
    declared = loader(kind, name=NAMES[kind], path="own.pth")
    found = embed_made(declared, samples(3), base=tmp_path)
    np.testing.assert_allclose(
        found.array, expected(made, kind, "fc"), rtol=1e-4, atol=1e-6
    )


def test_old_names_with_another_shape_are_told(tmp_path: Path) -> None:
    """A network renames weights as it loads them, and then they may not fit."""
    state = models.vit_b_16(image_size=32).state_dict()
    saved = {
        key.replace("mlp.0.", "mlp.linear_1."): each
        for key, each in state.items()
        if "mlp.0." not in key
    }
    saved["encoder.layers.encoder_layer_0.mlp.linear_1.weight"] = torch.zeros(2, 2)
    torch.save(saved, tmp_path / "own.pth")
    declared = loader("torchvision", name="vit_b_16", path="own.pth")
    with pytest.raises(DataError, match="names of an older version have another"):
        build_vision(declared, 32, tmp_path, offline=True)


@pytest.mark.parametrize("fault", FAULTY)
def test_what_does_not_fit_is_listed(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the file holds, what was expected, what to declare; and no code is run."""
    make, message = FAULTY[fault]
    file = tmp_path / "own.pth"
    torch.save(make(network("torchvision", "resnet18").state_dict()), file)
    declared = loader("torchvision", name="resnet18", path="own.pth")
    with pytest.raises(DataError, match=message) as caught:
        build_vision(declared, 32, tmp_path, offline=True)
    assert caught.value.where == str(file)
    assert caught.value.hint
    assert "weights_only" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"entry": "modle"}, "no dictionary 'modle'; did you mean 'model'"),
        ({"entry": "model.inner"}, r"no dictionary 'model.inner'"),
        ({"strip": "net."}, "no name in the file begins with strip = 'net.'"),
    ],
)
def test_a_wrong_entry_or_prefix_is_told(
    kind: str, given: dict[str, str], message: str, tmp_path: Path
) -> None:
    """With what there is."""
    state = network(kind, NAMES[kind]).state_dict()
    torch.save({"model": state, "epoch": 1}, tmp_path / "own.pth")
    declared = loader(kind, name=NAMES[kind], path="own.pth", **given)
    build = build_timm if kind == "timm" else build_vision
    with pytest.raises(DataError, match=message):
        build(declared, 32, tmp_path, offline=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resnet10", "no network 'resnet10'; did you mean 'resnet1"),
        ("resnet10t.c3_in1", r"did you mean 'resnet10t.c3_in1k'.*Leave the tag out"),
    ],
)
def test_an_unknown_network_is_told(name: str, message: str, tmp_path: Path) -> None:
    """With the nearest one."""
    declared = loader("timm", name=name, path="own.pth")
    with pytest.raises(ConfigError, match=message):
        build_timm(declared, 32, tmp_path, offline=True)


def test_the_names_of_wrong_weights_are_few(tmp_path: Path) -> None:
    """A message stays short, whatever the file."""
    state = {f"{'x' * 50}{i}": torch.zeros(1) for i in range(4999)}
    state = {"y" * 10**6: torch.zeros(1), **state}
    torch.save(state, tmp_path / "own.pth")
    declared = loader("timm", name="resnet10t", path="own.pth")
    with pytest.raises(DataError) as caught:
        build_timm(declared, 32, tmp_path, offline=True)
    assert len(str(caught.value)) < 1500
    assert re.search(r"and 4996 more", str(caught.value))
