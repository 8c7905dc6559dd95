"""What a role opens, and who holds one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from calendars.sync.memory_server import MemoryServer
from sidecar.domain.access import EVERYWHERE, RIGHTS, HolderKind, Right, Role, Visitor
from sidecar.domain.appointments import AppointmentState, Participation, SupervisionSlot
from sidecar.domain.bindings import Binding, Purpose, Space
from sidecar.domain.centres import Centre
from sidecar.domain.errors import DomainError, NotFound
from sidecar.domain.people import Membership, Person
from sidecar.services.access import Account, grant_role, server_of, visitor_of, withdraw_role
from sidecar.services.overview import may_see, private_to
from sidecar.storage import UnitOfWork
from tests.scene import BEGINNING, build


@pytest.fixture
def uow(tmp_path: Path) -> Iterator[UnitOfWork]:
    """Maurepas is bound on cloud.example.org, Cleunay on other.example.org, Villejean nowhere."""
    server = MemoryServer()
    server.add_user("service", "x")
    scene = build(tmp_path, lambda space: server.home("service", "x"), purposes=())
    with scene.board() as uow:
        for id in ("cleunay", "villejean"):
            uow.centres.add(Centre(id=id, name=id.title()))
        for number, (centre, host) in enumerate((("maurepas", "cloud"), ("cleunay", "other"))):
            uow.spaces.add(Space(id=f"s{number}", url=f"https://{host}.example.org/dav/", username="service", secret="x"))
            uow.bindings.add(
                Binding(id=f"b{number}", space_id=f"s{number}", centre_id=centre, href="/c/",
                        purposes=(Purpose.OUTINGS,), bound_at=BEGINNING)
            )  # fmt: skip
        yield uow


def give(uow: UnitOfWork, role: Role, centre: str = "maurepas", *, account: str = "", group: str = "") -> None:
    kind, holder = (HolderKind.ACCOUNT, account) if account else (HolderKind.GROUP, group)
    ids = iter(f"{role}-{centre}-{holder}-{n}" for n in range(5))
    grant_role(uow, role, centre_id=centre, holder_kind=kind, holder=holder, new_id=lambda: next(ids))


def known(uow: UnitOfWork, account: str, *centres: str, **more: bool) -> None:
    memberships = tuple(Membership(centre_id=c) for c in centres)
    uow.people.add(
        Person(id=f"{account}-{'-'.join(centres)}", given_name=account, account=account, memberships=memberships, **more)
    )


def test_no_role_but_the_organisers_opens_a_supervision() -> None:
    assert [role for role in Role if Right.SEE_SUPERVISION in RIGHTS[role]] == [Role.SUPERVISION_ORGANISER]


def test_administering_shows_nobodys_rota() -> None:
    assert not RIGHTS[Role.ADMIN] & {Right.SEE_ROTA, Right.SEE_CONTACTS, Right.SEE_PLANS, Right.SEE_SUPERVISION}


def test_an_account_that_nobody_knows_may_nothing(uow: UnitOfWork) -> None:
    visitor = visitor_of(uow, Account(id="stranger", groups=frozenset({"everybody"})))
    assert (visitor.person_id, visitor.roles, visitor.everywhere) == (None, {}, frozenset())
    assert not any(visitor.may_somewhere(right) for right in Right)


def test_roles_come_from_the_account_from_its_groups_and_from_being_known(uow: UnitOfWork) -> None:
    give(uow, Role.COORDINATOR, group="Sorties")
    give(uow, Role.VIEWER, "cleunay", account="marie")
    known(uow, "marie", "maurepas", "villejean")
    visitor = visitor_of(uow, Account(id="marie", groups=frozenset({"Sorties"})))
    assert visitor.roles == {
        "maurepas": {Role.COORDINATOR, Role.TEAM_MEMBER},
        "cleunay": {Role.VIEWER},
        "villejean": {Role.TEAM_MEMBER},
    }
    assert visitor.person_id == "marie-maurepas-villejean"


def test_a_group_of_the_same_name_as_an_account_gives_the_account_nothing(uow: UnitOfWork) -> None:
    give(uow, Role.COORDINATOR, group="marie")
    give(uow, Role.COORDINATOR, "cleunay", account="Sorties")
    assert visitor_of(uow, Account(id="marie")).roles == {}
    assert visitor_of(uow, Account(id="yann", groups=frozenset({"Sorties"}))).roles == {}


def test_a_role_everywhere_counts_in_every_centre(uow: UnitOfWork) -> None:
    give(uow, Role.COORDINATOR, EVERYWHERE, account="marie")
    visitor = visitor_of(uow, Account(id="marie"))
    assert all(visitor.may(Right.DECIDE, centre) for centre in ("maurepas", "cleunay", "villejean", "not there yet"))


def test_an_account_of_a_calendar_server_counts_only_where_that_server_is_bound(uow: UnitOfWork) -> None:
    give(uow, Role.COORDINATOR, EVERYWHERE, account="marie")
    give(uow, Role.VIEWER, "cleunay", account="marie")
    known(uow, "marie", "cleunay")
    visitor = visitor_of(uow, Account(id="marie", server="https://cloud.example.org"))
    assert visitor.roles == {"maurepas": {Role.COORDINATOR}}
    assert (visitor.person_id, visitor.everywhere) == (None, frozenset())
    there = visitor_of(uow, Account(id="marie", server="https://other.example.org"))
    assert there.roles == {"cleunay": {Role.COORDINATOR, Role.VIEWER, Role.TEAM_MEMBER}}
    assert there.person_id == "marie-cleunay"


def test_the_server_of_one_centre_does_not_say_who_somebody_is_in_another(uow: UnitOfWork) -> None:
    known(uow, "marie", "maurepas", "cleunay")
    marie = visitor_of(uow, Account(id="marie", server="https://cloud.example.org"))
    slot = SupervisionSlot(
        id="slot", centre_id="cleunay", title="Relecture", start=BEGINNING, end=BEGINNING,
        state=AppointmentState.PUBLISHED, participants=(Participation(person_id=marie.person_id or ""),),
    )  # fmt: skip
    assert not may_see(marie, slot)
    assert private_to(marie, slot)
    here = replace(slot, centre_id="maurepas")
    assert may_see(marie, here)
    assert not private_to(marie, here)
    assert may_see(marie, replace(slot, invited_centre_ids=("maurepas",)))
    assert may_see(visitor_of(uow, Account(id="marie")), slot)


@pytest.mark.parametrize("state", [{"active": False}, {"suggested": True}])
def test_who_left_or_is_only_suggested_is_nobody(uow: UnitOfWork, state: dict[str, bool]) -> None:
    known(uow, "marie", "maurepas", **state)
    visitor = visitor_of(uow, Account(id="marie"))
    assert (visitor.person_id, visitor.roles) == (None, {})


def test_the_platforms_admin_sets_up_every_centre_and_sees_no_rota(uow: UnitOfWork) -> None:
    visitor = visitor_of(uow, Account(id="root", platform_admin=True))
    assert visitor.may(Right.SET_UP, "maurepas")
    assert not visitor.may_somewhere(Right.SEE_ROTA)


def test_giving_twice_is_giving_once_and_taking_takes_it_all(uow: UnitOfWork) -> None:
    for centre in ("maurepas", EVERYWHERE):
        give(uow, Role.VIEWER, centre, account="marie")
        give(uow, Role.VIEWER, centre, account=" marie ")
        assert len(uow.grants.all(holder="marie", centre_id=centre or None)) == 1
        withdraw_role(uow, Role.VIEWER, centre_id=centre, holder_kind=HolderKind.ACCOUNT, holder="marie")
        with pytest.raises(NotFound):
            withdraw_role(uow, Role.VIEWER, centre_id=centre, holder_kind=HolderKind.ACCOUNT, holder="marie")
    assert uow.grants.all() == []


def test_a_role_for_nobody_or_nowhere_is_refused(uow: UnitOfWork) -> None:
    with pytest.raises(DomainError, match="role_for_nobody"):
        give(uow, Role.VIEWER, account="  ")
    with pytest.raises(NotFound):
        give(uow, Role.VIEWER, "nowhere", account="marie")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://Cloud.example.org:443/dav/", "https://cloud.example.org"),
        ("http://127.0.0.1:5232/", "http://127.0.0.1:5232"),
        ("http://cloud.example.org:80", "http://cloud.example.org"),
        ("https://[2001:DB8::1]:5232/dav/", "https://[2001:db8::1]:5232"),
        ("https://[2001:db8::1:5232]/dav/", "https://[2001:db8::1:5232]"),
    ],
)
def test_a_server_is_its_scheme_host_and_port(url: str, server: str) -> None:
    assert server_of(url) == server


def test_a_right_in_one_centre_is_none_in_another() -> None:
    visitor = Visitor(name="x", roles={"maurepas": frozenset({Role.COORDINATOR})})
    assert visitor.may(Right.DECIDE, "maurepas")
    assert not visitor.may(Right.DECIDE, "cleunay")
    assert visitor.may_somewhere(Right.DECIDE)
