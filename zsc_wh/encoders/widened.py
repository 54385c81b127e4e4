"""ResNets with every layer widened, of which SwAV and VICReg published weights.

torchvision's ``wide_resnet`` widens the inner layers alone, timm has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from torch import nn

LAYERS: Mapping[str, tuple[int, int, int, int]] = {
    "resnet50": (3, 4, 6, 3),
    "resnet200": (3, 24, 36, 3),
}
"""Blocks of the four stages, by name."""


def create(name: str, widen: float = 1) -> nn.Module:
    """Return an untrained ResNet without a head.

    Parameters
    ----------
    name : str
        One of `LAYERS`.
    widen : float
        Factor of the channels of every layer; 1 is torchvision's width, 64 in the stem.

    Notes
    -----
    Weights are named as torchvision names them. SwAV and VICReg pad an image by 1 in
    front of a convolution that pads by 2, which comes to torchvision's padding of 3.
    """
    from torch import nn
    from torchvision.models.resnet import Bottleneck, ResNet

    stem = int(64 * widen)

    class Widened(ResNet):  # type: ignore[misc]
        def _make_layer(
            self, block: Any, planes: int, *more: Any, **named: Any
        ) -> nn.Module:
            if planes == 64:  # the first stage, which follows the stem
                self.inplanes = stem
            layer: nn.Module = super()._make_layer(
                block, int(planes * widen), *more, **named
            )
            return layer

    network: nn.Module = Widened(Bottleneck, list(LAYERS[name]))
    network.conv1 = nn.Conv2d(3, stem, 7, stride=2, padding=3, bias=False)
    network.bn1 = nn.BatchNorm2d(stem)
    network.fc = nn.Identity()
    return network
