"""TorchScript archives are read as their weights; their program is never loaded."""

from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from zsc_wh.encoders.archive import is_archive, read_archive
from zsc_wh.encoders.saved import open_saved
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")


class Net(nn.Module):
    """Layers in layers, weights of two precisions, a number and shared memory."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False).half()
        self.norm = nn.BatchNorm2d(4)
        self.inner = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 2)))
        self.proj = nn.Parameter(torch.randn(2, 6).t())
        self.register_buffer("input_resolution", torch.tensor(224))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Use every part."""
        pooled = self.norm(self.conv(x.half()).float()).mean((2, 3))
        return torch.mm(self.inner(pooled), self.proj.t())


def save(network: nn.Module, path: Path) -> None:
    """Save a network as an archive of TorchScript."""
    image = torch.zeros(1, 3, 8, 8)
    trace: Any = torch.jit.trace
    traced = trace(network.eval(), image, check_trace=False)
    torch.jit.save(traced, str(path))


def test_the_tensors_are_those_of_torch(tmp_path: Path) -> None:
    """Names, types, shapes and values are those of its state dict."""
    network = Net()
    save(network, tmp_path / "net.pt")
    assert is_archive(tmp_path / "net.pt")
    found = open_saved(tmp_path / "net.pt")
    assert isinstance(found, dict)
    expected = network.state_dict()
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_a_file_of_torch_save_is_no_archive(tmp_path: Path) -> None:
    """Both are zip archives."""
    torch.save({"a": torch.zeros(1)}, tmp_path / "net.pt")
    assert not is_archive(tmp_path / "net.pt")


def edited(path: Path, before: bytes, after: bytes) -> Path:
    """Return a copy of an archive with other bytes in its tree of layers."""
    new = path.with_name("edited.pt")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w") as archive:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("/data.pkl"):
                assert before in content
                content = content.replace(before, after)
            archive.writestr(name, content)
    return new


def test_only_layers_and_tensors_are_rebuilt(tmp_path: Path) -> None:
    """Any other name ends reading before anything is called."""
    save(Net(), tmp_path / "net.pt")
    file = edited(tmp_path / "net.pt", b"collections\nOrderedDict", b"builtins\nprint")
    with pytest.raises(pickle.UnpicklingError, match=r"builtins\.print"):
        read_archive(file)
    with pytest.raises(DataError, match=r"objects of builtins\.print") as caught:
        open_saved(file)
    assert caught.value.where == str(file)


def test_a_tensor_larger_than_its_numbers_is_refused(tmp_path: Path) -> None:
    """A stride of 0 would make a few bytes fill the memory."""
    save(Net(), tmp_path / "net.pt")
    # the shape (4, 3, 3, 3) of the convolution and its strides
    before = b"(K\x04K\x03K\x03K\x03t(K\x1bK\tK\x03K\x01t"
    after = b"(K\xffK\xffK\xffK\xfft(K\x00K\x00K\x00K\x00t"
    with pytest.raises(DataError, match="TorchScript archive is cut off or damaged"):
        open_saved(edited(tmp_path / "net.pt", before, after))


def test_an_archive_that_is_cut_off_is_told(tmp_path: Path) -> None:
    """Without its directory it is no zip archive any more."""
    save(Net(), tmp_path / "net.pt")
    content = (tmp_path / "net.pt").read_bytes()
    (tmp_path / "net.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="cut off or damaged"):
        open_saved(tmp_path / "net.pt")
