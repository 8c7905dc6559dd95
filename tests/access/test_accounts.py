"""People and accounts: what is proposed, what is told, and that only a confirmed account is tied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import pytest

from calendars.dav.principals import Principal
from sidecar.domain.access import HolderKind, Role, RoleGrant
from sidecar.domain.audit import Origin
from sidecar.domain.bindings import Space
from sidecar.domain.people import Membership, Person
from sidecar.services.accounts import Found, Tie, look_for, propose
from tests.access.conftest import Embedded

PAGE = "/set-up/centres/maurepas/people"
NEVER = "not asked"


def person(id: str, *mails: str, account: str | None = None) -> Person:
    return Person(id=id, given_name=id.title(), family_name="Test", emails=mails, account=account)


class Server:
    """A home whose server has these accounts; ``searches``: it says whose an address is."""

    def __init__(self, *accounts: Principal, searches: bool = True) -> None:
        self.accounts, self.searches = accounts, searches
        self.asked: list[str] = []

    def share(self, href: str, group: str, *, writes: bool) -> None:
        raise AssertionError(NEVER)

    def has_group(self, group: str) -> bool | None:
        return False

    def account_called(self, id: str) -> Principal | None:
        self.asked.append(id)
        return next((a for a in self.accounts if a.id == id), None)

    def accounts_of(self, mail: str) -> Sequence[Principal] | None:
        self.asked.append(mail)
        return tuple(a for a in self.accounts if mail.lower() in a.mails) if self.searches else None


def account(id: str, *mails: str) -> Principal:
    return Principal(id=id, name=id, mails=mails)


def lines(people: Sequence[Person], *there: Principal, others: Sequence[Person] = (), sure: bool = True) -> list[Any]:
    found = look_for([(Server(*there), sure)], people)
    return [(line.tie, line.accounts, line.by_mail) for line in propose(people, [*people, *others], found)]


def test_an_equal_address_is_a_proposal_whatever_its_capitals() -> None:
    assert lines([person("p" * 32, "Anne@Example.org")], account("anne7", "anne@example.org")) == [
        (Tie.PROPOSED, ("anne7",), "anne@example.org")
    ]


def test_an_equal_id_is_a_proposal_too() -> None:
    assert lines([person("anne")], account("anne", "else@example.org")) == [(Tie.PROPOSED, ("anne",), "")]
    mailed = person("p" * 32, "anne@example.org")
    found = Found(accounts={"anne@example.org": account("anne@example.org")})
    assert propose([mailed], [mailed], found)[0].accounts == ("anne@example.org",)


@pytest.mark.parametrize(
    ("people", "there", "others", "tie"),
    [
        ([person("p" * 32, "a@x.org")], [account("one", "a@x.org"), account("two", "a@x.org")], [], Tie.SEVERAL),
        ([person("anne", "a@x.org")], [account("anne"), account("two", "a@x.org")], [], Tie.SEVERAL),
        ([person("p" * 32, "a@x.org")], [account("one", "a@x.org")], [person("q", account="ONE")], Tie.HELD),
        ([person("p" * 32, "a@x.org", account="one")], [account("one"), account("two", "a@x.org")], [], Tie.CONTRADICTS),
        ([person("p" * 32, "a@x.org", account="one")], [account("one", "a@x.org")], [], Tie.TIED),
        ([person("p" * 32, "a@x.org", account="one")], [account("one", "b@x.org")], [], Tie.TIED),
        ([person("p" * 32, account="gone")], [], [], Tie.UNKNOWN),
        ([person("p" * 32, "a@x.org")], [account("one", "b@x.org")], [], Tie.NONE),
    ],
)
def test_what_does_not_fit_in_one_way_alone_is_told_and_not_proposed(
    people: list[Person], there: list[Principal], others: list[Person], tie: Tie
) -> None:
    assert lines(people, *there, others=others)[0][0] is tie


def test_two_people_with_one_address_are_told_and_neither_is_proposed() -> None:
    both = [person("p" * 32, "famille@x.org"), person("q" * 32, "famille@x.org")]
    assert [line[0] for line in lines(both, account("famille", "famille@x.org"))] == [Tie.SEVERAL, Tie.SEVERAL]


def test_a_server_that_hides_accounts_makes_none_missing() -> None:
    assert lines([person("p" * 32, account="hidden")], sure=False)[0][0] is Tie.TIED


def test_a_server_that_cannot_be_asked_whose_an_address_is_is_told_from_one_that_finds_nobody() -> None:
    people = [person("p" * 32, "a@x.org")]
    assert not look_for([(Server(searches=False), True)], people).searched
    assert look_for([(Server(), True)], people).searched


# --- on the page -------------------------------------------------------------------------------------------------


@pytest.fixture
def server(embedded: Embedded) -> Server:
    known, opened = Server(account("b.martin", "bruno@example.org")), embedded.scene.syncer.open_home
    assert opened is not None

    def home(space: Space) -> Any:
        found = opened(space)
        for name in ("share", "has_group", "account_called", "accounts_of"):
            setattr(found, name, getattr(known, name))
        return found

    object.__setattr__(embedded.scene.syncer, "open_home", home)
    with embedded.scene.board() as uow:
        uow.people.save(Person(**{**vars(uow.people.get("bruno")), "account": None, "emails": ("bruno@example.org",)}))
    return known


def save(embedded: Embedded, fields: Mapping[str, str], who: str = "root") -> Any:
    return embedded.post(PAGE, who, {"form_token": embedded.form_token("root", PAGE)} | dict(fields))


def account_of(embedded: Embedded, id: str) -> str | None:
    with embedded.scene.reading() as uow:
        return uow.people.get(id).account


def test_nothing_is_asked_before_somebody_wants_it_and_a_proposal_is_not_ticked(embedded: Embedded, server: Server) -> None:
    embedded.get(PAGE, "root")
    assert server.asked == []
    page = unescape(embedded.get(f"{PAGE}?look=1", "root").text)
    assert "Relier au compte « b.martin » : même adresse, bruno@example.org" in page
    box = page.split('name="tie-bruno"')[1].split(">")[0]
    assert "checked" not in box


def test_a_confirmed_account_is_tied_once_and_the_change_is_audited(embedded: Embedded, server: Server) -> None:
    assert save(embedded, {"was-bruno": "", "tie-bruno": "b.martin"}).status_code == 200
    assert account_of(embedded, "bruno") == "b.martin"
    with embedded.scene.reading() as uow:
        entry = uow.audit.of("person", "bruno")[-1]
    assert (entry.actor, entry.origin, entry.changes["account"]) == ("page:root", Origin.BOARD, [None, "b.martin"])
    again = save(embedded, {"was-bruno": "", "account-bruno": "b.martin"})
    assert again.status_code == 422, "somebody saved it meanwhile"
    assert save(embedded, {"was-bruno": "b.martin", "account-bruno": ""}).status_code == 200
    assert account_of(embedded, "bruno") is None


@pytest.mark.parametrize("typed", ["anne", "ANNE"])
def test_an_account_of_somebody_else_is_never_taken(embedded: Embedded, server: Server, typed: str) -> None:
    server.accounts = (account("anne"), account("ANNE"), account("b.martin"))
    fields = {"was-bruno": "", "account-bruno": typed, "was-paul": "paul", "account-paul": "b.martin"}
    answer = save(embedded, fields)
    assert answer.status_code == 422
    assert "est déjà celui d'une autre personne" in unescape(answer.text)
    assert (account_of(embedded, "bruno"), account_of(embedded, "paul")) == (None, "paul")


def test_a_mistyped_account_is_noticed(embedded: Embedded, server: Server) -> None:
    answer = save(embedded, {"was-bruno": "", "account-bruno": "b.martn"})
    assert answer.status_code == 422
    assert "Il n'y a pas de compte « b.martn »" in unescape(answer.text)


def test_people_of_other_centres_are_tied_by_who_sets_up_those_too(embedded: Embedded, server: Server) -> None:
    with embedded.scene.board() as uow:
        uow.grants.add(
            RoleGrant(id="g", centre_id="maurepas", holder_kind=HolderKind.ACCOUNT, holder="zoe", role=Role.ADMIN)
        )
        bruno = uow.people.get("bruno")
        both = (*bruno.memberships, Membership(centre_id="cleunay"))
        uow.people.save(Person(**{**vars(bruno), "memberships": both}))
    fields = {"form_token": embedded.form_token("zoe", PAGE), "was-bruno": "", "tie-bruno": "b.martin"}
    answer = embedded.post(PAGE, "zoe", fields)
    assert answer.status_code == 422
    assert account_of(embedded, "bruno") is None
    # Somebody of another centre alone is not even looked at.
    assert embedded.post(PAGE, "zoe", fields | {"was-bruno": "", "tie-bruno": "", "was-paul": "paul"}).status_code == 200
    assert account_of(embedded, "paul") == "paul"
