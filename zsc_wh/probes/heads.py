"""Linear heads on fixed features, one for each learning rate, trained side by side.

The heads share every batch and one matrix product. Their losses are summed, each times
its learning rate: SGD with momentum and without weight decay is linear in the gradient,
so that is the same as giving each head a learning rate of its own.

torch is imported when heads are trained.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch
    from numpy.typing import NDArray

    from zsc_wh.probes.labels import IntArray

BATCH = 256
"""Samples of a step; learning rates are meant for it."""
MOMENTUM = 0.9
_INITIAL_SD = 0.01
JUDGED = 1024
"""Samples whose outputs are in memory at a time when heads are judged."""


@dataclass(frozen=True)
class Heads:
    """Some linear heads.

    Parameters
    ----------
    weight : tensor of float32, shape (d, n_heads * n_classes)
    bias : tensor of float32, shape (n_heads * n_classes,)
    n_heads : int
    """

    weight: torch.Tensor
    bias: torch.Tensor
    n_heads: int

    def outputs(self, X: torch.Tensor) -> torch.Tensor:
        """Return the outputs for features (b, d), as (b, n_heads, n_classes)."""
        return (X @ self.weight + self.bias).view(len(X), self.n_heads, -1)


@dataclass(frozen=True)
class Judged:
    """What heads say of some samples.

    Parameters
    ----------
    predicted : ndarray of int64, shape (n_heads, n)
        Class of the largest output.
    accuracy : ndarray of float64, shape (n_heads,)
        Share of the samples whose class is predicted.
    cross_entropy : ndarray of float64, shape (n_heads,)
        Mean over the samples, in nats; not finite where a head diverged.
    """

    predicted: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    cross_entropy: NDArray[np.float64]


def train_heads(
    X: NDArray[np.float32],
    y: IntArray,
    n_classes: int,
    rates: Sequence[float],
    *,
    epochs: int,
    seed: int,
    batch: int = BATCH,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Heads:
    """Train a head for each learning rate.

    Parameters
    ----------
    X : ndarray of float32, shape (n, d)
        Features.
    y : ndarray of int, shape (n,)
        Classes from 0 to `n_classes` - 1.
    n_classes : int
        Outputs of a head.
    rates : sequence of float
        Learning rates at the first step, for batches of 256: they are scaled by the
        batch over 256, and fall to 0 along half a cosine.
    epochs : int
        Passes over the samples.
    seed : int
        Of the first weights, normal with deviation 0.01, and of the order of the
        samples.
    batch : int
        Samples of a step. The last batch of an epoch is dropped when it is not full;
        fewer samples than a batch make one batch.
    progress : callable
        Called with the epochs done and in all.

    Notes
    -----
    Float32. Inside `fixed_arithmetic`, the same input gives the same bits.
    """
    import torch
    from torch.nn.functional import cross_entropy

    batch = min(batch, len(X))
    features, classes = torch.from_numpy(X), torch.from_numpy(y).long()
    generator = torch.Generator().manual_seed(seed)
    size = (X.shape[1], len(rates) * n_classes)
    weight = torch.normal(0.0, _INITIAL_SD, size, generator=generator)
    heads = Heads(
        weight.requires_grad_(), torch.zeros(size[1], requires_grad=True), len(rates)
    )
    scaled = torch.tensor(rates) * (batch / BATCH)
    optimiser = torch.optim.SGD([heads.weight, heads.bias], lr=1.0, momentum=MOMENTUM)
    steps = len(X) // batch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * steps)
    for epoch in range(epochs):
        order = torch.randperm(len(X), generator=generator)
        for start in range(0, steps * batch, batch):
            chosen = order[start : start + batch]
            losses = cross_entropy(
                heads.outputs(features[chosen]).flatten(0, 1),
                classes[chosen].repeat_interleave(len(rates)),
                reduction="none",
            )
            optimiser.zero_grad()
            torch.autograd.backward(losses.view(batch, -1).mean(dim=0) @ scaled)
            optimiser.step()
            schedule.step()
        progress(epoch + 1, epochs)
    return Heads(heads.weight.detach(), heads.bias.detach(), len(rates))


def judge(heads: Heads, X: NDArray[np.float32], y: IntArray) -> Judged:
    """Predict samples by every head and compare with their classes."""
    import torch
    from torch.nn.functional import cross_entropy

    predicted = np.empty((heads.n_heads, len(X)), dtype=np.int64)
    total = torch.zeros(heads.n_heads, dtype=torch.float64)
    features, classes = torch.from_numpy(X), torch.from_numpy(y).long()
    for start in range(0, len(X), JUDGED):
        block = slice(start, start + JUDGED)
        outputs = heads.outputs(features[block])
        predicted[:, block] = outputs.argmax(dim=2).T.numpy()
        losses = cross_entropy(
            outputs.double().flatten(0, 1),
            classes[block].repeat_interleave(heads.n_heads),
            reduction="none",
        )
        total += losses.view(-1, heads.n_heads).sum(dim=0)
    return Judged(predicted, (predicted == y).mean(axis=1), (total / len(X)).numpy())


@contextmanager
def fixed_arithmetic() -> Iterator[None]:
    """Let torch use one thread and no denormal numbers, until the context ends.

    With one thread no sum depends on how the work is shared out. The gradients of a
    head that is sure of itself are below 1e-38, where a processor is up to 180 times
    slower; they are as good as 0.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)  # as every process starts
        torch.set_num_threads(before)
