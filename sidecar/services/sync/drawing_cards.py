"""Drawing cards: what a person's card should say, onto what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from calendars.sync.ports import Memory
from calendars.sync.replica import Wanted
from calendars.vcard import read, write_card
from sidecar.domain.bindings import Binding, Link, Purpose, SubjectKind
from sidecar.domain.people import Person
from sidecar.projection.cards import card_facts, in_our_group
from sidecar.projection.context import GROUP
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.groups import Groups


def draw_cards(desk: Desk, memory: Memory, person_id: str) -> Iterator[Wanted]:
    """The cards of one person: in each centre whose address book is bound and who did not leave its contacts."""
    person = desk.uow.people.find(person_id)
    if person is None or person.suggested:
        return
    for membership in person.memberships:
        binding = desk.binding_for(membership.centre_id, Purpose.CONTACTS)
        if binding is None or not membership.in_contacts:
            continue
        links = card_links(desk, binding, person.id)
        if not links and person.active and binding.writes:
            links = [_first_link(desk, person, binding)]
        for link in links:
            wanted = _draw(desk, memory, person, binding, link)
            if wanted is not None:
                yield wanted


def _draw(desk: Desk, memory: Memory, person: Person, binding: Binding, link: Link) -> Wanted | None:
    words, known = desk.context(binding.centre_id).words, memory.get(binding.href, link.href)
    if known is None:
        # Its first write is this one, or never went out: we were muted, or the server refused it.
        if not (person.active and binding.writes):
            return None
        text = write_card(None, card_facts(person, words, None, link.uid), now=desk.now)
        return Wanted(collection=binding.href, href=link.href, uid=link.uid, text=text)
    if known.base is None:
        return None
    facts = card_facts(person, words, read(known.base), link.uid)
    if not in_our_group(facts) and not Groups(desk.uow, binding).holds(link.uid):
        # It left the group and somebody decided that it should not have.
        facts = replace(facts, categories=(*facts.categories, GROUP))
    text = write_card(known.base, facts, now=desk.now)
    return Wanted(collection=binding.href, href=link.href, uid=link.uid, text=text) if text != known.base else None


def _first_link(desk: Desk, person: Person, binding: Binding) -> Link:
    # Another name for each card: a person left this list and came back is written under a new one.
    uid = f"{person.id}-{desk.new_id()[-8:]}-{desk.instance}"
    href = f"{binding.href}{uid}.vcf"
    link = Link(subject_kind=SubjectKind.PERSON, subject_id=person.id, binding_id=binding.id, href=href, uid=uid)
    desk.uow.links.put(link)
    return link


def card_links(desk: Desk, binding: Binding, person_id: str) -> list[Link]:
    """The links of somebody's cards in that list: one, or several where they were merged."""
    return [x for x in desk.uow.links.of_subject(SubjectKind.PERSON, person_id) if x.binding_id == binding.id]


def own_card(uid: str, instance: str) -> str | None:
    """The person of a card of our own making, by its UID (``_first_link``); None for any other card.

    >>> own_card("anne-00000007-here", "here"), own_card("anne", "here")
    ('anne', None)
    """
    found = re.fullmatch(rf"(?P<id>.+)-[0-9a-zA-Z]{{8}}-{re.escape(instance)}", uid)
    return found["id"] if found is not None else None
