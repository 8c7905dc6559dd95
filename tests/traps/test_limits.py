"""Traps 9 and 14: what a server will not take, told in words; and what never ends elsewhere, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from calendars.dav.refusals import refusal
from calendars.errors import DavError, InsufficientStorage, PreconditionFailed, TooLarge
from sidecar.domain.appointments import AppointmentState
from tests.traps.words import told_in
from tests.twin import Twin

NEXTCLOUD = "<d:error xmlns:d='DAV:' xmlns:s='http://sabredav.org/ns'><s:message>{}</s:message></d:error>"


@pytest.mark.parametrize(
    ("status", "body", "kind", "french", "english"),
    [
        (413, b"", TooLarge, "10 Mio", "10 MiB"),
        (403, b'<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:max-resource-size/></d:error>', TooLarge,
         "trop gros", "too large"),
        (507, b"", InsufficientStorage, "plus de place", "no room left"),
        (403, b'<d:error xmlns:d="DAV:"><d:quota-not-exceeded/></d:error>', InsufficientStorage, "limite", "limit"),
    ],
)  # fmt: skip
def test_too_large_and_no_room_are_told_once_in_the_readers_language(
    world: Twin, status: int, body: bytes, kind: type[DavError], french: str, english: str
) -> None:
    """Trap 14: Nextcloud takes 10 MiB an object; 413 and 507 say what to do and are tried again once a day."""
    error = refusal("PUT", "/a", status, {}, body)
    assert type(error) is kind
    with world.failing(error) as met:
        for _ in range(3):
            world.scene.sync()
        assert len(met) == 1
    (told,) = world.conflicts()
    assert french in told_in("fr", told) and english in told_in("en", told)
    world.scene.clock.forward(timedelta(hours=25))
    world.scene.sync()
    assert world.conflicts() == []
    assert len(world.texts()) == 1


def test_an_event_of_more_than_ten_mebibytes_stops_nothing_else(make: Callable[..., Twin]) -> None:
    """Trap 14: the one that is too large is told, the others go out, in both directions."""
    world = make(outings=3)
    limit = 10 * 1024 * 1024

    def take(_kind: object, text: str) -> str:
        if len(text.encode()) > limit:
            raise TooLarge("Too large", status=413)
        return text

    world.server.rewrite = take
    world.change("cafe1", text="é" * (limit // 2))
    report = world.scene.sync()
    assert report.error == ""
    assert (report.of(world.calendar).created, report.of(world.calendar).refused) == (2, 1)
    world.edit("T093000", "T100000", "cafe2")
    world.scene.sync()
    assert world.scene.appointment("cafe2").start.hour == 10
    world.change("cafe1", text="Plus court")
    world.scene.sync()
    assert len(world.texts()) == 3
    assert world.conflicts() == []


def test_edited_here_and_deleted_there_ends_although_the_server_says_412_each_time(synced: Twin) -> None:
    """Trap 9: DAVx5 tried for ever (davx5-ose issue 2739). Here the edit is kept under a new name, and told."""
    synced.change(title="Autre titre")
    synced.server.delete("service", synced.scene.href_of())
    with synced.failing(PreconditionFailed("Changed", status=412), at="cafe-1") as met:
        for _ in range(4):
            synced.scene.sync()
            synced.scene.clock.forward(timedelta(minutes=1))
    assert len(met) <= 1
    assert synced.scene.appointment().state is AppointmentState.PUBLISHED
    assert [c.why for c in synced.conflicts()] == ["deleted_there_changed_here"]
    (text,) = synced.texts().values()
    assert "UID:cafe-2@" in text and "SUMMARY:Autre titre" in text
    assert synced.scene.sync().requests == 1
