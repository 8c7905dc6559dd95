"""A calendar that another account shares with ours: read, but on a server that schedules not written, and why is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calendars.dav import Account
from calendars.errors import Forbidden
from calendars.sync.memory_server import READ_WRITE
from calendars.sync.ports import CollectionKind
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Purpose
from sidecar.domain.errors import DomainError
from sidecar.services.setting_up import bind_found
from sidecar.services.sharing import Unshared, share_all
from sidecar.services.sync.desk import ACCOUNT_KEY
from tests.access.conftest import Embedded
from tests.access.test_setting_up import CENTRE, GRANTS, Groups, binding, bound, key, knowing, send


@pytest.fixture
def theirs(embedded: Embedded) -> str:
    """A calendar of Coralie's that our account may write, on a server that schedules."""
    with embedded.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), schedules=True))
    return added(embedded, CollectionKind.CALENDAR)


def added(embedded: Embedded, kind: CollectionKind) -> str:
    server = embedded.scene.syncer.home(embedded.scene.space).server  # type: ignore[attr-defined]
    return str(
        server.add_collection("coralie", kind, f"theirs-{kind}", "Sorties du quartier", grants={"service": READ_WRITE})
    )


def test_it_is_offered_with_whose_it_is_and_what_would_get_lost_there(embedded: Embedded, theirs: str) -> None:
    page = embedded.get(CENTRE, "root").text
    assert page.count("Il appartient au compte « coralie »") == 1
    assert "n'y rapporte pas les réponses" in page.replace("&#39;", "'")


def test_it_is_read_and_let_out_when_the_rest_may_be_written(embedded: Embedded, theirs: str) -> None:
    ours = embedded.scene.syncer.home(embedded.scene.space).create_collection(CollectionKind.CALENDAR, "f", "F").href
    send(embedded, "collections", {"space": "space", f"use-{key(theirs)}-outings": "1", f"use-{key(ours)}-training": "1"})
    answer = send(embedded, "writing", {"writes": "yes"})
    assert answer.status_code == 200
    assert "appartiennent à un autre compte : Sorties du quartier." in answer.text
    assert {href: b.writes for href, b in bound(embedded).items()} == {theirs: False, ours: True}


def test_alone_it_stays_read_only_and_no_button_says_otherwise(embedded: Embedded, theirs: str) -> None:
    send(embedded, "collections", {"space": "space", f"use-{key(theirs)}-outings": "1"})
    answer = send(embedded, "writing", {"writes": "yes"})
    assert answer.status_code == 422
    assert "occ dav:move-calendar" in answer.text
    assert "Autoriser l" not in embedded.get(CENTRE, "root").text


def test_binding_it_to_be_written_at_once_is_refused(embedded: Embedded, theirs: str) -> None:
    with embedded.scene.reading() as uow:
        centre, space = uow.centres.get("cleunay"), uow.spaces.get("space")
    state = next(s for s in embedded.scene.syncer.home(space).look((CollectionKind.CALENDAR,)) if s.href == theirs)
    with pytest.raises(DomainError, match="collection_unheard"):
        bind_found(
            embedded.scene.application,
            centre,
            space,
            [(state, (Purpose.OUTINGS,), True)],
            actor="root",
            origin=Origin.COMMAND,
        )
    assert bound(embedded) == {}


def test_their_address_book_and_a_server_that_does_not_schedule_are_written(embedded: Embedded, theirs: str) -> None:
    book = added(embedded, CollectionKind.ADDRESSBOOK)
    send(embedded, "collections", {"space": "space", f"use-{key(book)}-contacts": "1"})
    assert send(embedded, "writing", {"writes": "yes"}).status_code == 200
    assert bound(embedded)[book].writes
    with embedded.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), schedules=False))
    send(embedded, "collections", {"space": "space", f"use-{key(theirs)}-outings": "1"})
    send(embedded, "writing", {"writes": "yes"})
    assert bound(embedded)[theirs].writes


def test_it_is_theirs_to_share_and_what_is_ours_is_shared_all_the_same() -> None:
    class Closed(Groups):
        def share(self, href: str, group: str, *, writes: bool) -> None:
            if href == "/theirs/":
                raise Forbidden("POST is not allowed here", href=href, status=403)
            super().share(href, group, writes=writes)

    home = Closed("Bénévoles", "Coordination", "Tout le monde")
    shared = binding("/theirs/", Purpose.OUTINGS)
    assert share_all(home, [shared, binding("/ours/", Purpose.OUTINGS)], GRANTS) == Unshared(others=(shared,))
    assert {href for href, _, _ in home.asked} == {"/ours/"}


def test_with_whom_it_was_shared_is_told_and_that_it_was_with_nobody(embedded: Embedded) -> None:
    known = knowing(embedded, "Équipe")
    with embedded.scene.board() as uow:
        account = Account(origin="https://server.example", principal="/", server="nextcloud")
        uow.settings.set(ACCOUNT_KEY.format(space="space"), account.as_json())
    assert "Partagé avec personne" in send(embedded, "create", {"space": "space"}).text
    send(embedded, "roles", {"role": "team_member", "kind": "group", "holder": "Équipe"})
    assert "Partagé avec Équipe." in send(embedded, "share").text
    assert {group for _, group, _ in known.asked} == {"Équipe"}


def test_a_role_of_a_group_that_is_gone_is_told_on_the_page(embedded: Embedded) -> None:
    known = knowing(embedded, "Équipe")
    send(embedded, "roles", {"role": "team_member", "kind": "group", "holder": "Équipe"})
    assert "plus sur le serveur" not in embedded.get(CENTRE, "root").text
    known.there = ()
    assert "plus sur le serveur : personne" in embedded.get(CENTRE, "root").text
    known.knows = False
    assert "plus sur le serveur" not in embedded.get(CENTRE, "root").text
