"""Setting up from the page: roles, collections bound read-only, made and shared; a first look that writes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import pytest

from calendars.dav.principals import Principal
from calendars.errors import Unauthorised
from calendars.sync.memory_server import READ, READ_WRITE
from calendars.sync.ports import CollectionKind
from sidecar.domain.access import HolderKind, Role, RoleGrant
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.errors import DomainError
from sidecar.domain.people import Membership, Person
from sidecar.services.setting_up import title_of
from sidecar.services.sharing import Unshared, require_holder, share_all, shares_of
from sidecar.web.setting_up import leaving
from sidecar.web.setting_up.centre import key
from tests.access.conftest import Embedded
from tests.scene import BEGINNING

CENTRE = "/set-up/centres/cleunay"


def send(embedded: Embedded, what: str, data: Mapping[str, str] | None = None, centre: str = CENTRE) -> Any:
    return embedded.post(
        f"{centre}/{what}", "root", {"form_token": embedded.form_token("root", "/set-up/")} | dict(data or {})
    )


def made(embedded: Embedded, name: str, kind: CollectionKind = CollectionKind.CALENDAR) -> str:
    return embedded.scene.syncer.home(embedded.scene.space).create_collection(kind, name, name.title()).href


def bound(embedded: Embedded, centre: str = "cleunay") -> dict[str, Binding]:
    with embedded.scene.reading() as uow:
        return {b.href: b for b in uow.bindings.all(centre_id=centre)}


def test_what_exists_is_listed_with_what_it_serves_and_what_another_centre_has(embedded: Embedded) -> None:
    made(embedded, "sorties")
    page = embedded.get(CENTRE, "root").text
    assert "Sorties" in page
    assert page.count("Déjà relié à « Centre social de Maurepas »") == 2
    assert "Ce qui manque" not in page
    assert "Il manque :" in page


def test_a_ticked_collection_is_bound_and_only_read(embedded: Embedded) -> None:
    href = made(embedded, "sorties")
    answer = send(
        embedded, "collections", {"space": "space", f"use-{key(href)}-outings": "1", f"use-{key(href)}-training": "1"}
    )
    assert answer.status_code == 200
    binding = bound(embedded)[href]
    assert (set(binding.purposes), binding.writes) == ({Purpose.OUTINGS, Purpose.TRAINING}, False)
    assert re.search(rf'name="use-{key(href)}-outings" value="1" checked', embedded.get(CENTRE, "root").text)


def test_binding_one_of_two_for_the_same_purpose_binds_none(embedded: Embedded) -> None:
    one, two = made(embedded, "one"), made(embedded, "two")
    answer = send(
        embedded, "collections", {"space": "space", f"use-{key(one)}-outings": "1", f"use-{key(two)}-outings": "1"}
    )
    assert answer.status_code == 422
    assert "Un autre agenda du centre a déjà ce rôle" in answer.text
    assert bound(embedded) == {}


def test_a_collection_of_another_centre_is_not_taken_by_a_forged_form(embedded: Embedded) -> None:
    href = embedded.scene.collections[Purpose.OUTINGS]
    answer = send(embedded, "collections", {"space": "space", f"use-{key(href)}-outings": "1"})
    assert answer.status_code == 422
    assert bound(embedded) == {}


def test_what_is_missing_is_made_and_may_be_written_at_once(embedded: Embedded) -> None:
    assert send(embedded, "create", {"space": "space"}).status_code == 200
    found = bound(embedded)
    assert {p for b in found.values() for p in b.purposes} == set(Purpose)
    assert all(b.writes for b in found.values())
    assert send(embedded, "create", {"space": "space"}).status_code == 200
    assert bound(embedded) == found


def test_a_first_look_shows_what_would_be_written_and_writes_nothing(embedded: Embedded) -> None:
    href = made(embedded, "sorties")
    send(embedded, "collections", {"space": "space", f"use-{key(href)}-outings": "1"})
    page = send(embedded, "look").text
    assert "1 entrée serait écrite" in page
    assert "Sortie de Cleunay" in page
    with embedded.scene.reading() as uow:
        assert uow.links.of_binding(bound(embedded)[href].id) == []
    assert "Autoriser l&#39;écriture" in page
    assert send(embedded, "writing", {"writes": "yes"}).status_code == 200
    assert bound(embedded)[href].writes
    send(embedded, "writing", {"writes": "no"})
    assert not bound(embedded)[href].writes


def test_a_first_look_names_nobody_of_the_address_book_to_who_only_sets_up(embedded: Embedded) -> None:
    href = made(embedded, "carnet", CollectionKind.ADDRESSBOOK)
    send(embedded, "collections", {"space": "space", f"use-{key(href)}-contacts": "1"})
    with embedded.scene.board() as uow:
        uow.people.add(
            Person(id="nolwenn", given_name="Nolwenn", family_name="Secret", memberships=(Membership(centre_id="cleunay"),))
        )
    page = send(embedded, "look").text
    assert "serait écrite" in page or "seraient écrites" in page
    assert "Nolwenn" not in page


def test_roles_are_given_and_taken_here_alone(embedded: Embedded) -> None:
    role = {"role": "coordinator", "kind": "group", "holder": "Équipe de Cleunay"}
    assert send(embedded, "roles", role).status_code == 200
    page = embedded.get(CENTRE, "root").text
    assert "coordination : groupe « Équipe de Cleunay »" in page
    assert send(embedded, "roles", {**role, "take": "1"}).status_code == 200
    with embedded.scene.reading() as uow:
        assert uow.grants.all(centre_id="cleunay") == []
        assert len(uow.grants.all(centre_id="maurepas")) == 3


@pytest.mark.parametrize("bad", [{"role": "king"}, {"kind": "nobody"}, {"holder": " "}])
def test_a_role_that_cannot_be_is_told_and_nothing_is_given(embedded: Embedded, bad: dict[str, str]) -> None:
    answer = send(embedded, "roles", {"role": "viewer", "kind": "account", "holder": "x"} | bad)
    assert answer.status_code == 422
    assert "Dites à qui" in answer.text


def test_a_centre_is_added_once(embedded: Embedded) -> None:
    form = {"form_token": embedded.form_token("root", "/set-up/"), "name": "Centre social Villejean"}
    assert embedded.post("/set-up/centres", "root", form).status_code == 200
    assert embedded.post("/set-up/centres", "root", form | {"name": "centre social VILLEJEAN "}).status_code == 422
    with embedded.scene.reading() as uow:
        assert [c.name for c in uow.centres.all()].count("Centre social Villejean") == 1


def test_who_sets_up_one_centre_sets_up_no_other_and_names_no_account(embedded: Embedded) -> None:
    with embedded.scene.board() as uow:
        uow.grants.add(RoleGrant(id="g", centre_id="cleunay", holder_kind=HolderKind.ACCOUNT, holder="zoe", role=Role.ADMIN))
    assert embedded.get(CENTRE, "zoe").status_code == 200
    assert embedded.get("/set-up/centres/maurepas", "zoe").status_code == 403
    page = embedded.get("/set-up/", "zoe").text
    assert "Maurepas" not in page
    assert "Compte de service" not in page
    form = {"form_token": embedded.form_token("zoe", CENTRE), "name": "x", "user": "service", "url": "https://x"}
    for what in ("account", "centres"):
        assert embedded.post(f"/set-up/{what}", "zoe", form).status_code == 403
    # The account belongs to Maurepas: its collections are not shown, nor may anything be made there.
    assert "C outings" not in embedded.get(CENTRE, "zoe").text
    assert embedded.post(f"{CENTRE}/create", "zoe", {**form, "space": "space"}).status_code == 404
    assert bound(embedded) == {}


def test_who_sets_up_one_centre_neither_sees_nor_binds_what_is_not_bound_to_it(embedded: Embedded) -> None:
    own, private = made(embedded, "ateliers"), made(embedded, "agenda-de-paul")
    assert send(embedded, "collections", {"space": "space", f"use-{key(own)}-outings": "1"}).status_code == 200
    with embedded.scene.board() as uow:
        uow.grants.add(RoleGrant(id="g", centre_id="cleunay", holder_kind=HolderKind.ACCOUNT, holder="zoe", role=Role.ADMIN))
    page = embedded.get(CENTRE, "zoe").text
    assert "Ateliers" in page
    assert "Agenda-De-Paul" not in page
    assert "Maurepas" not in page
    form = {"form_token": embedded.form_token("zoe", CENTRE), "space": "space", f"use-{key(own)}-training": "1"}
    embedded.post(f"{CENTRE}/collections", "zoe", {**form, f"use-{key(private)}-supervision": "1"})
    assert {href: binding.purposes for href, binding in bound(embedded).items()} == {own: (Purpose.TRAINING,)}


def test_a_server_in_trouble_is_told_and_the_rest_of_the_page_stays(embedded: Embedded) -> None:
    def refused(*_: object) -> Any:
        raise Unauthorised("401", status=401)

    object.__setattr__(embedded.scene.syncer, "open_home", refused)
    page = embedded.get(CENTRE, "root")
    assert page.status_code == 200
    assert "refus" in page.text
    assert "Donner ce rôle" in page.text


def grant(role: Role, group: str, centre: str = "maurepas", kind: HolderKind = HolderKind.GROUP) -> RoleGrant:
    return RoleGrant(id=f"{role}{group}", centre_id=centre, holder_kind=kind, holder=group, role=role)


GRANTS = [
    grant(Role.COORDINATOR, "Coordination"),
    grant(Role.TEAM_MEMBER, "Bénévoles"),
    grant(Role.TEAM_MEMBER, "Coordination"),
    grant(Role.VIEWER, "Tout le monde", ""),
    grant(Role.COORDINATOR, "Ailleurs", "cleunay"),
    grant(Role.COORDINATOR, "marie", kind=HolderKind.ACCOUNT),
]


@pytest.mark.parametrize(
    ("purpose", "shares"),
    [
        (Purpose.OUTINGS, {"Coordination": True, "Bénévoles": False, "Tout le monde": False}),
        (Purpose.CONTACTS, {"Coordination": True, "Bénévoles": False}),
        (Purpose.SUPERVISION, {}),
    ],
)
def test_groups_get_what_their_role_reads_and_supervision_is_shared_with_nobody(
    purpose: Purpose, shares: dict[str, bool]
) -> None:
    assert shares_of(GRANTS, "maurepas", purpose) == shares


class Groups:
    """A home whose server has these groups and accounts, and remembers what was shared."""

    def __init__(self, *there: str, knows: bool = True) -> None:
        self.there, self.knows = there, knows
        self.asked: list[tuple[str, str, bool]] = []

    def share(self, href: str, group: str, *, writes: bool) -> None:
        self.asked.append((href, group, writes))

    def has_group(self, group: str) -> bool | None:
        return group in self.there if self.knows else None

    def account_called(self, id: str) -> Principal | None:
        return Principal(id=id) if id in self.there else None

    def accounts_of(self, mail: str) -> Sequence[Principal] | None:
        return None


def binding(href: str, *purposes: Purpose) -> Binding:
    return Binding(id=href, space_id="s", centre_id="maurepas", href=href, purposes=purposes, bound_at=BEGINNING)


def test_a_calendar_that_also_holds_supervision_is_shared_with_nobody() -> None:
    home = Groups("Bénévoles", "Coordination", "Tout le monde")
    both = binding("/both/", Purpose.OUTINGS, Purpose.SUPERVISION)
    assert share_all(home, [both, binding("/open/", Purpose.OUTINGS, Purpose.TRAINING)], GRANTS) == Unshared()
    assert home.asked == [
        ("/open/", "Bénévoles", False),
        ("/open/", "Coordination", True),
        ("/open/", "Tout le monde", False),
    ]


def test_a_group_that_is_not_there_is_told_and_the_others_are_shared_with() -> None:
    home = Groups("Coordination", "Tout le monde")
    assert share_all(home, [binding("/open/", Purpose.OUTINGS)], GRANTS) == Unshared(strangers=("Bénévoles",))
    assert [group for _, group, _ in home.asked] == ["Coordination", "Tout le monde"]


@pytest.mark.parametrize(
    ("kind", "holder", "homes", "code"),
    [
        (HolderKind.GROUP, "Coordinaton", [Groups("Coordination")], "group_unknown"),
        (HolderKind.GROUP, "Coordination", [Groups(), Groups("Coordination")], ""),
        (HolderKind.GROUP, "Coordination", [Groups(knows=False)], ""),
        (HolderKind.GROUP, "Coordination", [], ""),
        (HolderKind.ACCOUNT, "mari", [Groups("marie")], "account_unknown"),
        (HolderKind.ACCOUNT, "marie", [Groups("marie")], ""),
        (HolderKind.ACCOUNT, "marie", [Groups(knows=False)], ""),
    ],
)
def test_who_is_to_hold_a_role_has_to_be_there_where_a_server_can_tell(
    kind: HolderKind, holder: str, homes: list[Groups], code: str
) -> None:
    if not code:
        require_holder(homes, kind, holder)
        return
    with pytest.raises(DomainError, match=code) as told:
        require_holder(homes, kind, holder, ["Lecture", "Coordination"])
    assert kind is HolderKind.ACCOUNT or told.value.details["known"] == ("Coordination",)


def test_a_mistyped_group_gets_no_role_and_the_near_ones_are_named(embedded: Embedded) -> None:
    known = knowing(embedded, "Équipe de Cleunay")
    answer = send(embedded, "roles", {"role": "coordinator", "kind": "group", "holder": "Equipe de Cleunay"})
    assert answer.status_code == 422
    assert "Il n&#39;y a pas de groupe « Equipe de Cleunay »" in answer.text
    right = {"role": "coordinator", "kind": "group", "holder": "Équipe de Cleunay"}
    assert send(embedded, "roles", right).status_code == 200
    with embedded.scene.reading() as uow:
        assert [g.holder for g in uow.grants.all(centre_id="cleunay")] == ["Équipe de Cleunay"]
    # What was given before the group went away can be taken all the same.
    known.there = ()
    assert send(embedded, "roles", right | {"take": "1"}).status_code == 200


def knowing(embedded: Embedded, *there: str) -> Groups:
    """From here on the scene's server knows these groups and accounts."""
    known, opened = Groups(*there), embedded.scene.syncer.open_home
    assert opened is not None

    def home(space: Space) -> Any:
        found = opened(space)
        for name in ("share", "has_group", "account_called", "accounts_of"):
            setattr(found, name, getattr(known, name))
        return found

    object.__setattr__(embedded.scene.syncer, "open_home", home)
    return known


def test_what_may_only_be_read_is_left_out_and_told(embedded: Embedded) -> None:
    server = embedded.scene.syncer.home(embedded.scene.space).server  # type: ignore[attr-defined]
    one, two = (
        server.add_collection("autre", CollectionKind.CALENDAR, name, name.title(), grants={"service": rights})
        for name, rights in (("sorties", READ_WRITE), ("reunions", READ))
    )
    form = {"space": "space", f"use-{key(one)}-outings": "1", f"use-{key(two)}-meetings": "1"}
    assert send(embedded, "collections", form).status_code == 200
    answer = send(embedded, "writing", {"writes": "yes"})
    assert answer.status_code == 200
    assert "car ce compte ne peut pas y écrire : Reunions." in answer.text
    assert {href: b.writes for href, b in bound(embedded).items()} == {one: True, two: False}
    assert "Nous lisons et écrivons à chaque passage" in embedded.get(CENTRE, "root").text
    server.grant(one, "service", READ)
    send(embedded, "writing", {"writes": "no"})
    answer = send(embedded, "writing", {"writes": "yes"})
    assert answer.status_code == 422
    assert "ne peut écrire dans aucun" in answer.text


def test_an_entry_is_called_by_its_title_or_by_the_end_of_its_address() -> None:
    assert (
        title_of("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:A\\, b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "/x/y.ics")
        == "A, b"
    )
    assert title_of("BEGIN:VCARD\r\nFN:Anne\r\nEND:VCARD\r\n", "/x/y.vcf") == "Anne"
    assert title_of("", "/x/y.ics") == "y.ics"


# --- before we are uninstalled ------------------------------------------------------------------------------------


def leave(embedded: Embedded, **fields: str) -> Any:
    return embedded.post("/set-up/leaving", "root", {"form_token": embedded.form_token("root", "/set-up/")} | fields)


def everywhere_bound(embedded: Embedded) -> int:
    with embedded.scene.reading() as uow:
        return len(uow.bindings.all())


def test_what_is_ours_is_shown_and_taken_out_only_by_who_says_that_they_are_sure(embedded: Embedded) -> None:
    embedded.scene.sync()
    page = unescape(embedded.get("/set-up/leaving", "root").text)
    assert "1 rendez-vous de nous." in page
    assert leave(embedded).status_code == 422
    assert everywhere_bound(embedded) == 2
    done = leave(embedded, sure="1")
    assert "Tout est retiré" in done.text
    assert everywhere_bound(embedded) == 0
    assert "il n'y a rien à retirer" in unescape(embedded.get("/set-up/leaving", "root").text)


def test_what_takes_longer_is_carried_on_by_the_page_and_can_be_left(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", 0.0)
    embedded.scene.sync()
    first = leave(embedded, sure="1")
    assert re.search(r'<progress max="(\d+)" value="(\d+)"', first.text)
    assert "data-carry-on" in first.text
    assert everywhere_bound(embedded) == 1
    assert "Tout est retiré" in leave(embedded, sure="1", of="9").text
    assert everywhere_bound(embedded) == 0


def test_a_server_that_does_not_answer_leaves_all_bound_and_says_so(embedded: Embedded) -> None:
    def refused(*_: object) -> Any:
        raise Unauthorised("401", status=401)

    object.__setattr__(embedded.scene.syncer, "open_home", refused)
    answer = leave(embedded, sure="1")
    assert answer.status_code == 422
    assert "refuse le compte" in answer.text
    assert everywhere_bound(embedded) == 2
