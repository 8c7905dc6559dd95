"""One visit to a mail server: how one gets in, what is handed over, and what each thing that goes wrong is called."""

from __future__ import annotations

import socket
import threading
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from sidecar.services.mail.posting import NotPosted, visiting
from sidecar.smtp import Security, Smtp
from tests.doctor.secured import certificate
from tests.mail.post_office import PostOffice, open_office

SENDER, TEAM = "rotas@example.org", "team@example.org"


def a_letter(text: str = "Bonjour") -> EmailMessage:
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = SENDER, TEAM, "Café"
    letter.set_content(text)
    return letter


def post(smtp: Smtp, password_file: Path | None = None, **bounds: float) -> None:
    with visiting(smtp, password_file, SENDER, **bounds) as visit:
        visit.post(a_letter(), TEAM)


def why(smtp: Smtp, password_file: Path | None = None, **bounds: float) -> str:
    with pytest.raises(NotPosted) as raised:
        post(smtp, password_file, **bounds)
    return str(raised.value)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("gehéim\n", encoding="utf-8")
    return path


def test_a_letter_arrives_as_it_is() -> None:
    with open_office() as office, visiting(office.smtp(), None, SENDER) as visit:
        visit.post(a_letter("Un point :\n.\n..deux\n"), TEAM)
    (posted,) = office.posted
    assert (posted.sender, posted.recipient) == (SENDER, TEAM)
    assert posted.letter["Subject"] == "Café"
    assert posted.letter.get_content().splitlines() == ["Un point :", ".", "..deux"]


@pytest.mark.parametrize("mechanisms", [("PLAIN", "LOGIN"), ("LOGIN",)])
def test_it_signs_in_with_a_password_of_any_letters(secret: Path, mechanisms: tuple[str, ...]) -> None:
    with open_office(users={"rotas": "gehéim"}, mechanisms=mechanisms) as office:
        post(office.smtp(user="rotas"), secret)
    assert len(office.posted) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_the_way_is_encrypted_before_anything_is_said(
    security: Security, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, host="localhost")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with open_office(from_the_start=security is Security.TLS, certificate=pem, users={"rotas": "gehéim"}) as office:
        post(office.smtp(security, "rotas", "localhost"), secret)
    assert len(office.posted) == 1
    clear = office.said[: office.said.index("STARTTLS")] if security is Security.STARTTLS else []
    assert [line.split(" ")[0] for line in clear] == (["ehlo"] if clear else [])


def test_a_certificate_that_nobody_vouches_for_is_told_nothing(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    pem = certificate(tmp_path, host="localhost")
    with open_office(from_the_start=True, certificate=pem) as office:
        assert why(office.smtp(Security.TLS, "rotas", "localhost"), secret) == "tls"
    assert (office.said, office.posted) == ([], [])


def test_one_that_offers_no_encryption_is_told_nothing(secret: Path) -> None:
    with open_office(users={"rotas": "gehéim"}) as office:
        assert why(office.smtp(Security.STARTTLS, "rotas"), secret) == "no_encryption"
    assert [line.split(" ")[0] for line in office.said] == ["ehlo"]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"users": {"rotas": "else"}}, "password 535"),
        ({"users": {"rotas": "gehéim"}, "mechanisms": ("XOAUTH2",)}, "no_login"),
        ({"replies": {"": "554 go away"}}, "no_mail_server 554"),
        ({"replies": {"": "421 busy"}}, "later 421"),
        ({"replies": {"": "HTTP/1.1 400 Bad Request"}}, "no_mail_server"),
        ({"replies": {"": "cut"}}, "no_mail_server"),
        ({"users": {"rotas": "gehéim"}, "replies": {"MAIL": "553 not yours"}}, "sender 553"),
        ({"users": {"rotas": "gehéim"}, "replies": {f"RCPT {TEAM}": "550 who"}}, "recipient 550"),
        ({"users": {"rotas": "gehéim"}, "replies": {f"RCPT {TEAM}": "450 grey"}}, "later 450"),
        ({"users": {"rotas": "gehéim"}, "replies": {"DATA": "cut"}}, "broken"),
        ({"users": {"rotas": "gehéim"}, "replies": {".": "554 spam"}}, "letter 554"),
        ({"users": {"rotas": "gehéim"}, "replies": {".": "452 full"}}, "later 452"),
        ({"users": {"rotas": "gehéim"}, "replies": {".": "250 cut"}}, "broken"),
    ],
)
def test_what_goes_wrong_is_told_apart(how: dict[str, Any], expected: str, secret: Path) -> None:
    with open_office(**how) as office:
        assert why(office.smtp(user="rotas"), secret) == expected


def test_one_that_wants_an_account_says_so() -> None:
    with open_office(users={"rotas": "x"}) as office:
        assert why(office.smtp()) == "wants_login 530"


@pytest.mark.parametrize("content", [None, "", "\n", b"\xff\xfe\xff"])
def test_without_a_password_nobody_is_visited(content: str | bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_office(users={"rotas": "x"}) as office:
        assert why(office.smtp(user="rotas"), path) == "no_password"
    assert office.said == []


def test_where_nothing_listens_and_what_does_not_exist() -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody else can take the port meanwhile.
        taken.bind(("127.0.0.1", 0))
        nothing = PostOffice(port=taken.getsockname()[1])
        assert why(nothing.smtp()) == "unreachable"
    assert why(PostOffice(port=25).smtp(host="nothing.invalid")) == "no_such_name"


def test_one_that_says_nothing_is_left() -> None:
    with open_office(silent=True) as office:
        assert why(office.smtp(), answer=0.3) == "timeout"


@pytest.mark.parametrize("word", ["", "EHLO", "MAIL", "."])
def test_one_that_never_comes_to_an_end_is_cut_off_and_what_it_did_not_say_is_not_taken_for_a_yes(word: str) -> None:
    """Each character comes in time, and half of "222…" reads like a yes."""
    with open_office(replies={word: "drip"}) as office:
        assert why(office.smtp(), whole=0.5) == "timeout"


@pytest.mark.parametrize("reply", ["only 25", "only 45", "only 550", "only 250", "only 250-", "good day"])
@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "."])
def test_what_breaks_off_within_an_answer_or_is_none_is_neither_a_yes_nor_a_no(word: str, reply: str) -> None:
    with open_office(replies={word: reply}) as office:
        assert why(office.smtp()) == "broken"


def test_one_that_says_more_than_anybody_keeps_is_left() -> None:
    with open_office(replies={"EHLO": "250-as you like\r\n" * 100_000 + "250 end"}) as office:
        assert why(office.smtp()) == "broken"
    assert office.posted == []


class AtOnce(threading.Timer):
    """Its time is up before anything began."""

    def start(self) -> None:
        self.function()


def test_who_took_all_the_time_looking_for_a_way_is_cut_off_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Timer", AtOnce)
    with open_office() as office:
        assert why(office.smtp()) == "timeout"
    assert office.posted == []


def test_what_was_taken_is_taken_however_the_visit_ends() -> None:
    with open_office(replies={"QUIT": "cut"}) as office:
        post(office.smtp())
    assert len(office.posted) == 1


def test_asking_hands_over_nothing_and_one_refusal_ends_no_visit() -> None:
    with open_office(replies={"RCPT gone@example.org": "550 who"}) as office, visiting(office.smtp(), None, SENDER) as visit:
        with pytest.raises(NotPosted, match="recipient 550"):
            visit.accepts("gone@example.org")
        visit.accepts(TEAM)
        visit.accepts()
    assert office.posted == []
