"""Absorbing and drawing cards: contact lists are where people come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from calendars.errors import UnreadableText
from calendars.merge import card_map, three_way
from calendars.merge.threeway import Decision
from calendars.sync.ports import LOOK_AGAIN, Memory
from calendars.sync.replica import Absorbed, Change, Verdict, Wanted
from calendars.vcard import CardFacts, read, write_card
from sidecar.domain.bindings import Binding, Conflict, Link, Purpose, SubjectKind
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.projection.cards import card_facts, in_our_group, is_our_group, kind_of_groups, person_with
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.events import jsonable

GROUP_KEY = "group:{binding}"
"""Setting: the UIDs in a group card "Aller vers" of an address book, as Apple and vCard 4.0 keep groups."""


def absorb_cards(desk: Desk, memory: Memory, changes: Sequence[Change]) -> list[Absorbed]:
    """Group cards first: a card that comes in the same pass as its group is known to be in it."""
    ordered = sorted(changes, key=lambda c: c.theirs is None or "KIND:GROUP" not in c.theirs.text.upper())
    return [absorb_card(desk, memory, change) for change in ordered]


def absorb_card(desk: Desk, memory: Memory, change: Change) -> Absorbed:
    """Take in what happened to one card; cards outside the group "Aller vers" are nobody's business."""
    binding = desk.binding_at(change.collection)
    links = desk.uow.links.of_resource(binding.id, change.href)
    if change.theirs is None:
        return _gone(desk, change, binding, links)
    try:
        theirs = read(change.theirs.text)
    except UnreadableText:
        return Absorbed(change=change, verdict=Verdict.UNREADABLE if links else Verdict.FOREIGN)
    if links:
        return _merge(desk, change, links[0], theirs)
    if is_our_group(theirs):
        _invite_members(desk, memory, binding, theirs)
        return Absorbed(change=change, verdict=Verdict.FOREIGN)
    if in_our_group(theirs) or _in_group_card(desk, binding, change.uid):
        _welcome(desk, change, binding, theirs)
        return Absorbed(change=change, verdict=Verdict.OURS, taken=1)
    return Absorbed(change=change, verdict=Verdict.FOREIGN)


def _merge(desk: Desk, change: Change, link: Link, theirs: CardFacts) -> Absorbed:
    person = desk.uow.people.get(link.subject_id)
    base = read(change.base) if change.base is not None else None
    centre = desk.binding_at(change.collection).centre_id
    ours = card_map(card_facts(person, desk.context(centre).words, base, link.uid))
    merge = three_way(card_map(base) if base is not None else ours, ours, card_map(theirs))
    for decision in merge.conflicts:
        _keep(desk, centre, person, decision, "both_changed")
    after = person_with(person, merge.taken, theirs)
    if after != person:
        desk.people.put(desk.uow.people.save(after))
    return Absorbed(change=change, verdict=Verdict.OURS, taken=len(merge.taken), conflicts=len(merge.conflicts))


def _gone(desk: Desk, change: Change, binding: Binding, links: list[Link]) -> Absorbed:
    """The person stays, without a card in that list, and the coordinator is asked."""
    for link in links:
        desk.uow.links.remove(link)
        person = desk.uow.people.find(link.subject_id)
        if person is None:
            continue
        memberships = tuple(
            replace(m, in_contacts=False) if m.centre_id == binding.centre_id else m for m in person.memberships
        )
        kept = desk.people.put(desk.uow.people.save(replace(person, memberships=memberships)))
        desk.uow.conflicts.add(
            Conflict(
                id=desk.new_id(), at=desk.now, centre_id=binding.centre_id, subject_kind=SubjectKind.PERSON,
                subject_id=kept.id, field="card", base=None, ours=kept.full_name, theirs=None, why="card_gone",
            )
        )  # fmt: skip
    return Absorbed(change=change, verdict=Verdict.OURS, taken=len(links), conflicts=len(links))


def _welcome(desk: Desk, change: Change, binding: Binding, theirs: CardFacts) -> Person:
    """A card in the group becomes a person, or the card of one whom a mail or number tells we know already."""
    known = next((p for e in theirs.emails if (p := desk.uow.people.by_email(e.value)) is not None), None)
    membership = Membership(centre_id=binding.centre_id)
    if known is not None:
        others = tuple(m for m in known.memberships if m.centre_id != binding.centre_id)
        standing = known.membership(binding.centre_id) or membership
        person = replace(known, suggested=False, memberships=(*others, replace(standing, in_contacts=True)))
        person = desk.uow.people.save(_completed(person, theirs))
    else:
        blank = Person(id=desk.new_id(), memberships=(membership,), kind=PersonKind.VOLUNTEER)
        person = desk.uow.people.add(person_with(blank, three_way({}, {}, card_map(theirs)).taken, theirs))
    desk.people.put(person)
    assert change.theirs is not None
    desk.uow.links.put(
        Link(
            subject_kind=SubjectKind.PERSON, subject_id=person.id, binding_id=binding.id, href=change.theirs.href,
            uid=change.uid,
        )
    )  # fmt: skip
    return person


def _completed(person: Person, theirs: CardFacts) -> Person:
    """What the card says and we did not know; what we knew stays."""
    taken = {
        key: value
        for key, value in card_map(theirs).items()
        if (key == "name" and not person.family_name)
        or (key == "phones" and not person.phones)
        or (key == "organisation" and not person.organisation)
        or (key == "function" and not person.function)
        or (key == "categories" and person.suggested and kind_of_groups(theirs.categories) is not None)
    }
    return person_with(person, taken, theirs)


def _invite_members(desk: Desk, memory: Memory, binding: Binding, group: CardFacts) -> None:
    """The members of a group card are looked at again: their texts were not kept while they were nobody's business."""
    key = GROUP_KEY.format(binding=binding.id)
    new = set(group.members) - set(desk.uow.settings.get(key, []))
    desk.uow.settings.set(key, sorted(group.members))
    if new:
        for href in memory.hrefs_of(binding.href, new):
            memory.forget(binding.href, href)
        cursor = memory.cursor(binding.href)
        memory.set_cursor(binding.href, replace(cursor, mark=LOOK_AGAIN, token=None))


def _in_group_card(desk: Desk, binding: Binding, uid: str) -> bool:
    return uid in desk.uow.settings.get(GROUP_KEY.format(binding=binding.id), [])


def _keep(desk: Desk, centre_id: str, person: Person, decision: Decision, why: str) -> None:
    desk.uow.conflicts.add(
        Conflict(
            id=desk.new_id(), at=desk.now, centre_id=centre_id, subject_kind=SubjectKind.PERSON, subject_id=person.id,
            field=decision.key, base=jsonable(decision.base), ours=jsonable(decision.ours),
            theirs=jsonable(decision.theirs), why=why,
        )
    )  # fmt: skip


def draw_cards(desk: Desk, memory: Memory, person_id: str) -> Iterator[Wanted]:
    """The cards of one person: one per centre whose address book is bound and who did not leave its contacts."""
    person = desk.uow.people.find(person_id)
    if person is None or person.suggested:
        return
    links = {link.binding_id: link for link in desk.uow.links.of_subject(SubjectKind.PERSON, person_id)}
    for membership in person.memberships:
        binding = desk.binding_for(membership.centre_id, Purpose.CONTACTS)
        if binding is None or not membership.in_contacts:
            continue
        words = desk.context(membership.centre_id).words
        link = links.get(binding.id)
        if link is None:
            if person.active and binding.writes:
                yield _first(desk, person, binding, card_facts(person, words, None, ""))
            continue
        known = memory.get(binding.href, link.href)
        if known is None:
            # Its first write never went out: we were muted, or the server refused it.
            if person.active and binding.writes:
                yield _create(desk, link, binding, card_facts(person, words, None, link.uid))
            continue
        if known.base is None:
            continue
        text = write_card(known.base, card_facts(person, words, read(known.base), link.uid), now=desk.now)
        if text != known.base:
            yield Wanted(collection=binding.href, href=link.href, uid=link.uid, text=text)


def _first(desk: Desk, person: Person, binding: Binding, facts: CardFacts) -> Wanted:
    # Another name for each card: a person left this list and came back is written under a new one.
    uid = f"{person.id}-{desk.new_id()[:8]}-{desk.instance}"
    href = f"{binding.href}{uid}.vcf"
    link = Link(subject_kind=SubjectKind.PERSON, subject_id=person.id, binding_id=binding.id, href=href, uid=uid)
    desk.uow.links.put(link)
    return _create(desk, link, binding, facts)


def _create(desk: Desk, link: Link, binding: Binding, facts: CardFacts) -> Wanted:
    text = write_card(None, replace(facts, uid=link.uid), now=desk.now)
    return Wanted(collection=binding.href, href=link.href, uid=link.uid, text=text)
