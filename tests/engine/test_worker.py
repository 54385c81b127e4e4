"""What a task raises becomes an outcome; the reason goes into the warehouse."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from zsc_wh.engine.worker import PROGRESS_EVERY_S, Progress, execute
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.records import Outcome

TEXT = "\x1b]0;title\x07" + "x" * 10**6


@dataclass(frozen=True)
class Failing:
    """Fails as a library does."""

    reads_files: ClassVar[bool] = False

    error: Exception

    def run(self, _store: Store, _progress: Callable[[int, int], None]) -> Outcome:
        """Raise it."""
        raise self.error


@pytest.mark.parametrize(
    "error",
    [RuntimeError(TEXT), OSError(TEXT), KeyError(TEXT), RuntimeError("out of memory")],
    ids=["runtime", "system", "key", "memory"],
)
def test_text_of_a_library_is_made_plain(error: Exception, tmp_path: Path) -> None:
    """The class is kept; escape codes and endless lines are not."""
    reason = execute(Failing(error), Store(tmp_path), lambda *_: None).reason
    assert reason is not None
    assert reason.startswith(f"{type(error).__name__}: ")
    assert "\x1b" not in reason
    assert len(reason) < 400


def test_progress_is_sent_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a task reports, and the newest of what it said."""
    sent: list[Any] = []
    now = 100.0

    class Pipe:
        send = staticmethod(sent.append)

    pipe: Any = Pipe()
    monkeypatch.setattr("zsc_wh.engine.worker.time.monotonic", lambda: now)
    progress = Progress(pipe)
    for done in range(1000):
        progress(done, 1000)
        now += PROGRESS_EVERY_S / 100
    assert len(sent) == 10
    assert sent[0] == ("progress", (0, 1000))
    assert all(100 <= b[1][0] - a[1][0] <= 102 for a, b in itertools.pairwise(sent))
