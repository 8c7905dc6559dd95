"""Rows of Personnes and Habilitations become people and their qualifications.

A row adds its centres to a person and takes none away: another centre's list is not this coordinator's to shorten.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sidecar.domain.centres import Centre
from sidecar.domain.people import Membership, Person, PersonKind
from sidecar.domain.training import Course, Qualification
from sidecar.exchange.cells import as_date, as_list, as_whole_number, as_yes_no, folded
from sidecar.exchange.desk import Desk, resolving
from sidecar.exchange.errors import CellRefused
from sidecar.exchange.phones import as_phones
from sidecar.exchange.rows import Row
from sidecar.exchange.snapshot import Record
from sidecar.exchange.vocabulary import as_choice, means
from sidecar.exchange.workbook import Value


def _kind(value: Value) -> PersonKind:
    return as_choice(value, "person_kind", PersonKind)


def _split_name(row: Row) -> tuple[str, str]:
    """Given and family name; in a sheet without "Prénom", what stands in capitals is the family name, else the rest."""
    family = row.text("family_name")
    if "given_name" in row.columns or " " not in family:
        return row.text("given_name"), family
    words = family.split()
    capitals = [word for word in words if word.isupper()]
    if capitals and len(capitals) < len(words):
        return " ".join(word for word in words if not word.isupper()), " ".join(capitals)
    return words[0], " ".join(words[1:])


def _stored(desk: Desk, row: Row, reference: str | None, emails: tuple[str, ...], name: str, centres: list[Centre]
            ) -> Person | None:  # fmt: skip
    """Who is meant: by reference, else by mail, else by name within one of the centres."""
    people = desk.registers.people
    if reference and (found := people.get(reference)) is not None:
        return found
    addresses = {email.casefold() for email in emails}
    by_mail = [each for each in people if addresses & {email.casefold() for email in each.emails}]
    if by_mail:
        same_name = [each for each in by_mail if folded(each.full_name) == folded(name)]
        return desk.only(row, same_name or by_mail, "emails")
    ids = {centre.id for centre in centres}
    called = desk.not_told_apart(row, people.called(name))
    by_name = [each for each in called if folded(each.full_name) == folded(name) and ids & set(each.centre_ids)]
    if addresses and not means(row.cell("id"), "new") and any(each.emails for each in by_name):
        row.refuse("emails", "person_with_other_mail", name=name)
        return None
    if means(row.cell("id"), "new"):
        return None
    return desk.only(row, by_name, "family_name")


def person_row(desk: Desk, row: Row) -> None:
    reference = desk.reference(row)
    given, family = _split_name(row)
    name = f"{given} {family}".strip() or row.text("organisation")
    registers = desk.registers
    ids = row.references("centres", resolving(registers.centres, None), ())
    centres = [found for each in ids if (found := registers.centres.get(each)) is not None]
    emails = _emails(row)
    stored = _stored(desk, row, reference, emails, name, centres)
    if not centres and stored is None and not row.refusals:
        only = desk.centre_of(row, None, "centres")
        centres = [only] if only else []
    if not name and stored is None:
        row.refuse("family_name", "cell_missing")
    base = stored or Person(id=reference or desk.new_id())
    # Without a "Prénom" column the one name column cannot say how a stored name is split.
    split = "given_name" not in row.columns and stored is not None and folded(stored.full_name) == folded(name)
    record = replace(
        base,
        given_name=base.given_name if split else row.text("given_name", base.given_name) or given,
        family_name=base.family_name if split else _family(row, base, family),
        kind=row.take("kind", _kind, base.kind, PersonKind.VOLUNTEER),
        emails=row.texts("emails", base.emails),
        phones=row.take("phones", as_phones, base.phones, ()),
        organisation=row.text("organisation", base.organisation),
        function=row.text("function", base.function),
        account=_account(desk, row, base),
        weekly_ceiling=row.take("weekly_ceiling", as_whole_number, base.weekly_ceiling),
        active=row.take("active", as_yes_no, base.active, True),
        memberships=_memberships(desk, row, base, centres),
    )
    desk.settle(row, [(stored, record)], name or record.full_name)


def _family(row: Row, base: Person, family: str) -> str:
    return row.text("family_name", base.family_name) if "given_name" in row.columns else family or base.family_name


def _account(desk: Desk, row: Row, base: Person) -> str | None:
    """The row is refused for an account that another person holds: both would be the same visitor."""
    account = row.text("account", base.account or "").strip() or None
    if account is not None and account != base.account:
        wanted = account.casefold()
        if any((each.account or "").casefold() == wanted for each in desk.registers.people if each.id != base.id):
            row.refuse("account", "account_held", typed=account)
    return account


def _emails(row: Row) -> tuple[str, ...]:
    emails = row.texts("emails")
    for email in emails:
        local, _, domain = email.partition("@")
        if not local or "." not in domain or any(sign.isspace() for sign in email):
            row.refuse("emails", "mail_unreadable", typed=email)
    return emails


def _memberships(desk: Desk, row: Row, base: Person, centres: list[Centre]) -> tuple[Membership, ...]:
    kept = list(base.memberships)
    kept += [Membership(centre_id=each.id) for each in centres if base.membership(each.id) is None]
    if row.says("consent"):
        unread: dict[str, date | None] = {each.centre_id: each.consent_on for each in kept}
        nobody: dict[str, date | None] = {}
        dates = row.take("consent", lambda value: _consents(desk, value), unread, nobody)
        kept = [replace(each, consent_on=dates.get(each.centre_id, dates.get(""))) for each in kept]
    if row.says("without_card"):
        without = set(row.references("without_card", resolving(desk.registers.centres, None), ()))
        kept = [replace(each, in_contacts=each.centre_id not in without) for each in kept]
    return base.memberships if tuple(kept) == base.memberships else tuple(kept)


def _consents(desk: Desk, value: Value) -> dict[str, date | None]:
    """ "05/01/2026" for every centre (under ""), or "Centre A : 05/01/2026; Centre B : 06/01/2026"."""
    if not isinstance(value, str) or ":" not in value:
        return {"": as_date(value)}
    consents: dict[str, date | None] = {}
    for part in as_list(value):
        centre, colon, day = part.rpartition(":")
        if not colon:
            raise CellRefused("consent_unreadable", typed=part)
        consents[desk.registers.centres.resolve(centre.strip()).id] = as_date(day.strip())
    return consents


def qualification_row(desk: Desk, row: Row) -> None:
    """One person, one or several courses in a cell, since and until. ``until`` empty: as long as the course holds."""
    person = row.take("person", lambda value: desk.registers.people.resolve(str(value).strip()), None)
    if person is None and not row.refusals:
        row.refuse("person", "cell_missing")
    if not row.says("courses"):
        row.refuse("courses", "cell_missing")
    course_ids = row.references("courses", resolving(desk.registers.courses, None), ())
    since = row.take("since", as_date, None)
    if since is None and not row.refusals:
        row.refuse("since", "cell_missing")
    label = person.full_name if person is not None else row.text("person")
    if person is None or since is None or row.refusals:
        desk.settle(row, [], label)
        return
    pairs: list[tuple[Record | None, Record]] = []
    for course_id in course_ids:
        held = desk.qualifications.get((person.id, course_id), ())
        stored = next((each for each in held if each.since == since), None)
        course = desk.registers.courses.get(course_id)
        until = stored.until if stored else end_of_validity(course, since)
        until = row.take("until", as_date, until)
        if until is not None and until < since:
            row.refuse("until", "until_before_since", typed=row.text("until"))
            break
        base = stored or Qualification(id=desk.new_id(), person_id=person.id, course_id=course_id, since=since)
        pairs.append((stored, replace(base, until=until)))
    desk.settle(row, pairs, label)


def end_of_validity(course: Course | None, since: date) -> date | None:
    """The last day on which what was learnt on ``since`` is valid; None for ever."""
    if course is None or course.validity_months is None:
        return None
    months = since.year * 12 + since.month - 1 + course.validity_months
    year, month = divmod(months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - date.resolution).day
    return date(year, month + 1, min(since.day, last)) - date.resolution
