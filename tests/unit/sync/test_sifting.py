"""Other people's texts: none is parsed or kept, and a calendar that was never read is read in one request."""

from __future__ import annotations

import pytest

from calendars.errors import BadAnswer, ServerTrouble, TooLarge
from sidecar.domain.bindings import Purpose
from tests.bench.world import event
from tests.twin import Twin


@pytest.fixture
def full(world: Twin) -> Twin:
    """Three entries of others beside our outing, and one that names the initiative."""
    for number in range(3):
        world.server.put("service", f"{world.calendar}e{number}.ics", event(number, "Dentiste"))
    world.server.put("service", f"{world.calendar}ours.ics", event(40, "Le Café du facteur"))
    return world


def asked(world: Twin) -> list[str]:
    start = len(world.server.log)
    world.scene.sync()
    return [method for method, href, _ in world.server.log[start:] if href.startswith(world.calendar)]


def kept_texts(world: Twin) -> set[str]:
    with world.scene.reading() as uow:
        memory = uow.memory("space")
        known = [memory.get(world.calendar, href) for href in memory.etags(world.calendar)]
    return {k.href.rpartition("/")[2] for k in known if k is not None and (k.base or k.pending)}


def test_a_first_reading_is_one_request_and_its_etags_are_known_after_it(full: Twin) -> None:
    methods = asked(full)
    assert methods[0] == "REPORT"
    assert "PROPFIND" not in methods
    full.scene.sync()
    assert full.scene.sync().requests == 1
    full.scene.sync(full=True)
    assert full.scene.sync().requests == 1


def test_of_others_nothing_but_the_etag_is_kept(full: Twin) -> None:
    full.scene.sync()
    assert "ours.ics" in kept_texts(full)
    assert not kept_texts(full) & {"e0.ics", "e1.ics", "e2.ics"}


@pytest.mark.parametrize(
    "error", [TooLarge("Too much"), BadAnswer("Cut"), ServerTrouble("Oops", status=500)], ids=lambda e: type(e).__name__
)
def test_a_server_that_will_not_show_all_at_once_is_listed(full: Twin, error: Exception) -> None:
    with full.failing(error, methods=("REPORT",), times=1):
        report = full.scene.sync()
    assert report.ok
    assert report.of(full.calendar).error == ""
    assert "ours.ics" in kept_texts(full)
    full.scene.sync()
    assert full.scene.sync().requests == 1


def test_an_entry_of_others_that_gets_the_name_of_an_initiative_is_ours_from_then_on(full: Twin) -> None:
    full.scene.sync()
    full.server.put("service", f"{full.calendar}e1.ics", event(41, "Café du facteur, place du marché"))
    full.scene.sync()
    assert "e1.ics" in kept_texts(full)


@pytest.mark.parametrize(
    "line",
    [
        "SUMMARY;LANGUAGE=fr:LE CAFE DU FACTEUR",
        "summary:Le Café\r\n  du fac\r\n teur",
        "SUMMARY:Tournée\r\nCATEGORIES:Quartier,Le Café du facteur",
        "SUMMARY:Café du facteur\\, avec Chloé",
    ],
    ids=["shouted", "folded", "category", "escaped"],
)
def test_a_name_is_found_however_it_is_written(full: Twin, line: str) -> None:
    text = event(40, "Le Café du facteur").replace("SUMMARY:Le Café du facteur", line).replace("e0040@", "again@")
    full.server.put("service", f"{full.calendar}again.ics", text)
    full.scene.sync()
    assert "again.ics" in kept_texts(full)


def test_a_card_named_by_a_group_that_stands_already_is_looked_at(make: object) -> None:
    assert callable(make)
    world: Twin = make(purposes=(Purpose.OUTINGS, Purpose.CONTACTS))
    book = world.scene.collections[Purpose.CONTACTS]
    group = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:g\r\nFN:Aller vers\r\nN:Aller vers\r\nX-ADDRESSBOOKSERVER-KIND:group\r\n"
    world.server.put("service", f"{book}g.vcf", f"{group}X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:emma\r\nEND:VCARD\r\n")
    world.scene.sync()
    card = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:emma\r\nFN:Emma Roux\r\nN:Roux;Emma;;;\r\nEMAIL:emma@example.org\r\nEND:VCARD\r\n"
    )
    world.server.put("service", f"{book}emma.vcf", card)
    world.scene.sync()
    with world.scene.reading() as uow:
        assert uow.people.by_email("emma@example.org") is not None
