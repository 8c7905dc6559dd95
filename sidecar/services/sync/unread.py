"""Texts that cannot be read, or whose rhythm cannot be counted: told once, and no more once they can."""

from __future__ import annotations

from collections.abc import Sequence

from calendars.errors import UnreadableText
from calendars.icalendar import read
from sidecar.domain.bindings import Binding, Conflict, Link, SubjectKind
from sidecar.domain.centres import Initiative
from sidecar.services.sync.claims import is_anothers, is_masked, named_initiative
from sidecar.services.sync.desk import Desk

UNREAD = "text_unreadable"
"""The field of a conflict that tells of such a text."""


def initiative_of(desk: Desk, binding: Binding, text: str) -> Initiative | None:
    """The initiative that an event of nobody else's names; None where it is masked or cannot be read at all."""
    try:
        found = read(text)
    except UnreadableText:
        return None
    facts = found.master
    own = desk.space.organizer, desk.space.username
    if facts is None or found.method or is_masked(facts) or is_anothers(facts, own):
        return None
    return named_initiative(facts, desk.initiatives.values(), binding.centre_id)


def tell_not_counted(desk: Desk, binding: Binding, href: str, text: str, why: str) -> bool:
    """Tell of a text that nobody knew, if it names an initiative: what it plans will be in no rota. Whether it does."""
    initiative = initiative_of(desk, binding, text)
    if initiative is not None:
        readable(desk, href)
        _tell(desk, binding, "", href, ours=None, theirs=f"{initiative.name}: {why}", why="not_counted")
    return initiative is not None


def tell_unreadable(desk: Desk, binding: Binding, link: Link, text: str, why: str) -> None:
    """Tell of a text that showed an appointment of ours and cannot be read any more."""
    readable(desk, link.href, [link])
    _tell(desk, binding, SubjectKind.APPOINTMENT, link.subject_id, ours=why, theirs=text, why="unreadable")


def readable(desk: Desk, href: str, links: Sequence[Link] = ()) -> None:
    """What was told of the text at that href is over."""
    subjects = {(link.subject_kind, link.subject_id) for link in links} | {("", href)}
    for conflict in desk.uow.conflicts.all(field=UNREAD, chosen=""):
        if (conflict.subject_kind, conflict.subject_id) in subjects:
            desk.uow.conflicts.remove(conflict.id)


def _tell(desk: Desk, binding: Binding, kind: str, subject_id: str, *, ours: str | None, theirs: str, why: str) -> None:
    desk.uow.conflicts.add(
        Conflict(
            id=desk.new_id(),
            at=desk.now,
            centre_id=binding.centre_id,
            subject_kind=kind,
            subject_id=subject_id,
            field=UNREAD,
            base=None,
            ours=ours,
            theirs=theirs,
            why=why,
        )
    )
