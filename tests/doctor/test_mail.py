"""What keeps our mail from being taken is named, with what to do; nothing is sent for it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sidecar.domain.happenings import DeliveryState, HappeningKind, Message
from sidecar.services.doctor import Level
from sidecar.services.telling.teams import Way, add
from sidecar.smtp import Security, Smtp
from sidecar.storage import UnitOfWork
from tests.doctor.secured import DAY, certificate
from tests.doctor.ward import CENTRE, Ward, blamed, now, of, ward
from tests.mail.post_office import PostOffice, open_office

TEAM, OTHER = "team@example.org", "other@example.org"


def set_up(folder: Path, smtp: Smtp | None, *addresses: str, password: str | None = "geheim") -> Ward:
    made = ward(folder, None)
    file = folder / "smtp.password"
    if password is not None:
        file.write_text(password, encoding="utf-8")
    made.config = replace(made.config, smtp_url=smtp, smtp_password_file=file, mail_from="rotas@example.org")
    with made.board() as uow:
        for number, address in enumerate(addresses):
            add(uow, Way.MAIL, address, centre_id=CENTRE.id, now=now(), new_id=lambda number=number: f"m{number}")  # type: ignore[misc]
    return made


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as made:
        yield made


def test_where_nobody_sends_mail_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert of(set_up(tmp_path, None).look(), "mail") == []


def test_a_server_that_takes_it_is_well_and_was_sent_nothing(tmp_path: Path, office: PostOffice) -> None:
    (result,) = of(set_up(tmp_path, office.smtp(), TEAM).look(), "mail")
    assert (result.level, result.key, result.about) == (Level.OK, "ok", f"127.0.0.1:{office.port}")
    assert office.posted == []
    assert any(TEAM in line for line in office.said)


def test_before_anybody_is_told_it_says_that_it_is_ready(tmp_path: Path, office: PostOffice) -> None:
    (result,) = of(set_up(tmp_path, office.smtp()).look(), "mail")
    assert (result.level, result.key) == (Level.OK, "ready")


def test_addresses_without_a_server_are_named(tmp_path: Path) -> None:
    assert "mail.not_set" in blamed(set_up(tmp_path, None, TEAM).look())


def test_one_address_that_is_refused_is_named_and_the_others_are_asked_for(tmp_path: Path, office: PostOffice) -> None:
    office.replies[f"RCPT {OTHER}"] = "550 who"
    found = set_up(tmp_path, office.smtp(), OTHER, TEAM).look()
    (result,) = of(found, "mail")
    assert (result.level, result.key, result.about, result.gaps["status"]) == (Level.WARNING, "recipient", OTHER, 550)
    assert "mail.recipient" in blamed(found)
    assert any(TEAM in line for line in office.said)


@pytest.mark.parametrize(
    ("how", "password", "key", "level"),
    [
        ({"users": {"rotas": "else"}}, "geheim", "password", Level.PROBLEM),
        ({"users": {"rotas": "geheim"}}, None, "no_password", Level.PROBLEM),
        ({"users": {"rotas": "geheim"}, "mechanisms": ("CRAM-MD5",)}, "geheim", "no_login", Level.PROBLEM),
        ({"users": {"rotas": "geheim"}, "replies": {"MAIL": "553 no"}}, "geheim", "sender", Level.PROBLEM),
        ({"users": {"rotas": "geheim"}, "replies": {"MAIL": "452 full"}}, "geheim", "later", Level.WARNING),
        ({"users": {"rotas": "geheim"}, "replies": {"MAIL": "cut"}}, "geheim", "broken", Level.PROBLEM),
        ({"replies": {"": "554 go away"}}, "geheim", "no_mail_server", Level.PROBLEM),
        ({"silent": True}, "geheim", "timeout", Level.PROBLEM),
    ],
)
def test_each_cause_is_named(how: dict[str, Any], password: str | None, key: str, level: Level, tmp_path: Path) -> None:
    with open_office(**how) as office:
        made = set_up(tmp_path, office.smtp(user="rotas"), TEAM, password=password)
        made.set(mail_answer=0.3 if "silent" in how else 30.0)
        found = made.look()
    (result,) = of(found, "mail")
    assert (result.level, result.key) == (level, key)
    assert f"mail.{key}" in blamed(found)


def test_one_that_wants_an_account(tmp_path: Path) -> None:
    with open_office(users={"rotas": "geheim"}) as office:
        assert "mail.wants_login" in blamed(set_up(tmp_path, office.smtp(), TEAM).look())


def test_smtp_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody else can take the port meanwhile.
        taken.bind(("127.0.0.1", 0))
        found = set_up(tmp_path, PostOffice(port=taken.getsockname()[1]).smtp(), TEAM).look()
    assert "mail.unreachable" in blamed(found)
    assert found.servers_fail


def test_encryption_that_is_not_offered_and_a_certificate_that_signed_itself(
    tmp_path: Path, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "mail.no_encryption" in blamed(set_up(tmp_path / "a", office.smtp(Security.STARTTLS), TEAM).look())
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with open_office(from_the_start=True, certificate=certificate(tmp_path)) as encrypted:
        assert "mail.tls_self_signed" in blamed(set_up(tmp_path / "b", encrypted.smtp(Security.TLS), TEAM).look())


@pytest.mark.parametrize(
    ("about", "key"),
    [
        ({"begins": -3 * DAY, "ends": -DAY}, "tls_expired"),
        ({"begins": DAY, "ends": 2 * DAY}, "tls_not_yet_valid"),
        ({"host": "mail.example.org"}, "tls_wrong_name"),
        (None, "no_authorities"),
    ],
)
def test_a_certificate_is_named_by_what_is_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, about: dict[str, Any] | None, key: str
) -> None:
    pem = certificate(tmp_path, **(about or {}))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem if about is not None else tmp_path / "nowhere.pem"))
    with open_office(certificate=pem) as office:
        assert f"mail.{key}" in blamed(set_up(tmp_path / "data", office.smtp(Security.STARTTLS), TEAM).look())


def test_speaking_tls_with_a_server_that_does_not_and_a_name_that_does_not_exist(tmp_path: Path, office: PostOffice) -> None:
    assert "mail.tls" in blamed(set_up(tmp_path / "a", office.smtp(Security.TLS), TEAM).look())
    nowhere = Smtp(host="mail.invalid", port=587, security=Security.STARTTLS)
    assert "mail.no_such_name" in blamed(set_up(tmp_path / "b", nowhere, TEAM).look())


def test_of_one_centre_only_its_own_addresses_are_asked_for(tmp_path: Path, office: PostOffice) -> None:
    made = set_up(tmp_path, office.smtp(), TEAM)
    with made.board() as uow:
        uow.centres.add(replace(CENTRE, id="cleunay", name="Cleunay"))
        add(uow, Way.MAIL, OTHER, centre_id="cleunay", now=now(), new_id=lambda: "other")
    office.replies[f"RCPT {OTHER}"] = "550 who"
    assert [r.key for r in of(made.look(choose=lambda uow: CENTRE.id), "mail")] == ["ok"]
    assert [r.key for r in of(made.look(choose=lambda uow: "cleunay"), "mail")] == ["recipient"]


def fails(uow: UnitOfWork) -> None:
    uow.destinations.failed("m0", rests_until=None)


def gives_up(uow: UnitOfWork) -> None:
    message = Message(kind=HappeningKind.CONFLICT, at=now(), centre_id=CENTRE.id, centre_name="", conflict_id="k")
    uow.deliveries.add("m0", [""], "k", message)
    uow.deliveries.settle(uow.deliveries.log("m0"), DeliveryState.GIVEN_UP, "letter")


@pytest.mark.parametrize(("what", "key"), [(fails, "fails"), (gives_up, "given_up")])
def test_what_did_not_arrive_so_far_is_named(
    tmp_path: Path, office: PostOffice, what: Callable[[UnitOfWork], None], key: str
) -> None:
    made = set_up(tmp_path, office.smtp(), TEAM)
    with made.board() as uow:
        what(uow)
    (result,) = of(made.look(), "mail")
    assert (result.level, result.key, result.about) == (Level.WARNING, key, TEAM)
    assert f"mail.{key}" in blamed(made.look())
