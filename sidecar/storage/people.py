"""People, with their addresses and memberships in tables of their own, to be found by them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sidecar.domain.people import Membership, Person
from sidecar.storage import schema
from sidecar.storage.repository import Repository


class PersonRepository(Repository[Person]):
    record = Person
    table = schema.people
    kind = "person"
    order = ("family_name", "given_name", "organisation", "id")
    in_parts = True

    def by_email(self, address: str) -> Person | None:
        """Who has this address, whatever its case. Where several share it: a confirmed, active person first."""
        emails = schema.person_emails
        found = self._select(self.table.c.id.in_(sa.select(emails.c.person_id).where(emails.c.folded == _folded(address))))
        return min(found, key=lambda person: (person.suggested, not person.active, person.id), default=None)

    def in_centre(self, centre_id: str) -> list[Person]:
        """Everybody with a membership in that centre, in the order of ``all``."""
        memberships = schema.memberships
        inside = sa.select(memberships.c.person_id).where(memberships.c.centre_id == centre_id)
        found = self._select(self.table.c.id.in_(inside))
        return sorted(found, key=lambda p: [str(getattr(p, name)).casefold() for name in self.order])

    def _parts(self, ids: sa.Select[Any]) -> dict[str, dict[str, Any]]:
        emails, memberships = schema.person_emails, schema.memberships
        parts: dict[str, dict[str, Any]] = {}
        statement = sa.select(emails).where(emails.c.person_id.in_(ids))
        for row in self._connection.execute(statement.order_by(emails.c.person_id, emails.c.position)):
            part = parts.setdefault(row.person_id, {})
            part["emails"] = (*part.get("emails", ()), row.address)
        statement = sa.select(memberships).where(memberships.c.person_id.in_(ids))
        for row in self._connection.execute(statement.order_by(memberships.c.person_id, memberships.c.position)):
            part = parts.setdefault(row.person_id, {})
            member = Membership(centre_id=row.centre_id, consent_on=row.consent_on, in_contacts=row.in_contacts)
            part["memberships"] = (*part.get("memberships", ()), member)
        return parts

    def _write_parts(self, record: Person, stored: Person | None) -> None:
        if record.emails != (stored.emails if stored else ()):
            self._replace(
                schema.person_emails,
                record.id,
                [{"address": address, "folded": _folded(address)} for address in record.emails],
                fresh=stored is None,
            )
        if record.memberships != (stored.memberships if stored else ()):
            self._replace(
                schema.memberships,
                record.id,
                [
                    {"centre_id": m.centre_id, "consent_on": m.consent_on, "in_contacts": m.in_contacts}
                    for m in record.memberships
                ],
                fresh=stored is None,
            )

    def _replace(self, table: sa.Table, person_id: str, rows: list[dict[str, Any]], *, fresh: bool) -> None:
        if not fresh:
            self._connection.execute(sa.delete(table).where(table.c.person_id == person_id))
        if rows:
            numbered = [{"person_id": person_id, "position": n, **row} for n, row in enumerate(rows)]
            self._connection.execute(sa.insert(table), numbered)


def _folded(address: str) -> str:
    return address.strip().casefold()
