"""What a server has in an older state, or not at all, without anybody having changed or deleted it: it is put back.

A server that was restored from a backup shows what was agreed long ago; a collection that stands in for another may lack
things; a person may say that a loss was a mistake. In each the last text that both sides agreed on is here, with all that
people wrote into it, and goes back as it was; what our side changed since is drawn onto it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from calendars.errors import UnreadableText
from calendars.icalendar import read
from calendars.merge.events import PARTSTAT
from calendars.merge.threeway import Decision, Outcome
from calendars.sync.guard import REMADE
from calendars.sync.ports import Action, CollectionKind, Intent, Memory, Past
from calendars.sync.replica import Absorbed, Change, Verdict
from calendars.sync.texts import renamed
from sidecar.domain.appointments import Appointment, AppointmentState, Participation, Response
from sidecar.domain.bindings import Binding, Link, SubjectKind
from sidecar.projection.telling import Telling, facts_map, telling
from sidecar.services.binding import kind_of
from sidecar.services.cover import open_cover_request
from sidecar.services.sync.desk import Desk, traits_of
from sidecar.services.sync.drawing_cards import own_card
from sidecar.services.sync.events import keep_conflict, ours_map
from sidecar.services.sync.series import dates_of, followed

WENT_BACK = "went_back"
"""Why a conflict was kept: the server's state is older, or nobody knows which side is newer."""


def put_back(desk: Desk, memory: Memory, change: Change) -> Absorbed:
    """An older state came back: the newer one is written onto it, and then what our side changed since."""
    assert change.theirs is not None
    assert change.base is not None
    told = change.kind is CollectionKind.CALENDAR and _is_told(desk, change.theirs.text, change.base)
    intend_onto(desk, memory, change, Action.UPDATE, change.base, notify=told)
    for link in desk.uow.links.of_resource(desk.binding_at(change.collection).id, change.href):
        desk.uow.outbox.mark(link.subject_kind, link.subject_id)
    return Absorbed(change=change, verdict=Verdict.OURS, put_back=True)


def intend_onto(desk: Desk, memory: Memory, change: Change, action: Action, text: str = "", *, notify: bool = False) -> None:
    """What stands there now is to be written over, or to go: into the journal."""
    assert change.theirs is not None
    memory.intend(
        Intent(
            op=desk.new_id(), collection=change.collection, href=change.href, uid=change.uid, action=action, text=text,
            base_etag=change.theirs.etag, notify=notify,
        )
    )  # fmt: skip


def _is_told(desk: Desk, older: str, newer: str) -> bool:
    """Whether people have to be told again of what they were told once: their own copies went back too."""
    try:
        before, after = read(older).master, read(newer).master
    except UnreadableText:
        return False
    return before is None or after is None or desk.how(telling(before, after), after) is not Telling.QUIET


def write_again(
    desk: Desk, memory: Memory, binding: Binding, href: str, base: str | None, past: Past, back: Set[str] = frozenset()
) -> int:
    """What is gone from ``href`` is written again, ``base`` being the last text agreed. How many subjects it shows.

    On a server that went back under the same name: there it never was. So too where the calendar was made again and people's
    copies stand, then without a word. Else under a new one, since no UID is used twice.
    What is called off stays away; a date of a series that goes back stays called off in it. ``back``: people of whom a card
    of our own making is there again, who get no second one.
    """
    links = desk.uow.links.of_resource(binding.id, href)
    standing = [link for link in links if not _called_off(desk, binding, link) and link.subject_id not in back]
    if not standing:
        for link in links:
            desk.uow.links.remove(link)
        return 0
    text, uid, there = base, links[0].uid, href
    if past not in (Past.REWOUND, Past.REMADE):
        uid = _new_uid(desk, standing[0], links)
        there = f"{binding.href}{uid.replace('@', '-')}{'.vcf' if _is_book(binding) else '.ics'}"
        text = renamed(kind_of(binding.purposes), base, uid) if base is not None else None
        for link in links:
            desk.uow.links.remove(link)
    for link in links:
        if text is not None:
            desk.uow.links.put(replace(link, href=there, uid=uid))
        desk.uow.outbox.mark(link.subject_kind, link.subject_id)
    if text is not None:
        memory.intend(
            Intent(
                op=desk.new_id(),
                collection=binding.href,
                href=there,
                uid=uid,
                action=Action.CREATE,
                text=text,
                base_etag=None,
                notify=past is not Past.REMADE and any(_is_coming(desk, link) for link in standing),
            )
        )
    return len(standing)


def _is_book(binding: Binding) -> bool:
    return kind_of(binding.purposes) is CollectionKind.ADDRESSBOOK


def _called_off(desk: Desk, binding: Binding, link: Link) -> bool:
    """Whether nothing has to stand there: cancelled, or a person who left the contacts."""
    if link.subject_kind != SubjectKind.APPOINTMENT:
        person = desk.uow.people.find(link.subject_id)
        membership = person.membership(binding.centre_id) if person is not None else None
        return membership is None or not membership.in_contacts
    appointment = desk.uow.appointments.find(link.subject_id)
    return appointment is None or appointment.state is AppointmentState.CANCELLED


def _is_coming(desk: Desk, link: Link) -> bool:
    if link.subject_kind != SubjectKind.APPOINTMENT:
        return False
    appointment = desk.uow.appointments.find(link.subject_id)
    return appointment is not None and appointment.end >= desk.now


def _new_uid(desk: Desk, named_after: Link, links: Sequence[Link]) -> str:
    """A name that was never used; each appointment of the resource has a new generation from here on."""
    if named_after.subject_kind != SubjectKind.APPOINTMENT:
        return f"{named_after.subject_id}-{desk.new_id()[-8:]}-{desk.instance}"
    for link in links:
        appointment = desk.uow.appointments.get(link.subject_id)
        desk.uow.appointments.save(replace(appointment, generation=appointment.generation + 1))
    return desk.uid(desk.uow.appointments.get(named_after.subject_id))


def restored(desk: Desk, memory: Memory, collection: str) -> int:
    """A person decided that the losses of a guarded collection were a mistake: what is gone is written again.

    Under new names, since somebody may have deleted it and people were told; under the old ones on a server that went back
    (``Past.REWOUND``), and without a word in a calendar that stands where one was deleted as a whole (``Past.REMADE``). How
    many appointments and people there are is returned.
    """
    binding, cursor, count = desk.binding_at(collection), memory.cursor(collection), 0
    past = Past.REWOUND if cursor.past is Past.REWOUND else Past.NOT
    if cursor.guarded == REMADE and not _is_book(binding) and traits_of(desk.uow, desk.space).copies_stay:
        past = Past.REMADE
    pending = list(memory.pending([collection]))
    # What stands in the older state goes, beside what is put back.
    replacing = _is_book(binding) and past is Past.NOT
    own = (own_card(known.uid, desk.instance) for known in pending if not known.gone) if replacing else ()
    back = {person for person in own if person is not None}
    for known in pending:
        if known.gone:
            memory.forget(collection, known.href)
            count += write_again(desk, memory, binding, known.href, known.base, past, back)
    return count


# --- who changed what, nobody knows --------------------------------------------------------------------------------


def doubt(desk: Desk, links: Sequence[Link], base: str | None, theirs: str) -> int:
    """Before theirs is taken in although it may be older than ours: each value of ours that goes is kept to choose.

    Answers are no values to choose. Returns how many were kept.
    """
    was, becomes, kept = dates_of(desk, base) if base is not None else {}, dates_of(desk, theirs), 0
    keys = followed(desk, links, base, theirs, becomes)
    for link in links:
        appointment = desk.uow.appointments.find(link.subject_id)
        key_there = keys.get(link.recurrence_id, link.recurrence_id)
        facts = becomes.get(key_there)
        if appointment is None or facts is None:
            continue
        agreed = was.get(link.recurrence_id)
        ours, other = ours_map(desk, appointment, agreed, link.uid), facts_map(facts)
        before = facts_map(agreed) if agreed is not None else ours
        for key in sorted(ours.keys() | other.keys()):
            mine, old = ours.get(key), before.get(key)
            if mine == other.get(key) or mine != old or key == "block" or key.startswith(PARTSTAT):
                # The same, or a conflict that the merge keeps by itself.
                continue
            decision = Decision(
                key=key, outcome=Outcome.CONFLICT, base=old, ours=mine, theirs=other.get(key), result=other.get(key)
            )
            keep_conflict(desk, appointment, decision, WENT_BACK, recurrence_id=key_there)
            kept += 1
    return kept


def answers(desk: Desk, links: Iterable[Link]) -> dict[str, dict[str, Participation]]:
    """The answers that stand, by appointment and person: to be kept over an older text that has none yet."""
    found = {}
    for link in links:
        appointment = desk.uow.appointments.find(link.subject_id)
        if appointment is not None:
            found[appointment.id] = {p.person_id: p for p in appointment.participants if _answered(appointment, p)}
    return found


def keep_answers(desk: Desk, stood: dict[str, dict[str, Participation]]) -> None:
    """Nobody takes an answer back by an older text that was written before it was given."""
    for appointment_id, given in stood.items():
        appointment = desk.uow.appointments.get(appointment_id)
        kept = tuple(
            replace(p, response=given[p.person_id].response, answered_for=given[p.person_id].answered_for)
            if p.person_id in given and p.response is Response.NEEDS_ACTION
            else p
            for p in appointment.participants
        )
        if kept == appointment.participants:
            continue
        saved = desk.uow.appointments.save(replace(appointment, participants=kept))
        for participation in saved.participants:
            if saved.response_for_now(participation) is Response.DECLINED:
                open_cover_request(desk.uow, saved, participation.person_id, desk.now, desk.new_id)


def _answered(appointment: Appointment, participation: Participation) -> bool:
    return appointment.response_for_now(participation) is not Response.NEEDS_ACTION
