"""What can be wrong with a server: each is named, and nothing else is."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from calendars.dav import Account
from sidecar.domain.bindings import Purpose
from sidecar.services.doctor import Level
from tests.doctor.secured import DAY, certificate, secured
from tests.doctor.ward import Ward, account_at, blamed, broke, now, of, opening, ward
from tests.servers import Served
from tests.unit.dav.standin import Asked, StandIn, multistatus, raw, row, standing_in

OUTINGS = {"/p/outings/": (Purpose.OUTINGS,)}


def sabre(message: str) -> bytes:
    """How Nextcloud 32.0.1 words a refusal."""
    spaces = 'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"'
    return f'<?xml version="1.0" encoding="utf-8"?><d:error {spaces}><s:message>{message}</s:message></d:error>'.encode()


def over(origin: str, folder: Path) -> Ward:
    return ward(folder, account_at(origin), collections=OUTINGS)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (raw(503, Retry_After="120"), {"server.maintenance"}),
        (raw(503, sabre("System is in maintenance mode.")), {"server.maintenance"}),
        (raw(503, sabre("OC\\User\\DisabledUserException: Account disabled")), {"account.disabled"}),
        (raw(429), {"server.maintenance"}),
        (raw(500), {"server.failing"}),
        (raw(502), {"server.failing"}),
        (raw(401, WWW_Authenticate='Basic realm="x"'), {"account.password_refused"}),
        (raw(403), {"account.not_found"}),
        (raw(404), {"account.not_found"}),
        (raw(200, b"<html>Bienvenue</html>", "text/html"), {"server.no_calendars"}),
        (raw(302, Location="https://portal.example/login"), {"server.elsewhere"}),
        (raw(302, Location="http://127.0.0.1:9/dav/"), {"server.elsewhere"}),
        (raw(301, Location="/p/"), {"server.bad_answer"}),
        (raw(207, b"<d:multistatus"), {"server.bad_answer"}),
        (raw(418), {"server.trouble"}),
    ],
)
def test_what_a_server_answers_is_named(tmp_path: Path, answer: bytes, named: set[str]) -> None:
    with standing_in(lambda asked: answer) as there:
        found = over(there.origin, tmp_path).look()
    assert blamed(found) == named
    assert broke(found) == []
    assert of(found, "rights") == []
    assert [r.level for r in of(found, "collection")] == [Level.UNKNOWN]
    # Asked once and no more: each redirect within the server counts.
    assert len(there.asked) <= 5


def test_where_it_is_sent_is_told(tmp_path: Path) -> None:
    with standing_in(lambda asked: raw(302, Location="https://portal.example/login")) as there:
        found = over(there.origin, tmp_path).look()
    assert of(found, "server")[0].gaps == {"location": "https://portal.example/login"}


def test_a_server_that_is_down_is_named(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert blamed(over(f"http://127.0.0.1:{port}", tmp_path).look()) == {"server.refused"}


def test_a_name_that_does_not_resolve_is_named(tmp_path: Path) -> None:
    # RFC 6761: no server of that name is there, ever.
    assert blamed(over("https://cloud.invalid", tmp_path).look()) == {"server.no_such_name"}


def test_a_server_that_never_answers_is_named(tmp_path: Path) -> None:
    def silent(asked: Asked) -> Iterator[bytes]:
        there.over.wait(20)
        yield b""

    with standing_in(silent) as there:
        made = over(there.origin, tmp_path)
        made.set(open=opening(read=0.3))
        assert blamed(made.look()) == {"server.timed_out"}


def test_a_connection_that_breaks_is_named(tmp_path: Path) -> None:
    with standing_in(lambda asked: b"") as there:
        assert blamed(over(there.origin, tmp_path).look()) == {"server.trouble"}


@pytest.mark.parametrize(
    ("about", "known", "named"),
    [
        ({}, False, "server.tls_self_signed"),
        ({"begins": -3 * DAY, "ends": -DAY}, True, "server.tls_expired"),
        ({"begins": DAY, "ends": 2 * DAY}, True, "server.tls_not_yet_valid"),
        ({"host": "cloud.example.org"}, True, "server.tls_wrong_name"),
        # With a certificate that is in order the 404 behind it is what is told.
        ({}, True, "account.not_found"),
    ],
)
def test_a_certificate_is_named_by_what_is_wrong_with_it(tmp_path: Path, about: dict, known: bool, named: str) -> None:
    pem = certificate(tmp_path, **about)
    with secured(pem) as origin:
        made = over(origin, tmp_path / "data")
        made.set(open=opening(verify=str(pem) if known else True))
        assert blamed(made.look()) == {named}


def test_speaking_tls_with_a_server_that_does_not_is_named(tmp_path: Path) -> None:
    with standing_in(lambda asked: raw(200)) as there:
        found = over(there.origin.replace("http:", "https:"), tmp_path).look()
    assert blamed(found) == {"server.tls_failed"}


def test_a_wrong_password_is_named(healthy: Ward) -> None:
    with healthy.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), secret="wrong"))
    found = healthy.look()
    assert blamed(found) == {"account.password_refused"}
    assert [r.key for r in of(found, "server")] == ["answers"]
    assert [r.key for r in of(found, "clock")] == ["ok"]


def test_an_account_that_is_not_there_is_named(healthy: Ward) -> None:
    with healthy.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), username="nobody"))
    assert blamed(healthy.look()) == {"account.password_refused"}


def test_the_home_of_somebody_else_is_no_account(healthy: Ward, radicale: Served) -> None:
    user, password = radicale.new_user()
    with healthy.board() as uow:
        uow.spaces.save(replace(uow.spaces.get("space"), username=user, secret=password))
    assert blamed(healthy.look()) == {"account.not_found"}


def test_an_account_that_was_never_looked_at_is_named(tmp_path: Path) -> None:
    found = ward(tmp_path, None, url="https://server.example/", collections=OUTINGS).look()
    assert blamed(found) == {"account.withheld"}


@pytest.mark.parametrize(
    ("hours", "named"), [(1, {"clock.ahead"}), (-1, {"clock.behind"}), (1 / 60, set()), (-1 / 60, set())]
)
def test_a_clock_that_is_off_is_named(healthy: Ward, hours: float, named: set[str]) -> None:
    healthy.set(now=lambda: now() + timedelta(hours=hours))
    found = healthy.look()
    assert blamed(found) == named


def test_the_clock_is_compared_with_a_server_that_refuses_too(tmp_path: Path) -> None:
    date = format_datetime(datetime.now(UTC) - timedelta(hours=2), usegmt=True)
    with standing_in(lambda asked: raw(503, Date=date)) as there:
        assert blamed(over(there.origin, tmp_path).look()) == {"server.maintenance", "clock.ahead"}


def good(asked: Asked) -> bytes:
    """An account with one calendar, at a server that says nothing more than it has to."""
    if asked.method == "OPTIONS":
        return raw(200, DAV="1, calendar-access")
    if asked.headers.get("depth") == "0":
        home = "<c:calendar-home-set><d:href>/p/</d:href></c:calendar-home-set>"
        return raw(207, multistatus(row("/p/", home)))
    calendar = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Sorties</d:displayname>"
    return raw(207, multistatus(row("/p/", ""), row("/p/outings/", calendar)))


def test_a_server_that_tells_neither_time_nor_rights_is_not_blamed(tmp_path: Path) -> None:
    with standing_in(good) as there:
        found = over(there.origin, tmp_path).look()
    assert blamed(found) == set()
    unknown = {r.check for r in found.at(Level.UNKNOWN)}
    assert {"clock", "rights"} <= unknown
    assert [r.key for r in of(found, "kind")] == ["not_known"]


def test_a_slow_server_is_named(tmp_path: Path) -> None:
    def slowly(asked: Asked) -> bytes:
        time.sleep(0.2)
        return good(asked)

    with standing_in(slowly) as there:
        made = over(there.origin, tmp_path)
        made.set(slow=0.1)
        found = made.look()
    assert blamed(found) == {"speed.slow"}


def scheduling(there: StandIn, folder: Path, *, organizer: str, known: bool = True) -> Ward:
    account = account_at(there.origin)
    return ward(folder, account, collections=OUTINGS, organizer=organizer, schedules=known)


def inviting(*addresses: str) -> Callable[[Asked], bytes]:
    def answer(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return raw(200, DAV="1, calendar-access, calendar-auto-schedule")
        if asked.headers.get("depth") == "0":
            held = "".join(f"<d:href>{a}</d:href>" for a in addresses)
            props = (
                "<c:calendar-home-set><d:href>/p/</d:href></c:calendar-home-set>"
                "<c:schedule-outbox-URL><d:href>/p/outbox/</d:href></c:schedule-outbox-URL>"
                f"<c:calendar-user-address-set>{held}</c:calendar-user-address-set>"
            )
            return raw(207, multistatus(row("/p/", props)))
        return good(asked)

    return answer


@pytest.mark.parametrize(
    ("addresses", "organizer", "known", "named"),
    [
        (("mailto:Service@example.org", "/p/"), "service@example.org", True, set()),
        (("mailto:service@example.org",), "Service@Example.org", True, set()),
        (("/p/",), "", True, {"scheduling.no_address"}),
        (("/p/",), "service@example.org", True, {"scheduling.no_address"}),
        (("mailto:service@example.org",), "", True, {"scheduling.not_taken_up"}),
        (("mailto:service@example.org",), "service@example.org", False, {"scheduling.not_taken_up"}),
        (("mailto:service@example.org",), "old@example.org", True, {"scheduling.another_address"}),
    ],
)
def test_why_no_invitation_would_go_out_is_named(
    tmp_path: Path, addresses: tuple[str, ...], organizer: str, known: bool, named: set[str]
) -> None:
    with standing_in(inviting(*addresses)) as there:
        assert blamed(scheduling(there, tmp_path, organizer=organizer, known=known).look()) == named


def test_what_a_server_repeats_of_a_password_is_not_told(tmp_path: Path) -> None:
    body = b'<?xml version="1.0"?><d:error xmlns:d="DAV:"><d:message>no geheim-\xc3\xa9</d:message></d:error>'
    with standing_in(lambda asked: raw(400, body)) as there:
        found = over(there.origin, tmp_path).look()
    assert blamed(found) == {"server.trouble"}
    assert "geheim" not in repr(found)


def test_two_servers_are_looked_at_one_after_the_other_and_each_is_named(healthy: Ward) -> None:
    with healthy.board() as uow:
        first = uow.spaces.get("space")
        uow.spaces.add(replace(first, id="other", url="https://cloud.invalid/"))
        account = Account(origin="https://cloud.invalid", principal="/p/", calendar_homes=("/p/",))
        uow.settings.set("account:other", account.as_json())
        binding = uow.bindings.all()[0]
        uow.bindings.save(replace(binding, space_id="other"))
    found = healthy.look()
    assert {r.about: r.key for r in of(found, "server")} == {
        healthy.url: "answers",
        "https://cloud.invalid/": "no_such_name",
    }
    assert len(of(found, "rights")) == 2
