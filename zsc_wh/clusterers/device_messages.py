"""The messages of affinity propagation on a device, by torch.

The operations on each number are those of `zsc_wh.clusterers.messages`; sums over a
column are rounded in another order, so messages agree to the last digits. Exemplars are
the same unless these digits decide, as among equal distances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TILE = 1 << 24
"""Messages updated at a time: 128 MiB of float64."""


class DeviceMessages:
    """Availabilities and responsibilities on a device.

    Parameters
    ----------
    similarities : ndarray of shape (n, n)
        With the preferences on the diagonal; not changed.
    precision : {"float64", "float32"}
        Type of the messages.
    damping : float
        Share of the old messages kept in each step.
    device : str
        As torch calls it, such as ``cuda:0``; ``cpu`` too.
    """

    def __init__(
        self,
        similarities: NDArray[Any],
        precision: str,
        damping: float,
        device: str,
    ) -> None:
        import torch

        n, kind = len(similarities), getattr(torch, precision)
        self._similarities = torch.from_numpy(similarities).to(device)
        self._availabilities = torch.zeros((n, n), dtype=kind, device=device)
        self._responsibilities = torch.zeros_like(self._availabilities)
        self._totals = torch.zeros(n, dtype=kind, device=device)
        self._damping, self._new = damping, 1 - damping

    def step(self, chosen: NDArray[np.bool_]) -> None:
        """Go from the availabilities before to those of the next responsibilities.

        `chosen` receives which samples are exemplars by the messages between.
        """
        import torch

        n = len(self._totals)
        totals = torch.zeros_like(self._totals)
        size = max(1, _TILE // n)
        for start in range(0, n, size):
            rows = slice(start, min(start + size, n))
            s, a = self._similarities[rows], self._availabilities[rows]
            r = self._responsibilities[rows]
            own = a.diagonal(start) * self._damping
            own -= (r.diagonal(start) - self._totals[rows]) * self._new
            chosen[rows] = (own + r.diagonal(start) > 0).cpu().numpy()
            excess = r.clamp(min=0).sub_(self._totals).clamp_(min=0)
            a.mul_(self._damping).sub_(excess.mul_(self._new))
            a.diagonal(start).copy_(own)

            both = (a + s).to(a.dtype)
            largest, best = both.max(dim=1, keepdim=True)
            both.scatter_(1, best, -torch.inf)
            second = both.max(dim=1, keepdim=True).values
            ahead = (s - largest).to(a.dtype)
            ahead.scatter_(1, best, (s.gather(1, best) - second).to(a.dtype))
            r.mul_(self._damping).add_(ahead.mul_(self._new))

            totals += r.clamp(min=0).sum(0)
            totals[rows] += r.diagonal(start).clamp(max=0)
        self._totals = totals
