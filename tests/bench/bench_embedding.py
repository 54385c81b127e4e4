"""Claim: three small encoders in one pass cost half of three loops.

Run with ``pytest -m bench -s tests/bench/bench_embedding.py``. The images of CIFAR-10,
as an image folder, are looked for at ``$ZSCWH_DATA/cifar10/test``. The loops are what
one would write with torchvision and torch: for each encoder open, resize, crop,
normalise, embed. Ours also compares each image with its digest and stores the arrays.
Beside both stands what the networks alone take on tensors that are ready: no way of
loading can be faster.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bench.machine import describe, spread
from zsc_wh import datasets, encoders
from zsc_wh.declare import read_catalog
from zsc_wh.engine.worker import QUIET
from zsc_wh.preprocessing import prepare
from zsc_wh.store import Store
from zsc_wh.work.embed_task import EmbedTask, EmbedTogether

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import torch
    from numpy.typing import NDArray
    from torch import nn

IMAGES = "ZSCWH_DATA"
ROUNDS = 3
SIDES = {32: 3000, 224: 256}
"""Side of the images that the encoders see, and how many images: the first as they are,
the second as most encoders want them. The smaller the input, the more of the time goes
into loading, which one pass saves; the larger, the more into the networks."""
NAMES = ("test_vit", "test_resnet", "lcnet_035")
DECLARED = """
[dataset.images]
loader = {{ kind = "folder", path = "${{ZSCWH_DATA}}/cifar10/test" }}
subset = {{ n = {n}, seed = 0 }}
"""
ENCODER = """
[encoder.{name}]
loader = {{ kind = "random", name = "{name}", options = {options} }}
image_size = {side}
"""
THREADS = len(os.sched_getaffinity(0))

os.environ |= QUIET  # as a worker has it, for both sides, before torch is imported


@pytest.mark.bench
@pytest.mark.parametrize("side", SIDES)
def test_three_encoders_in_one_pass(side: int, tmp_path: Path) -> None:
    """Print wall and CPU time of each way, in turn, the ratios and the difference."""
    if not (Path(os.environ.get(IMAGES, "")) / "cifar10" / "test").is_dir():
        pytest.skip(f"no images of CIFAR-10 at ${IMAGES}/cifar10/test")
    tasks = planned(side, SIDES[side], tmp_path)
    networks = [built(task) for task in tasks]
    prepared = ready(tasks[0])
    sides: dict[str, Callable[[], list[NDArray[np.float32]]]] = {
        "one pass": lambda: one_pass(tasks, tmp_path),
        "three loops": lambda: [loop(tasks[0], each) for each in networks],
        "ready tensors": lambda: [forward(prepared, each) for each in networks],
    }
    wall: dict[str, list[float]] = {name: [] for name in sides}
    cpu: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, list[NDArray[np.float32]]] = {}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start, started = time.perf_counter(), cpu_s()
            found[name] = run()
            wall[name].append(time.perf_counter() - start)
            cpu[name].append(cpu_s() - started)
    n = SIDES[side]
    sys.stdout.write(
        f"\n{', '.join(NAMES)} on {n} images of CIFAR-10 at {side} pixels, {THREADS} "
        f"threads; {describe()}\n"
    )
    for name in sides:
        rates = spread([3 * n / seconds for seconds in wall[name]])
        sys.stdout.write(
            f"{name}: {spread(wall[name])} s, {spread(cpu[name])} CPU s, {rates} "
            "embedded images a second\n"
        )
    ours = "one pass"
    for other in ("three loops", "ready tensors"):
        for kind, times in (("wall", wall), ("CPU", cpu)):
            ratios = [b / a for a, b in zip(times[ours], times[other], strict=True)]
            sys.stdout.write(f"{other} / {ours}, {kind}: {spread(ratios)}\n")
    for other in ("three loops", "ready tensors"):
        largest = max(
            float(np.abs(a - b).max())
            for a, b in zip(found[ours], found[other], strict=True)
        )
        sys.stdout.write(f"largest difference from {other}: {largest:.1e}\n")


def cpu_s() -> float:
    """Return the CPU time of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def planned(side: int, n: int, folder: Path) -> tuple[EmbedTask, ...]:
    """Plan the embeddings."""
    text = DECLARED.format(n=n)
    for name in NAMES:
        options = "{ dynamic_img_size = true }" if "vit" in name else "{}"
        text += ENCODER.format(name=name, side=side, options=options)
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    catalog = read_catalog([folder / "mine.toml"])
    dataset = catalog.datasets["images"]
    listing = datasets.list_samples(dataset.loader, folder, dataset.subset)
    return tuple(
        EmbedTask(
            key=f"{i}" * 64,
            encoder_key="e" * 64,
            features_sha256=None,
            encoder=catalog.encoders[name],
            dataset=dataset,
            listing=listing,
            transform=catalog.encoders[name].transform,
            device="cpu",
            threads=THREADS,
            offline=True,
            weights=None,
            weights_sha256=None,
            missing=(),
            unreadable=None,
        )
        for i, name in enumerate(NAMES)
    )


def one_pass(tasks: tuple[EmbedTask, ...], folder: Path) -> list[NDArray[np.float32]]:
    """Embed as a worker does, building and storing included."""
    store = Store(folder / "store")
    for part in EmbedTogether(tasks).run_all(store, lambda _done, _total: None):
        part.finish()
    return [np.array(store.load(task.key)) for task in tasks]


def built(task: EmbedTask) -> nn.Module:
    """Build the network of a task."""
    from zsc_wh.encoders.untrained import build

    return build(task.encoder.loader, task.encoder.image_size or 32)


def loop(task: EmbedTask, network: nn.Module) -> NDArray[np.float32]:
    """Embed by one encoder as a script would."""
    import torch
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms

    side = task.encoder.image_size or 32
    transform = transforms.Compose(
        [
            transforms.Resize(side, antialias=True),
            transforms.CenterCrop(side),
            transforms.ToTensor(),
            transforms.Normalize(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        ]
    )
    folder = Path(os.environ[IMAGES]) / "cifar10" / "test"

    class Files(Dataset[torch.Tensor]):
        def __len__(self) -> int:
            return len(task.listing)

        def __getitem__(self, index: int) -> torch.Tensor:
            with Image.open(folder / task.listing.sample_ids[index]) as image:
                prepared: torch.Tensor = transform(image.convert("RGB"))
            return prepared

    loader = DataLoader(Files(), encoders.BATCH_SIZE, num_workers=THREADS)
    return _run(loader, network)


def forward(prepared: torch.Tensor, network: nn.Module) -> NDArray[np.float32]:
    """Embed what is in memory."""
    size = encoders.BATCH_SIZE
    batches = [prepared[i : i + size] for i in range(0, len(prepared), size)]
    return _run(batches, network)


def _run(batches: Iterable[torch.Tensor], network: nn.Module) -> NDArray[np.float32]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        with torch.inference_mode():
            rows = torch.cat([network(batch) for batch in batches])
        return rows.numpy()
    finally:
        torch.set_num_threads(before)


def ready(task: EmbedTask) -> torch.Tensor:
    """Return all images prepared."""
    import torch

    dataset, transform = task.dataset, task.transform
    assert transform is not None
    images = datasets.open_images(dataset.loader, dataset.source.parent, task.listing)
    assert images is not None
    prepared = [prepare(images[i], transform) for i in range(len(images))]
    return torch.from_numpy(np.stack(prepared))
