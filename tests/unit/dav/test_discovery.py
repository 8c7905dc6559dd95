"""From what a person types to the account behind it, with an error that says what to do."""

from __future__ import annotations

import base64
import json

import pytest

from calendars.dav import Account, Bounds, discover
from calendars.dav.discovery import _by_dns, _places
from calendars.dav.failures import NoSuchHost, NotDav, NothingThere, SentElsewhere, TimedOut, TlsFailure
from calendars.errors import ServerTrouble, Unauthorised
from tests.servers import Served
from tests.unit.dav.standin import Asked, multistatus, raw, row, standing_in

PRINCIPAL = (
    "<c:calendar-home-set><d:href>/dav/cal/lea/</d:href><d:href>/dav/cal/shared/</d:href></c:calendar-home-set>"
    '<a:addressbook-home-set xmlns:a="urn:ietf:params:xml:ns:carddav"><d:href>/dav/cards/lea</d:href>'
    "</a:addressbook-home-set><d:displayname>Léa</d:displayname>"
    "<c:calendar-user-address-set><d:href>mailto:lea@centre.example</d:href><d:href>/dav/p/lea/</d:href>"
    "</c:calendar-user-address-set><c:schedule-outbox-URL><d:href>/dav/outbox/</d:href></c:schedule-outbox-URL>"
)
ANNOUNCED = "1, 3, calendar-access, calendar-auto-schedule, addressbook, nc-calendar-search"


def known_at(entry: str, *, password: str = "secret", principal: str = PRINCIPAL):  # type: ignore[no-untyped-def]
    """A DAV server with one account whose service begins at ``entry``; a web page everywhere else."""
    expected = "Basic " + base64.b64encode(f"lea:{password}".encode()).decode()

    def answer(asked: Asked) -> bytes:
        if asked.path == entry and asked.headers.get("authorization") != expected:
            return raw(401, WWW_Authenticate='Basic realm="x"')
        if asked.method == "OPTIONS":
            return raw(200, DAV=ANNOUNCED)
        if asked.path == entry:
            named = "<d:current-user-principal><d:href>/dav/p/lea/</d:href></d:current-user-principal>"
            return raw(207, multistatus(row(entry, named)))
        if asked.path == "/dav/p/lea/":
            return raw(207, multistatus(row("/dav/p/lea/", principal)))
        return raw(200, b"<!DOCTYPE html><html>Welcome</html>", "text/html")

    return answer


@pytest.mark.parametrize("entry", ["/", "/.well-known/caldav", "/remote.php/dav/", "/dav/", "/dav.php/"])
def test_a_bare_host_is_enough(entry: str) -> None:
    with standing_in(known_at(entry)) as there:
        account = discover(there.url, "lea", "secret")
    assert account == Account(
        origin=there.origin,
        principal="/dav/p/lea/",
        calendar_homes=("/dav/cal/lea/", "/dav/cal/shared/"),
        addressbook_homes=("/dav/cards/lea/",),
        addresses=("mailto:lea@centre.example",),
        schedules=True,
        server="nextcloud",
        display_name="Léa",
    )


def test_a_path_is_tried_first_and_nextcloud_in_a_folder_is_found() -> None:
    with standing_in(known_at("/cloud/remote.php/dav/")) as there:
        assert discover(there.url + "cloud", "lea", "secret").principal == "/dav/p/lea/"
        assert there.asked[0].path == "/cloud"


def test_an_account_survives_being_kept() -> None:
    with standing_in(known_at("/")) as there:
        account = discover(there.url, "lea", "secret")
    assert Account.from_json(json.loads(json.dumps(account.as_json()))) == account


def test_a_wrong_password_stops_at_the_first_refusal() -> None:
    with standing_in(lambda _: raw(401, WWW_Authenticate='Basic realm="x"')) as there:
        with pytest.raises(Unauthorised):
            discover(there.url, "lea", "wrong")
        assert len(there.asked) == 1


def test_a_web_page_is_told_from_a_calendar_server() -> None:
    with standing_in(lambda _: raw(200, b"<html>hello</html>", "text/html")) as there:
        with pytest.raises(NotDav, match="enter the address"):
            discover(there.url, "lea", "secret")
        assert len(there.asked) < 12


def test_a_server_without_calendars_for_this_account_is_told_from_no_server() -> None:
    with standing_in(known_at("/", principal="<d:displayname>x</d:displayname>")) as there, pytest.raises(NothingThere):
        discover(there.url, "lea", "secret")


def test_a_server_in_trouble_is_told_from_no_server() -> None:
    with standing_in(lambda _: raw(500)) as there, pytest.raises(ServerTrouble):
        discover(there.url, "lea", "secret")


def test_an_account_on_another_host_is_told_and_the_password_not_sent_there() -> None:
    moved = PRINCIPAL.replace("/dav/cal/lea/", "https://p07.example.com/cal/")
    with standing_in(known_at("/", principal=moved)) as there, pytest.raises(SentElsewhere) as caught:
        discover(there.url, "lea", "secret")
    assert caught.value.location == "https://p07.example.com/cal/"


@pytest.mark.parametrize("typed", ["x" * 64, f"https://{'x' * 64}.example.org/dav/"])
def test_a_name_that_no_server_can_have_is_an_address_where_nothing_is(typed: str) -> None:
    with pytest.raises(NoSuchHost, match="check the name"):
        discover(typed, "lea", "secret", lookup=lambda _: None)
    assert _by_dns("x" * 64 + ".example.org") is None


def test_an_address_where_nothing_listens_says_so() -> None:
    with standing_in(lambda _: raw(404)) as there:
        url = there.url
    with pytest.raises(NoSuchHost, match="check name and port"):
        discover(url, "lea", "secret", bounds=Bounds(connect=2.0))


def test_a_server_that_speaks_no_tls_says_so() -> None:
    with standing_in(lambda _: raw(200)) as there, pytest.raises(TlsFailure, match="certificate"):
        discover(there.url.replace("http://", "https://"), "lea", "secret", bounds=Bounds(connect=2.0, read=2.0))


def test_a_server_that_hangs_says_so() -> None:
    with standing_in(lambda _: b"") as there:

        def hang(_: Asked) -> bytes:
            there.over.wait(20)
            return b""

        there.answer = hang
        with pytest.raises(TimedOut):
            discover(there.url, "lea", "secret", bounds=Bounds(read=0.2))


def test_a_domain_that_keeps_its_calendars_elsewhere_names_the_address() -> None:
    asked = []

    def lookup(domain: str) -> str:
        asked.append(domain)
        return "https://cloud.centre.invalid/remote.php/dav/"

    with pytest.raises(SentElsewhere) as caught:
        discover("lea@centre.invalid", "lea", "secret", bounds=Bounds(connect=1.0), lookup=lookup)
    assert asked == ["centre.invalid"]
    assert caught.value.location == "https://cloud.centre.invalid/remote.php/dav/"


@pytest.mark.parametrize(
    "typed", ["", "   ", "https://", "ftp://x/", "http://[bad", "[bad", "%", "²", "a\0b", "a@٣", "https://x:9x/"]
)
def test_what_is_no_address_says_what_one_looks_like(typed: str) -> None:
    with pytest.raises(NoSuchHost, match=r"https://cloud\.example\.org"):
        discover(typed, "lea", "secret", lookup=lambda _: None)


def test_without_a_scheme_it_is_https_and_plain_http_on_this_machine_alone() -> None:
    assert [origin for origin, _ in _places("cloud.example.org")] == ["https://cloud.example.org"]
    assert [origin for origin, _ in _places("lea@example.org")] == ["https://example.org"]
    assert [origin for origin, _ in _places("mailto:lea@example.org")] == ["https://example.org"]
    assert [origin for origin, _ in _places("localhost:5232/x")] == ["https://localhost:5232", "http://localhost:5232"]
    assert [origin for origin, _ in _places("http://user:pw@Cloud.Example:80/")] == ["http://cloud.example"]


def test_digest_is_spoken_where_the_server_asks_for_it() -> None:
    challenge = 'Digest realm="r", nonce="n1", qop="auth", algorithm=MD5'
    inner = known_at("/", password="unused")

    def answer(asked: Asked) -> bytes:
        sent = asked.headers.get("authorization", "")
        if not sent.startswith("Digest "):
            return raw(401, WWW_Authenticate=challenge)
        assert 'username="lea"' in sent
        basic = "Basic " + base64.b64encode(b"lea:unused").decode()
        return inner(Asked(method=asked.method, path=asked.path, headers={"authorization": basic}, body=asked.body))

    with standing_in(answer) as there:
        assert discover(there.url, "lea", "secret").principal == "/dav/p/lea/"
        assert sum(a.headers["authorization"].startswith("Basic ") for a in there.asked) == 1


def test_radicale_is_found_from_its_bare_address(radicale: Served) -> None:
    user, password = radicale.new_user()
    account = discover(radicale.url.removeprefix("http://"), user, password)
    assert account.calendar_homes == account.addressbook_homes == (f"/{user}/",)
    assert not account.schedules


def test_xandikos_is_found_from_its_bare_address(xandikos: Served) -> None:
    user, password = xandikos.new_user()
    account = discover(xandikos.url, user, password)
    assert account.calendar_homes == (f"/{user}/calendars/",)
    assert account.addressbook_homes == (f"/{user}/contacts/",)
