"""Texts that cannot be read, are hidden from us, or whose rhythm cannot be counted: told once, and no more once they can.

What was agreed before is kept with what is told, so that nothing done meanwhile on either side is lost afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calendars.errors import UnreadableText
from calendars.icalendar import is_masked, read
from calendars.sync.replica import Change
from sidecar.domain.bindings import Binding, Conflict, Link, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.services.sync.claims import is_anothers, named_initiative
from sidecar.services.sync.desk import UNREAD, Desk


def initiative_of(desk: Desk, binding: Binding, text: str) -> Initiative | None:
    """The initiative that an event of nobody else's names; None where it is masked or cannot be read at all."""
    try:
        found = read(text)
    except UnreadableText:
        return None
    facts = found.master
    own = desk.space.organizer, desk.space.username
    if facts is None or found.method or is_masked(text) or is_anothers(facts, own):
        return None
    return named_initiative(facts, desk.initiatives, binding.centre_id)


def tell_not_counted(desk: Desk, binding: Binding, href: str, text: str, why: str) -> bool:
    """Tell of a text that nobody knew, if it names an initiative: its dates will be in no rota. Whether it is told anew."""
    initiative = initiative_of(desk, binding, text)
    if initiative is None:
        return False
    return _tell(desk, binding, "", href, base=None, ours=None, theirs=f"{initiative.name}: {why}", why="not_counted")


def tell_unreadable(desk: Desk, binding: Binding, link: Link, change: Change, why: str) -> bool:
    """Tell of a text that showed an appointment of ours and cannot be read any more. Whether it is told anew."""
    assert change.theirs is not None
    said = {"ours": why, "theirs": change.theirs.text, "why": "unreadable"}
    return _tell(desk, binding, SubjectKind.APPOINTMENT, link.subject_id, base=change.base, **said)


def tell_masked(desk: Desk, binding: Binding, link: Link, base: str | None) -> bool:
    """Tell of an event of ours that the server hides from us now. Whether it is told anew."""
    return _tell(desk, binding, SubjectKind.APPOINTMENT, link.subject_id, base=base, ours=None, theirs=None, why="masked")


def agreed_before(desk: Desk, links: Sequence[Link]) -> str | None:
    """The text on which both sides agreed before the one at hand could not be read any more."""
    told = (c for link in links for c in desk.uow.conflicts.all(subject_id=link.subject_id, field=UNREAD))
    return next((str(c.base) for c in told if c.base is not None), None)


def readable(desk: Desk, href: str, links: Sequence[Link] = ()) -> None:
    """What was told of the text at that href is over."""
    subjects = {(link.subject_kind, link.subject_id) for link in links} | {("", href)}
    if subjects.isdisjoint(desk.unread):
        return
    for conflict in desk.uow.conflicts.all(field=UNREAD):
        if (conflict.subject_kind, conflict.subject_id) not in subjects:
            continue
        if not conflict.chosen:
            desk.uow.conflicts.remove(conflict.id)
        elif conflict.base is not None:
            desk.uow.conflicts.save(replace(conflict, base=None))


def _tell(
    desk: Desk,
    binding: Binding,
    kind: str,
    subject_id: str,
    *,
    base: str | None,
    ours: str | None,
    theirs: str | None,
    why: str,
) -> bool:
    """Once for one text, however often it is read; what was agreed before it is kept. Whether it is told anew."""
    standing = [c for c in desk.uow.conflicts.all(subject_id=subject_id, field=UNREAD) if c.subject_kind == kind]
    if any((c.why, c.theirs) == (why, theirs) for c in standing):
        return False
    desk.unread.add((kind, subject_id))
    base = base if base is not None else next((str(c.base) for c in standing if c.base is not None), None)
    for conflict in standing:
        if not conflict.chosen:
            desk.uow.conflicts.remove(conflict.id)
    desk.uow.conflicts.add(
        Conflict(
            id=desk.new_id(),
            at=desk.now,
            centre_id=binding.centre_id,
            subject_kind=kind,
            subject_id=subject_id,
            field=UNREAD,
            base=base,
            ours=ours,
            theirs=theirs,
            why=why,
        )
    )
    return True
