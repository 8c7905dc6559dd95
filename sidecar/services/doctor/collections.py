"""What is bound: is it there, may we do there what we have to, does it wait for a decision, who else sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from calendars.dav.inspection import Shown
from calendars.sync.guard import ACCEPTED, BINNED, GONE, WRONG, can_hold
from calendars.sync.ports import CollectionKind
from calendars.sync.replica import Bound
from sidecar.domain.bindings import Binding, Purpose
from sidecar.services.binding import kind_of
from sidecar.services.doctor.database import Facts, Tied
from sidecar.services.doctor.results import Result, Said, ok, problem, unknown, warning
from sidecar.services.doctor.visit import Visit

_TO_WRITE = ("write-content", "bind", "unbind")
"""To change, to add, to take away (RFC 3744 section 3; "write" and "all" hold all of them)."""


def name_of(binding: Binding, facts: Facts) -> str:
    """The collection as people know it."""
    centre = facts.centres.get(binding.centre_id)
    name = binding.display_name or binding.href
    return name if centre is None or centre.name in name else f"{name} – {centre.name}"


def collection(binding: Binding, about: str, seen: Visit) -> Iterator[Result]:
    """Whether it is there, and can hold what it is bound for."""
    if seen.shown is None:
        return
    shown = seen.shown.get(binding.href)
    if shown is None and seen.tied.guarded.get(binding.id) == BINNED:
        return  # ``guard`` says where it is, and what to do
    if shown is None:
        yield problem("collection", "gone", about)
    elif not can_hold(Bound(href=binding.href, kind=kind_of(binding.purposes), writes=binding.writes), shown.state):
        yield problem("collection", "wrong", about)
    else:
        yield ok("collection", about=about)


def rights(binding: Binding, about: str, seen: Visit) -> Iterator[Result]:
    """Whether the server lets this account do there what it is bound for."""
    shown = seen.shown.get(binding.href) if seen.shown is not None else None
    if shown is None:
        return
    held = shown.state.privileges
    if held is None:
        yield unknown("rights", "not_told", about)
        return
    missing = [right for right in _TO_WRITE if not held & {right, "write", "all"}]
    if not held & {"read", "all"}:
        yield problem("rights", "no_reading", about)
    elif not binding.writes:
        yield ok("rights", "reads_only", about)
    elif len(missing) == len(_TO_WRITE):
        yield problem("rights", "may_only_read", about)
    elif missing:
        yield problem("rights", "some_missing", about, what=[Said(f"doctor.right.{right}") for right in missing])
    elif seen.tied.space.schedules and shown.state.kind is CollectionKind.CALENDAR and not _own(shown, seen.tied):
        # The same as ``setting_up.unheard``, which lets no new one be written.
        yield problem("rights", "somebody_elses", about)
    else:
        yield ok("rights", about=about)


def guard(binding: Binding, about: str, seen: Visit) -> Iterator[Result]:
    """Whether passes hold back there until a person decides."""
    why = seen.tied.guarded.get(binding.id, "")
    back = why == BINNED and seen.shown is not None and binding.href in seen.shown
    if why in ("", ACCEPTED) or back or (seen.answered and why in (GONE, WRONG)):
        # What the look itself shows is said by ``collection``; where it is back, the next pass goes on.
        return
    yield problem("guard", "decide", about, why=Said(f"sync.guard.{why}"))


def entries(binding: Binding, about: str, seen: Visit) -> Iterator[Result]:
    """What the last pass could not do there."""
    run = seen.tied.run
    counts: dict[str, Any] = run.report.get("collections", {}).get(binding.href, {}) if run is not None else {}
    if not seen.answered or counts.get("guarded"):
        return
    if counts.get("error"):
        yield warning("entries", "failed", about, why=counts["error"])
    elif counts.get("refused"):
        yield warning("entries", "refused", about, count=counts["refused"])


def sharing(binding: Binding, about: str, seen: Visit) -> Iterator[Result]:
    """What a supervision calendar says is for those in it alone: it belongs to the service account and is shared with
    nobody."""
    shown = seen.shown.get(binding.href) if seen.shown is not None else None
    if Purpose.SUPERVISION not in binding.purposes or shown is None:
        return
    if not _own(shown, seen.tied):
        yield problem("sharing", "somebody_elses", about)
    elif shown.published:
        yield problem("sharing", "public", about)
    elif shown.shared_with:
        yield problem("sharing", "shared", about, count=shown.shared_with)
    elif shown.shared_with is None:
        yield unknown("sharing", "not_told", about)
    else:
        yield ok("sharing", about=about)


def _own(shown: Shown, tied: Tied) -> bool:
    principal = tied.account.principal if tied.account is not None else ""
    return shown.state.owner is None or shown.state.owner.rstrip("/") == principal.rstrip("/")


def purposes(facts: Facts) -> Iterator[Result]:
    """Purposes that exclude each other, collection by collection and over a centre's collections."""
    own = [b for b in facts.bindings if b.centre_id in facts.centres]
    found = [result for binding in own for result in _of_one(binding, name_of(binding, facts))]
    for centre in facts.centres.values():
        counts = Counter(p for b in own if b.centre_id == centre.id for p in b.purposes)
        found += [
            problem("purposes", "twice", purpose=Said(f"cli.collection.{purpose}"), centre=centre.name)
            for purpose, number in counts.items()
            if number > 1
        ]
    centres = Counter((b.space_id, b.href) for b in facts.bindings)
    found += [
        problem("purposes", "two_centres", name_of(binding, facts))
        for binding in own
        if centres[binding.space_id, binding.href] > 1
    ]
    yield from found or [ok("purposes")]


def _of_one(binding: Binding, about: str) -> Iterator[Result]:
    held = set(binding.purposes)
    if Purpose.CONTACTS in held and len(held) > 1:
        yield problem("purposes", "cards_and_events", about)
    elif Purpose.SUPERVISION in held and len(held) > 1:
        yield warning("purposes", "supervision_with_others", about)
