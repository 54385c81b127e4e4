"""A plan that only reads stored arrays that are what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.engine.plan import Plan
    from zsc_wh.store import Store


def sound_plan(
    make: Callable[[], Plan], store: Store, say: Callable[[str], None]
) -> Plan:
    """Plan, set damaged arrays aside and plan again until all that is read is sound.

    Parameters
    ----------
    make : callable
        Plans by what the store holds.
    store : Store
        The arrays.
    say : callable
        Told of each array that is set aside or was exchanged.
    """
    while True:
        plan = make()
        faults, again = _faults(plan, store)
        for key in sorted(store.damaged):
            store.quarantine(key)
            say(
                f"the note of stored array {store.uri(key)} is damaged: set aside, "
                "computed again"
            )
        if not faults:
            for key in again:
                say(
                    f"stored array {store.uri(key)} was made again and differs from "
                    "the one that earlier results were computed of"
                )
            return plan
        for key, fault in faults.items():
            store.quarantine(key)
            say(f"stored array {store.uri(key)} {fault}: set aside, computed again")


def _faults(plan: Plan, store: Store) -> tuple[dict[str, str], list[str]]:
    """Return what is wrong with stored arrays, by key, and which were made again."""
    faults, again = {}, []
    for key in sorted(plan.cached):
        if (stored := store.note(key)) is None:
            continue
        recorded = plan.recorded.arrays.get(key)
        if not store.is_sound(stored):
            faults[key] = "is damaged"
        elif recorded is not None and recorded.is_exchanged(stored):
            faults[key] = "is not the one that the warehouse recorded"
        elif recorded is not None and recorded.is_made_again(stored):
            again.append(key)
    return faults, again
