"""Traps 5 and 6: a UID that lies in the trash bin, or stands elsewhere in the account, is refused for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from calendars.errors import DavError, Rejected, UidConflict, Unreachable
from calendars.sync.memory_server import Request
from sidecar.domain.appointments import AppointmentState
from sidecar.domain.bindings import Purpose
from tests.traps.words import told_in
from tests.twin import Twin
from tests.unit.dav.standin import HREF, raw, standing_in

SABRE = "<d:error xmlns:d='DAV:' xmlns:s='http://sabredav.org/ns'><s:message>{}</s:message></d:error>"
UNIQUE = (
    "An exception occurred while executing a query: SQLSTATE[23000]: Integrity constraint violation: "
    "19 UNIQUE constraint failed: oc_calendarobjects.calendarid, oc_calendarobjects.calendartype, oc_calendarobjects.uid"
)
POSTGRES = (
    "SQLSTATE[23505]: Unique violation: 7 ERROR: duplicate key value violates unique constraint "
    "&quot;calobjects_by_uid_index&quot;"
)
CONFLICT = '<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/></d:error>'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, SABRE.format("Calendar object with uid already exists in this calendar collection.")),
        (500, SABRE.format(UNIQUE)),
        (500, SABRE.format(POSTGRES)),
        (409, CONFLICT),
        (403, CONFLICT),
        (412, CONFLICT),
    ],
    ids=["in words", "sqlite's words", "postgresql's words", "no-uid-conflict", "as 403", "as 412"],
)
def test_every_way_in_which_servers_say_that_a_uid_is_taken_is_known(status: int, body: str) -> None:
    """Trap 5, trap 6: 400, 500, and since nextcloud/server issue 61659 a 409 with ``no-uid-conflict``."""
    with standing_in(lambda _: raw(status, body.encode())) as there, pytest.raises(UidConflict) as caught:
        there.collection().create(HREF + "a.ics", "text")
    assert caught.value.status == status


def test_what_lies_in_the_trash_bin_is_written_under_a_new_name_in_the_same_pass(world: Twin) -> None:
    """Trap 5: nobody is asked, nothing is written twice, and the name is never tried again."""
    first = "cafe-1@testinstance.hors-les-murs"
    world.server.elsewhere.add(first)
    report = world.scene.sync()
    assert report.ok
    assert (report.of(world.calendar).renewed, report.of(world.calendar).created) == (1, 1)
    assert world.scene.uid_of() == "cafe-2@testinstance.hors-les-murs"
    (text,) = world.texts().values()
    assert "UID:cafe-2@testinstance" in text and first not in text
    assert world.scene.appointment().state is AppointmentState.PUBLISHED
    assert world.conflicts() == [] and world.intents() == []
    assert world.scene.sync().requests == 1
    assert [status for _, _, status in world.writes()] == [409, 201]


def test_a_first_write_that_arrived_unknown_to_us_and_was_deleted_is_written_under_a_new_name(world: Twin) -> None:
    """Trap 5: the answer was lost, a person deleted the event, and what is sent again lies in the trash bin."""
    with world.failing(Unreachable("Gone"), after=True):
        world.scene.sync()
    (href,) = world.texts()
    world.server.delete("service", href)
    world.server.elsewhere.add(world.scene.uid_of())
    assert world.scene.sync().ok
    assert world.scene.uid_of().startswith("cafe-2@")
    assert len(world.texts()) == 1


@pytest.mark.parametrize("resent", [True, False])
def test_a_wordless_400_is_taken_for_that_only_where_it_may_have_been_written_before(world: Twin, resent: bool) -> None:
    """Trap 5: some servers answer 400 and no more; a text that is refused has another cure than a new name."""
    if resent:
        with world.failing(Unreachable("Gone")):
            world.scene.sync()
    with world.failing(Rejected("PUT was refused", status=400), at="cafe-1"):
        report = world.scene.sync()
    assert report.of(world.calendar).renewed == int(resent)
    assert [c.why for c in world.conflicts()] == ([] if resent else ["Rejected"])
    assert len(world.texts()) == int(resent)


def test_a_server_that_takes_no_name_at_all_is_told_and_not_offered_one_every_minute(world: Twin) -> None:
    """Trap 5: two names a day are enough."""
    with world.failing(UidConflict("Taken", status=409)) as met:
        for _ in range(5):
            world.scene.sync()
            world.scene.clock.forward(timedelta(minutes=1))
        assert len(met) == 2
        (told,) = world.conflicts()
        assert "corbeille" in told_in("fr", told) and "trash bin" in told_in("en", told)
    world.scene.clock.forward(timedelta(hours=25))
    world.scene.sync()
    assert len(world.texts()) == 1
    assert world.conflicts() == []


def test_what_somebody_carried_to_another_bound_calendar_meanwhile_is_followed_and_not_doubled(
    make: Callable[..., Twin],
) -> None:
    """Trap 6: our first write arrived unknown to us and was moved before we looked; sent again, its UID is taken."""
    world = make(purposes=(Purpose.OUTINGS, Purpose.TRAINING))
    other = world.scene.collections[Purpose.TRAINING]
    with world.failing(Unreachable("Gone"), after=True):
        world.scene.sync()
    (href,) = world.texts()
    text = world.texts()[href]
    world.server.delete("service", href)
    moved = other + href.rpartition("/")[2]
    world.server.put("service", moved, text.replace("T093000", "T100000"))

    def account_wide(request: Request) -> None:
        if request.method == "PUT" and request.href == href:
            raise UidConflict("Taken", href=href, status=409)

    world.server.before = account_wide
    for _ in range(2):
        assert world.scene.sync().ok
    assert world.texts() == {}
    assert list(world.server.texts(other)) == [moved]
    assert world.scene.href_of() == moved
    assert world.scene.appointment().start.hour == 10
    assert world.scene.appointment().generation == 1
    assert world.conflicts() == []


def test_a_refused_name_never_makes_us_delete_and_write_anew(make: Callable[..., Twin]) -> None:
    """Trap 9: after a 409 some clients delete first and write then, and lose the event when the second fails."""
    world = make(outings=2)
    world.scene.sync()
    world.change(title="Autre titre")
    errors: list[DavError] = [UidConflict("Taken", status=409), Rejected("Conflict", status=409)]
    for error in errors:
        with world.failing(error, methods=("PUT",)):
            world.scene.sync(full=True)
        assert len(world.texts()) == 2
    assert not any(method == "DELETE" for method, _, _ in world.writes())


def test_a_person_whose_card_has_a_taken_name_gets_another_one(make: Callable[..., Any]) -> None:
    """Trap 6 for contacts: a card's UID stands once in an address book."""
    world = make(purposes=(Purpose.CONTACTS,))
    book = world.scene.collections[Purpose.CONTACTS]
    refused: list[str] = []

    def once(request: Request) -> None:
        if request.method == "PUT" and not refused:
            refused.append(request.href)
            raise UidConflict("Taken", href=request.href, status=409)

    world.server.before = once
    report = world.scene.sync()
    assert report.of(book).renewed == 1
    assert refused[0] not in world.server.texts(book)
    names = sorted(text.split("FN:")[1].split("\r\n")[0] for text in world.server.texts(book).values())
    assert len(names) == len(set(names)) == report.of(book).created
