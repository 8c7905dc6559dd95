"""One bound calendar from the page: what binding it elsewhere or letting go of it means is shown first, then done."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from calendars.dav import Account
from calendars.sync.memory_server import READ, MemoryServer
from calendars.sync.ports import CollectionKind
from sidecar.domain.access import HolderKind, Role, RoleGrant
from sidecar.domain.bindings import Binding, Purpose
from sidecar.services.sync.desk import ACCOUNT_KEY
from sidecar.web.setting_up import bound
from tests.access.conftest import Embedded
from tests.access.test_every_route import _form_of
from tests.scene import outing

PAGE = "/set-up/centres/maurepas/bound/outings"


def text(answer: Any) -> str:
    return html.unescape(answer.text)


def server(embedded: Embedded) -> MemoryServer:
    found = embedded.scene.syncer.home(embedded.scene.space).server  # type: ignore[attr-defined]
    assert isinstance(found, MemoryServer)
    return found


def binding(embedded: Embedded) -> Binding | None:
    with embedded.scene.reading() as uow:
        return next((b for b in uow.bindings.all(centre_id="maurepas") if Purpose.OUTINGS in b.purposes), None)


def outings(embedded: Embedded) -> str:
    return embedded.scene.collections[Purpose.OUTINGS]


def choice(embedded: Embedded, name: str) -> str:
    """The value by which the page's list calls a collection."""
    return next(iter(re.findall(rf'<option value="(\w+)"[^>]*>{name}<', embedded.get(PAGE, "root").text)), "")


def send(embedded: Embedded, what: str, who: str = "root", **fields: str) -> Any:
    form = {"form_token": _form_of(embedded, who), "was": outings(embedded), "sure": "1"} | fields
    return embedded.post(f"{PAGE}/{what}", who, {name: value for name, value in form.items() if value})


def made(embedded: Embedded, name: str, kind: CollectionKind = CollectionKind.CALENDAR) -> str:
    return embedded.scene.syncer.home(embedded.scene.space).create_collection(kind, name, name.title()).href


@pytest.fixture
def embedded(embedded: Embedded) -> Embedded:
    """Three outings stand in the calendar that Maurepas is bound to."""
    with embedded.scene.board() as uow:
        for number in (1, 2):
            uow.appointments.add(outing(number))
    embedded.scene.sync()
    return embedded


def test_what_it_means_is_shown_and_nothing_done(embedded: Embedded) -> None:
    made(embedded, "quartier")
    made(embedded, "carnet", CollectionKind.ADDRESSBOOK)
    page = text(embedded.get(PAGE, "root"))
    assert "3 rendez-vous de nous." in page
    assert not choice(embedded, "Carnet"), "an address book holds no outings"
    assert not choice(embedded, "C supervision"), "what is bound already stands in for nothing"
    page = text(embedded.get(f"{PAGE}?to={choice(embedded, 'Quartier')}", "root"))
    assert "De « C outings » à « Quartier »" in page
    assert "leurs participants sont invités à nouveau" in page
    found = binding(embedded)
    assert found is not None and found.href == outings(embedded)


def test_a_calendar_that_moved_is_bound_where_it_is_and_nothing_is_doubled(embedded: Embedded) -> None:
    new = server(embedded).relocate(outings(embedded), "service", "quartier")
    assert "n'est plus sur le serveur" not in text(embedded.get(PAGE, "root"))
    answer = send(embedded, "elsewhere", to=choice(embedded, "C outings"))
    assert (answer.status_code, "est relié là où il est maintenant" in text(answer)) == (200, True)
    found = binding(embedded)
    assert found is not None and found.href == new
    with embedded.scene.reading() as uow:
        assert uow.hints.standing() == {"space"}
    report = embedded.scene.sync()
    assert (report.of(new).pushed, report.of(new).guarded) == (0, "")
    assert len(server(embedded).texts(new)) == 3


def test_out_of_the_trash_bin_our_events_move_over_and_the_page_says_so(embedded: Embedded) -> None:
    new = made(embedded, "quartier")
    server(embedded).bin_collection(outings(embedded))
    to = choice(embedded, "Quartier")
    assert "personne n'est prévenu" in text(embedded.get(f"{PAGE}?to={to}", "root")).partition("De « C outings")[2]
    assert send(embedded, "elsewhere", to=to).status_code == 200
    assert len(server(embedded).texts(new)) == 3


def test_where_copies_stay_the_page_says_that_nobody_is_told_once_the_old_one_is_no_more(embedded: Embedded) -> None:
    with embedded.scene.board() as uow:
        found = Account(origin=embedded.scene.space.url, principal="/", schedules=True, server="nextcloud")
        uow.settings.set(ACCOUNT_KEY.format(space="space"), found.as_json())
    made(embedded, "quartier")

    def said() -> str:
        page = text(embedded.get(f"{PAGE}?to={choice(embedded, 'Quartier')}", "root"))
        return page.partition("De « C outings")[2]

    assert "leurs participants sont invités à nouveau" in said()
    server(embedded).remove_collection(outings(embedded))
    assert "L'ancien n'existe plus" in said() and "personne n'est prévenu" in said()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sure": ""}, "Cochez d'abord la case"),
        ({"to": "nothing"}, "Entre-temps quelque chose a changé"),
        ({"was": "/elsewhere/"}, "Entre-temps quelque chose a changé"),
    ],
    ids=["not sure", "not there", "bound elsewhere meanwhile"],
)
def test_what_was_not_shown_or_not_meant_is_not_done(embedded: Embedded, fields: dict[str, str], told: str) -> None:
    made(embedded, "quartier")
    answer = send(embedded, "elsewhere", **{"to": choice(embedded, "Quartier"), **fields})
    assert (answer.status_code, told in text(answer)) == (422, True)
    found = binding(embedded)
    assert found is not None and found.href == outings(embedded)


def test_what_is_written_is_not_bound_to_what_may_only_be_read(embedded: Embedded) -> None:
    server(embedded).add_collection("autre", CollectionKind.CALENDAR, "lu", "Lu", grants={"service": READ})
    to = choice(embedded, "Lu")
    assert "ce compte ne peut que le lire" in text(embedded.get(f"{PAGE}?to={to}", "root"))
    answer = send(embedded, "elsewhere", to=to)
    assert answer.status_code == 422
    found = binding(embedded)
    assert found is not None and found.href == outings(embedded)


@pytest.mark.parametrize(("how", "left"), [("leave", 3), ("take_out", 0)])
def test_it_is_let_go_of_with_what_is_ours_or_without(embedded: Embedded, how: str, left: int) -> None:
    answer = send(embedded, "let-go", how=how)
    assert (answer.status_code, "« C outings » est délié." in text(answer)) == (200, True)
    assert binding(embedded) is None
    assert len(server(embedded).texts(outings(embedded))) == left
    assert embedded.scene.appointment("cafe1").title == "Le Café du facteur"
    assert embedded.get(PAGE, "root").status_code == 404


@pytest.mark.parametrize(
    "fields", [{"sure": "", "how": "leave"}, {"how": ""}, {"how": "burn"}, {"was": "/x/", "how": "leave"}]
)
def test_it_is_not_let_go_of_unless_meant_and_as_shown(embedded: Embedded, fields: dict[str, str]) -> None:
    assert send(embedded, "let-go", **fields).status_code == 422
    assert binding(embedded) is not None


def test_what_takes_longer_carries_on_by_itself(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound, "PATIENCE", -1.0)
    monkeypatch.setattr(bound, "AT_ONCE", 1)
    first = send(embedded, "let-go", how="take_out")
    assert "il reste 2 sur 3" in text(first)
    assert "data-carry-on" in first.text
    assert "il reste 1 sur 3" in text(send(embedded, "let-go", how="take_out", of="3"))
    assert "est délié" in text(send(embedded, "let-go", how="take_out", of="3"))
    assert (binding(embedded), server(embedded).texts(outings(embedded))) == (None, {})


def test_while_muted_nothing_is_taken_out_and_the_page_says_so(embedded: Embedded) -> None:
    with embedded.scene.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), muted=True))
    answer = send(embedded, "let-go", how="take_out")
    assert (answer.status_code, "tout est en silence" in text(answer)) == (422, True)
    assert len(server(embedded).texts(outings(embedded))) == 3


def test_who_sets_up_one_centre_lets_go_of_its_own_and_binds_nothing_else(embedded: Embedded) -> None:
    made(embedded, "agenda-de-paul")
    with embedded.scene.board() as uow:
        uow.grants.add(
            RoleGrant(id="g", centre_id="maurepas", holder_kind=HolderKind.ACCOUNT, holder="zoe", role=Role.ADMIN)
        )
    page = text(embedded.get(PAGE, "zoe"))
    assert "Agenda-De-Paul" not in page
    assert "revient à qui règle tous les centres" in page
    assert send(embedded, "elsewhere", "zoe", to=choice(embedded, "Agenda-De-Paul")).status_code == 403
    other = {"form_token": _form_of(embedded, "zoe"), "was": "x", "sure": "1", "how": "leave"}
    assert embedded.post("/set-up/centres/cleunay/bound/outings/let-go", "zoe", other).status_code == 403
    assert send(embedded, "let-go", "zoe", how="leave").status_code == 200
    assert binding(embedded) is None
