"""Absorbing cards: contact lists are where people come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calendars.errors import UnreadableText
from calendars.merge import card_map, three_way
from calendars.merge.threeway import Merge, Outcome, Value
from calendars.sync.ports import LOOK_AGAIN, Action, Memory, Past
from calendars.sync.replica import Absorbed, Change, Verdict
from calendars.vcard import CardFacts, read
from sidecar.domain.bindings import Binding, Conflict, Link, SubjectKind
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.projection.cards import (
    bare,
    card_facts,
    in_our_group,
    is_our_group,
    kind_of_groups,
    names_organisation,
    person_with,
    with_addresses_of,
)
from sidecar.services.muting import Why, notice
from sidecar.services.sync.desk import Desk
from sidecar.services.sync.drawing_cards import card_links, own_card
from sidecar.services.sync.events import jsonable
from sidecar.services.sync.groups import Groups
from sidecar.services.sync.rewound import WENT_BACK, intend_onto, put_back, write_again

PART_OF = {"first_email": "emails", "first_phone": "phones", "full_name": "name"}
"""Of which property these are a part: where the whole of it is in question, they are no question of their own."""
CARD_GONE, LEFT_GROUP, BOTH_CHANGED, MET = "card_gone", "left_group", "both_changed", "card_met"


def absorb_cards(desk: Desk, memory: Memory, changes: Sequence[Change]) -> list[Absorbed]:
    """Group cards first: a card that comes in the same pass as its group is known to be in it. Deleted ones last:
    of two that were merged into a new one, that one is somebody's card by then. Who left a group card leaves after all that,
    with what their own card says by now."""
    arriving, leaving = frozenset(change.href for change in changes), list[tuple[Binding, str]]()
    absorbed = [_absorb(desk, memory, change, arriving, leaving) for change in sorted(changes, key=_turn)]
    for binding, uid in leaving:
        _leave_group(desk, memory, binding, uid)
    return absorbed


def _turn(change: Change) -> int:
    if change.theirs is None:
        return 2
    return 0 if "KIND:GROUP" in change.theirs.text.upper() else 1


def _absorb(
    desk: Desk, memory: Memory, change: Change, arriving: frozenset[str], leaving: list[tuple[Binding, str]]
) -> Absorbed:
    """Take in what happened to one card; cards outside the group "Aller vers" are nobody's business. ``leaving`` grows by
    the UIDs that a group card holds no longer."""
    binding = desk.binding_at(change.collection)
    if change.moved_from is not None:
        _follow(desk, change.moved_from, binding, change.href)
    links = desk.uow.links.of_resource(binding.id, change.href)
    groups = Groups(desk.uow, binding)
    if change.theirs is None:
        groups.remember(change.href, None)
        if links and change.past is not Past.NOT:
            again = write_again(desk, memory, binding, change.href, change.base, change.past)
            return Absorbed(change=change, verdict=Verdict.OURS, put_back=again > 0)
        return _gone(desk, change, binding, links)
    try:
        theirs = read(change.theirs.text)
    except UnreadableText:
        return Absorbed(change=change, verdict=Verdict.UNREADABLE if links else Verdict.FOREIGN)
    if theirs.kind == "group":
        leaving += [(binding, uid) for uid in _absorb_group(desk, memory, binding, groups, change, theirs, arriving)]
        return Absorbed(change=change, verdict=Verdict.FOREIGN)
    if links and change.earlier and change.past is Past.REWOUND and change.base is not None:
        return put_back(desk, memory, change)
    if links:
        return _merge(desk, change, binding, links[0], theirs, groups)
    if in_our_group(theirs) or groups.holds(change.uid):
        if _was_replaced(desk, memory, change, binding):
            intend_onto(desk, memory, change, Action.DELETE)
            return Absorbed(change=change, verdict=Verdict.WATCHED, put_back=True)
        left = _left_before(desk, memory, change, binding, theirs)
        if left is not None:
            return Absorbed(change=change, verdict=Verdict.OURS, conflicts=_stays_out(desk, change, binding, left))
        conflicts = _welcome(desk, change, binding, theirs, groups)
        return Absorbed(change=change, verdict=Verdict.OURS, taken=1, conflicts=conflicts)
    return Absorbed(change=change, verdict=Verdict.FOREIGN)


def _follow(desk: Desk, source: tuple[str, str], binding: Binding, href: str) -> None:
    """A card was carried into another list: its person goes along, into that list's centre."""
    old = desk.binding_at(source[0])
    for link in desk.uow.links.of_resource(old.id, source[1]):
        desk.uow.links.remove(link)
        desk.uow.links.put(replace(link, binding_id=binding.id, href=href))
        person = desk.uow.people.find(link.subject_id)
        if person is None or old.centre_id == binding.centre_id:
            continue
        if not card_links(desk, old, person.id):
            person = _in_contacts(person, old.centre_id, False)
        if person.membership(binding.centre_id) is None:
            person = replace(person, memberships=(*person.memberships, Membership(centre_id=binding.centre_id)))
        desk.people.put(desk.uow.people.save(_among(desk, binding, person)))


def _merge(desk: Desk, change: Change, binding: Binding, link: Link, theirs: CardFacts, groups: Groups) -> Absorbed:
    person = desk.uow.people.get(link.subject_id)
    membership = person.membership(binding.centre_id)
    base = read(change.base) if change.base is not None else None
    inside = in_our_group(theirs) or groups.holds(link.uid)
    agreed = card_map(base)
    if membership is not None and not membership.in_contacts:
        if not inside:
            return Absorbed(change=change, verdict=Verdict.OURS)
        # It is back in the group; what was changed on either side meanwhile was not agreed upon.
        person, agreed = _among(desk, binding, person), {}
    ours = card_map(card_facts(person, desk.context(binding.centre_id).words, base, link.uid))
    merge = three_way(agreed if base is not None else ours, ours, card_map(theirs))
    after, asked = _merged(desk, binding, person, merge, theirs)
    if change.earlier or change.past is Past.REWOUND:
        asked += _doubt(desk, binding, person, merge)
    if not inside and base is not None and in_our_group(base):
        after = _leave(desk, binding, after, LEFT_GROUP)
        asked += 1
    if after != desk.uow.people.get(link.subject_id):
        desk.people.put(desk.uow.people.save(after))
    return Absorbed(change=change, verdict=Verdict.OURS, taken=len(merge.taken), conflicts=asked)


def _merged(desk: Desk, binding: Binding, person: Person, merge: Merge, theirs: CardFacts) -> tuple[Person, int]:
    """The person with what the card brings, and how many values of ours are kept to choose."""
    conflicts = [d for d in merge.conflicts if PART_OF.get(d.key) not in merge.taken]
    for decision in conflicts:
        _keep(desk, binding, person, decision.key, decision.base, decision.ours, decision.theirs, BOTH_CHANGED)
    return person_with(person, merge.taken, theirs), len(conflicts)


def _doubt(desk: Desk, binding: Binding, person: Person, merge: Merge) -> int:
    """The card may be older than what we know: each value that it takes away is kept to choose. How many they are."""
    taken = [d for d in merge.decisions if d.outcome is Outcome.TAKEN and d.ours and PART_OF.get(d.key) not in merge.taken]
    for decision in taken:
        _keep(desk, binding, person, decision.key, decision.base, decision.ours, decision.theirs, WENT_BACK)
    return len(taken)


def _gone(desk: Desk, change: Change, binding: Binding, links: list[Link]) -> Absorbed:
    """The person stays, without a card in that list, and the coordinator is asked."""
    asked = 0
    for link in links:
        desk.uow.links.remove(link)
        person = desk.uow.people.find(link.subject_id)
        if person is None or card_links(desk, binding, link.subject_id):
            continue
        membership = person.membership(binding.centre_id)
        if membership is None or not membership.in_contacts:
            continue
        desk.people.put(desk.uow.people.save(_leave(desk, binding, person, CARD_GONE)))
        asked += 1
    return Absorbed(change=change, verdict=Verdict.OURS, taken=len(links), conflicts=asked)


def _welcome(desk: Desk, change: Change, binding: Binding, theirs: CardFacts, groups: Groups) -> int:
    """A card in the group becomes a person, or the card of somebody whom a mail tells we know already.

    What that card says otherwise than we do stands; ours goes to the conflict list. How many that were is returned.
    """
    membership, asked = Membership(centre_id=binding.centre_id), 0
    named = kind_of_groups(theirs.categories) or groups.kind(change.uid)
    own = own_card(change.uid, desk.instance)
    known = (desk.uow.people.find(own) if own is not None else None) or _known(desk, binding, theirs)
    if known is None:
        if own is not None:
            # We wrote this card, and do not know of whom: this database is an old one, or not the only one at work.
            notice(desk.uow, Why.ELSEWHERE, desk.now)
        kind = named or (PersonKind.PARTNER if names_organisation(theirs) else PersonKind.VOLUNTEER)
        blank = Person(id=own or desk.new_id(), memberships=(membership,))
        met = person_with(blank, three_way({}, {}, card_map(theirs)).taken, theirs)
        person = desk.uow.people.add(replace(met, kind=kind))
    else:
        person = known
        if person.membership(binding.centre_id) is None:
            person = replace(person, memberships=(*person.memberships, membership))
        person = _among(desk, binding, person)
        if known.suggested:
            # What is known of a suggested contact was guessed from an address.
            taken = three_way({}, {}, card_map(theirs)).taken
            after = with_addresses_of(person_with(person, taken, theirs), known)
            person = replace(after, kind=named or known.kind, suggested=False)
        else:
            person, asked = _met(desk, binding, person, theirs)
        person = desk.uow.people.save(person)
    desk.people.put(person)
    desk.uow.links.put(_link(change, binding, person))
    return asked


def _is_old(memory: Memory, change: Change) -> bool:
    """Whether a restored server has the card as it was agreed once, though it was gone since."""
    assert change.theirs is not None
    return change.past is Past.REWOUND and memory.earlier(change.collection, change.href, change.theirs.etag)


def _was_replaced(desk: Desk, memory: Memory, change: Change, binding: Binding) -> bool:
    """Whether it is a card of our own making that a restored server has again, of somebody who has had another since."""
    own = own_card(change.uid, desk.instance)
    return own is not None and _is_old(memory, change) and bool(card_links(desk, binding, own))


def _left_before(desk: Desk, memory: Memory, change: Change, binding: Binding, theirs: CardFacts) -> Person | None:
    """Whose card a restored server has again as it was agreed once, though somebody deleted it since; else None."""
    if not _is_old(memory, change):
        return None
    own = own_card(change.uid, desk.instance)
    person = (desk.uow.people.find(own) if own is not None else None) or _known(desk, binding, theirs)
    membership = person.membership(binding.centre_id) if person is not None else None
    return person if membership is not None and not membership.in_contacts else None


def _stays_out(desk: Desk, change: Change, binding: Binding, person: Person) -> int:
    """Their card is left as it is and they are no contact, until somebody edits it or answers the question."""
    desk.uow.links.put(_link(change, binding, person))
    if any(c.field == "card" for c in desk.uow.conflicts.all(subject_id=person.id, chosen="")):
        return 0
    _keep(desk, binding, person, "card", None, person.full_name, None, WENT_BACK)
    return 1


def _link(change: Change, binding: Binding, person: Person) -> Link:
    return Link(
        subject_kind=SubjectKind.PERSON, subject_id=person.id, binding_id=binding.id, href=change.href, uid=change.uid
    )


def _known(desk: Desk, binding: Binding, theirs: CardFacts) -> Person | None:
    """Whom a mail of the card names. Two cards of one list with one mail and two given names are two people."""
    for mail in theirs.emails:
        person = desk.uow.people.by_email(mail.value)
        if person is None:
            continue
        other = theirs.given and person.given_name and bare(theirs.given) != bare(person.given_name)
        if not (other and card_links(desk, binding, person.id)):
            return person
    return None


def _met(desk: Desk, binding: Binding, person: Person, theirs: CardFacts) -> tuple[Person, int]:
    """Somebody known with a card that we see for the first time: what it says stands, where it differs people choose."""
    ours = card_map(card_facts(person, desk.context(binding.centre_id).words, None, ""))
    # Mails and numbers of both stay, groups are the card's own, FN is one way of writing the name.
    found = {k: v for k, v in card_map(theirs).items() if k in ("name", "organisation", "function")}
    merge = three_way({}, ours, found)
    different = [d for d in merge.conflicts if _spelt(d.ours) != _spelt(d.theirs)]
    for decision in different:
        _keep(desk, binding, person, decision.key, decision.base, decision.ours, decision.theirs, MET)
    addresses = {key: value for key, value in card_map(theirs).items() if key in ("emails", "phones")}
    after = person_with(replace(person, emails=(), phones=()), merge.taken | addresses, theirs)
    return with_addresses_of(after, person), len(different)


def _spelt(value: str | tuple[str, ...]) -> str:
    return bare(value if isinstance(value, str) else " ".join(value))


def _absorb_group(
    desk: Desk, memory: Memory, binding: Binding, groups: Groups, change: Change, group: CardFacts, arriving: frozenset[str]
) -> list[str]:
    """Who joins "Aller vers" is looked at again: texts are not kept while they are nobody's business. Returns the UIDs of
    who left it."""
    joined, left = groups.remember(change.href, group)
    links = {link.uid: link for link in desk.uow.links.of_binding(binding.id)} if joined else {}
    people = {uid: desk.uow.people.get(links[uid].subject_id) for uid in joined if uid in links}
    if not is_our_group(group):
        kind = kind_of_groups((group.full_name,))
        changed = [replace(people[uid], kind=kind) for uid in sorted(joined) if uid in people and kind is not None]
    else:
        changed = [_back(desk, memory, binding, links[uid], people[uid]) for uid in sorted(joined) if uid in people]
        _look_again(memory, binding, joined - links.keys(), arriving)
    for person in changed:
        if person != desk.uow.people.get(person.id):
            desk.people.put(desk.uow.people.save(person))
    return sorted(left) if is_our_group(group) else []


def _leave_group(desk: Desk, memory: Memory, binding: Binding, uid: str) -> None:
    """Whose card no group card holds any more is no contact there, unless the card names the group itself."""
    link = next((link for link in desk.uow.links.of_binding(binding.id) if link.uid == uid), None)
    if link is None or Groups(desk.uow, binding).holds(uid):
        return
    known, person = memory.get(binding.href, link.href), desk.uow.people.get(link.subject_id)
    by_category = known is not None and known.base is not None and in_our_group(read(known.base))
    membership = person.membership(binding.centre_id)
    if not by_category and membership is not None and membership.in_contacts:
        desk.people.put(desk.uow.people.save(_leave(desk, binding, person, LEFT_GROUP)))


def _back(desk: Desk, memory: Memory, binding: Binding, link: Link, person: Person) -> Person:
    """Somebody whose card is in the group again, with what was changed in it meanwhile; not saved yet."""
    membership, known = person.membership(binding.centre_id), memory.get(binding.href, link.href)
    if membership is None or membership.in_contacts:
        return person
    person = _among(desk, binding, person)
    if known is None or known.base is None:
        return person
    theirs = read(known.base)
    ours = card_map(card_facts(person, desk.context(binding.centre_id).words, theirs, link.uid))
    return _merged(desk, binding, person, three_way({}, ours, card_map(theirs)), theirs)[0]


def _look_again(memory: Memory, binding: Binding, uids: frozenset[str], arriving: frozenset[str]) -> None:
    hrefs = [href for href in memory.hrefs_of(binding.href, uids) if href not in arriving]
    for href in hrefs:
        memory.forget(binding.href, href)
    if hrefs:
        cursor = memory.cursor(binding.href)
        memory.set_cursor(binding.href, replace(cursor, mark=LOOK_AGAIN, token=None))


def _leave(desk: Desk, binding: Binding, person: Person, why: str) -> Person:
    """The person without a card in that list, not saved yet; the coordinator is asked whether there should be one."""
    _keep(desk, binding, person, "card", None, person.full_name, None, why)
    return _in_contacts(person, binding.centre_id, False)


def _among(desk: Desk, binding: Binding, person: Person) -> Person:
    """The person with a card in that list, not saved yet: whether there should be one is no question any more."""
    for conflict in desk.uow.conflicts.all(subject_id=person.id, centre_id=binding.centre_id, field="card", chosen=""):
        desk.uow.conflicts.remove(conflict.id)
    return _in_contacts(person, binding.centre_id, True)


def _in_contacts(person: Person, centre_id: str, inside: bool) -> Person:
    memberships = tuple(replace(m, in_contacts=inside) if m.centre_id == centre_id else m for m in person.memberships)
    return replace(person, memberships=memberships)


def _keep(
    desk: Desk, binding: Binding, person: Person, field: str, base: Value, ours: Value, theirs: Value, why: str
) -> None:
    desk.uow.conflicts.add(
        Conflict(
            id=desk.new_id(), at=desk.now, centre_id=binding.centre_id, subject_kind=SubjectKind.PERSON,
            subject_id=person.id, field=field, base=jsonable(base), ours=jsonable(ours), theirs=jsonable(theirs), why=why,
        )
    )  # fmt: skip
