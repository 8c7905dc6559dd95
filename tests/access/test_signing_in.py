"""Signing in with an account of the calendar server: the server says who it is, nothing is kept, guesses are slowed down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from calendars.dav import Account as DavAccount
from calendars.dav import Bounds
from calendars.errors import Unauthorised, Unreachable
from sidecar.app import create_app
from sidecar.domain.access import HolderKind, Role
from sidecar.domain.bindings import Space
from sidecar.domain.errors import DomainError, NotNow
from sidecar.http.access import SIGNED_IN_FOR
from sidecar.services import signing_in
from sidecar.services.access import grant_role
from sidecar.services.signing_in import REST, WRONG_IN_A_ROW, WRONG_TOGETHER, Attempts, prove_by_discovery
from tests.access.conftest import Embedded
from tests.scene import BEGINNING
from tests.servers import Served

SERVER = "https://server.example"


class Door:
    """The calendar server as far as passwords go: it knows "bruno" and "coralie", whose mail address opens too."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    def __call__(self, space: Space, username: str, password: str) -> DavAccount:
        self.asked.append(username)
        if self.down:
            raise Unreachable("no route")
        name = username.lower().partition("@")[0]
        if password != f"secret of {name}":
            raise Unauthorised("401", status=401)
        return DavAccount(origin=space.url, principal=f"/principals/users/{name}/")


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def client(embedded: Embedded, door: Door) -> FlaskClient:
    with embedded.scene.board() as uow:
        grant_role(
            uow, Role.COORDINATOR, centre_id="maurepas", holder_kind=HolderKind.ACCOUNT, holder="coralie", new_id=lambda: "g"
        )
    return create_app(embedded.scene.application, embedded.scene.syncer, prove=door).test_client()


def enter(client: FlaskClient, user: str, password: str, server: str = SERVER, **more: str) -> Any:
    form = client.get("/").text.split('name="form_token" value="')[1].split('"')[0]
    data = {"server": server, "user": user, "password": password, "form_token": form}
    return client.post("/sign-in", data=data | more)


def test_a_team_member_enters_and_sees_what_is_theirs(client: FlaskClient) -> None:
    assert enter(client, "bruno", "secret of bruno").status_code == 303
    assert "Le Café du facteur" in client.get("/mine").text
    assert client.get("/link").status_code == 403


@pytest.mark.parametrize("typed", ["coralie", "Coralie", "coralie@example.org"])
def test_the_account_is_called_what_the_server_calls_it(client: FlaskClient, typed: str) -> None:
    enter(client, typed, "secret of coralie")
    assert client.get("/link").status_code == 200


def test_the_password_is_in_no_cookie_and_nowhere_else(client: FlaskClient, embedded: Embedded) -> None:
    answer = enter(client, "bruno", "secret of bruno")
    assert "secret" not in answer.headers["Set-Cookie"]
    folder = embedded.scene.application.config.data_dir
    assert all(b"secret of bruno" not in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_wrong_password_is_told_beside_the_field_and_the_name_is_still_there(client: FlaskClient) -> None:
    answer = enter(client, "bruno", "guess")
    assert answer.status_code == 401
    assert 'value="bruno"' in answer.text
    assert 'role="alert"' in answer.text
    assert client.get("/").status_code == 401


def test_guesses_are_not_passed_on_for_ever(client: FlaskClient, door: Door, embedded: Embedded) -> None:
    for _ in range(WRONG_IN_A_ROW):
        assert enter(client, "bruno", "guess").status_code == 401
    assert enter(client, "Bruno", "secret of bruno").status_code == 429
    assert len(door.asked) == WRONG_IN_A_ROW
    assert enter(client, "coralie", "secret of coralie").status_code == 303
    embedded.scene.clock.forward(REST + timedelta(seconds=1))
    assert enter(client, "bruno", "secret of bruno").status_code == 303


@pytest.mark.parametrize("name", ["bruno:a", "bru\u200bno", "bruno\x00"])
def test_a_name_that_would_be_another_on_the_wire_is_not_asked_for(client: FlaskClient, door: Door, name: str) -> None:
    assert enter(client, name, "secret of bruno").status_code == 401
    assert door.asked == []


def test_one_password_on_many_names_is_not_passed_on_for_ever(client: FlaskClient, door: Door, embedded: Embedded) -> None:
    for number in range(WRONG_TOGETHER):
        assert enter(client, f"somebody{number}", "Printemps2026").status_code == 401
    assert enter(client, "bruno", "secret of bruno").status_code == 429
    assert len(door.asked) == WRONG_TOGETHER
    embedded.scene.clock.forward(REST + timedelta(seconds=1))
    assert enter(client, "bruno", "secret of bruno").status_code == 303


def test_tries_that_are_under_way_count() -> None:
    attempts = Attempts(lambda: BEGINNING)
    under_way = [attempts.begin(SERVER, name) for name in ("bruno", "Bruno", "BRUNO", "bruno", "\uff42runo")]
    assert len(under_way) == WRONG_IN_A_ROW
    with pytest.raises(NotNow):
        attempts.begin(SERVER, "bruno")
    attempts.taken_back(SERVER, under_way[0])
    attempts.begin(SERVER, "bruno")


def test_who_is_known_to_the_server_and_not_to_a_centre_is_told_so(client: FlaskClient, embedded: Embedded) -> None:
    with embedded.scene.board() as uow:
        for person in uow.people.all(account="bruno"):
            from dataclasses import replace

            uow.people.save(replace(person, active=False))
    answer = enter(client, "bruno", "secret of bruno")
    assert answer.status_code == 403
    assert "aucun centre ne vous a encore donné d&#39;accès" in answer.text
    assert client.get("/mine").status_code == 401


def test_only_servers_that_are_bound_are_asked(client: FlaskClient, door: Door) -> None:
    assert enter(client, "bruno", "secret of bruno", server="https://evil.example").status_code == 401
    assert door.asked == []


def test_a_server_that_does_not_answer_is_said_and_is_no_wrong_password(client: FlaskClient, door: Door) -> None:
    door.down = True
    for _ in range(WRONG_IN_A_ROW + 1):
        assert enter(client, "bruno", "secret of bruno").status_code == 502
    door.down = False
    assert enter(client, "bruno", "secret of bruno").status_code == 303


def test_no_click_makes_the_twelve_hours_longer(client: FlaskClient, embedded: Embedded) -> None:
    enter(client, "bruno", "secret of bruno")
    for _ in range(3):
        embedded.scene.clock.forward(SIGNED_IN_FOR / 3)
        assert client.get("/mine").status_code == 200
    embedded.scene.clock.forward(timedelta(seconds=2))
    assert client.get("/mine").status_code == 401


def test_who_leaves_the_team_is_out_at_the_next_click(client: FlaskClient, embedded: Embedded) -> None:
    enter(client, "coralie", "secret of coralie")
    with embedded.scene.board() as uow:
        uow.grants.remove("g")
    assert client.get("/").status_code == 403


def test_a_link_to_an_appointment_is_followed_after_signing_in(client: FlaskClient) -> None:
    answer = enter(client, "bruno", "secret of bruno", appointment="cafe")
    assert answer.headers["Location"] == "/appointments/cafe"


def test_a_real_server_is_asked_and_believed(radicale: Served) -> None:
    user, password = radicale.new_user()
    space = Space(id="s", url=radicale.url, username="service", secret="x")
    prove = prove_by_discovery(Bounds())
    assert prove(space, user, password).principal == f"/{user}/"
    with pytest.raises(Unauthorised):
        prove(space, user, "wrong")


def test_a_server_that_lets_anybody_in_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "discover", lambda url, *_, **__: DavAccount(origin=url, principal="/user/"))
    with pytest.raises(DomainError, match="sign_in_open_server"):
        prove_by_discovery(Bounds())(Space(id="s", url=SERVER, username="service"), "anybody", "anything")
