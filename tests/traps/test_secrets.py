"""An account's password goes to its own server and nowhere else, whatever that server says."""

from __future__ import annotations

import json
import logging
import sqlite3
import traceback
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from calendars.dav import Account, Bounds, discover
from calendars.dav.auth import PasswordAuth, hiding
from calendars.dav.failures import SentElsewhere
from calendars.dav.home import DavHome, open_home
from calendars.dav.servers import ServerTraits
from calendars.dav.transport import DavSession, Transport, without_user
from calendars.errors import DavError
from calendars.sync.ports import CollectionKind
from sidecar.domain.bindings import Purpose
from tests.cli.command import CommandLine
from tests.scene import build
from tests.twin import twin
from tests.unit.dav.standin import Asked, StandIn, etag, multistatus, raw, row, standing_in

USER, PASSWORD = "service", "Très-Geheim & 42"
TOKEN = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SPELLINGS = (PASSWORD, TOKEN, "Tr%C3%A8s-Geheim%20%26%2042", json.dumps(PASSWORD)[1:-1])


def parrot(asked: Asked) -> bytes:
    """A server in debug mode: everything that it was sent stands in its error."""
    if asked.method == "PROPFIND":
        kind = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:sync-token>t1</d:sync-token>"
        return raw(207, multistatus(row("/calendars/"), row("/calendars/rota/", kind + etag("&quot;1&quot;"))))
    if asked.method == "REPORT":
        return raw(207, multistatus(token="t1"))
    heard = asked.headers.get("authorization", "")
    said = f"Cannot do this for {heard}, password {PASSWORD.replace('&', '&amp;')}, {SPELLINGS[2]}"
    body = f"<d:error xmlns:d='DAV:' xmlns:s='http://sabredav.org/ns'><s:message>{said}</s:message></d:error>".encode()
    return raw(400, body, WWW_Authenticate='Basic realm="x"')


def _home(there: StandIn) -> DavHome:
    account = Account(origin=there.origin, principal="/p/", calendar_homes=("/calendars/",))
    return open_home(account, USER, PASSWORD, bounds=Bounds(connect=2, read=5, whole=20), traits=ServerTraits())


def _silent_about_it(text: str) -> bool:
    return not any(spelling in text for spelling in SPELLINGS)


def _everything_kept(folder: Path) -> str:
    """The database as text."""
    with closing(sqlite3.connect(folder / "rota.db")) as database:
        return "\n".join(database.iterdump())


def test_what_a_server_repeats_is_in_no_error_report_conflict_trail_or_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with standing_in(parrot) as there:
        home = _home(there)
        rota = {Purpose.OUTINGS: "/calendars/rota/"}
        scene = build(tmp_path, lambda space: home, purposes=(Purpose.OUTINGS,), collections=rota)
        with scene.board() as uow:
            uow.spaces.save(replace(uow.spaces.get("space"), secret=PASSWORD))
        report = scene.sync()
        assert any(a.method == "PUT" for a in there.asked)
        assert all(a.headers["authorization"] == f"Basic {TOKEN}" for a in there.asked)
    assert report.of("/calendars/rota/").refused == 1
    with scene.reading() as uow:
        (refused,) = uow.conflicts.open()
    assert "Cannot do this for Basic …" in str(refused.theirs)
    kept = _everything_kept(tmp_path)
    assert "Cannot do this for Basic" in kept
    assert _silent_about_it(kept + caplog.text + json.dumps(report.as_json(), ensure_ascii=False))


def test_an_error_says_nothing_of_it_with_its_whole_history() -> None:
    with standing_in(parrot) as there, pytest.raises(DavError) as caught:
        _home(there).collection("/calendars/rota/", CollectionKind.CALENDAR).create("/calendars/rota/a.ics", "text")
    assert _silent_about_it("".join(traceback.format_exception(caught.value)))
    assert "Cannot do this for Basic …" in str(caught.value)


def test_who_holds_it_does_not_show_it() -> None:
    auth = PasswordAuth(USER, PASSWORD)
    session = DavSession("https://cloud.example", auth, Bounds())
    held = [auth, session, Transport(session), vars(session)]
    assert _silent_about_it("".join(map(repr, held)))


def test_words_shorter_than_any_password_are_left_in_peace() -> None:
    assert hiding(PasswordAuth("a", "no"))("no room") == "no room"


@pytest.mark.parametrize("method", ["PROPFIND", "PUT", "DELETE", "REPORT"])
def test_no_other_host_port_or_scheme_ever_gets_it(method: str) -> None:
    with standing_in(lambda _: raw(207, multistatus())) as other:
        places = [other.url, other.url.replace("http:", "https:"), other.url.replace("http:", ""), "http://[::1]/"]
        for place in places:
            with standing_in(lambda asked, place=place: raw(307, Location=place + "x/")) as there:  # type: ignore[misc]
                with pytest.raises(SentElsewhere) as caught:
                    there.transport().request(method, "/rota/")
                assert caught.value.location.endswith("/x/")
        assert not other.asked


def test_hrefs_of_another_host_in_an_answer_are_read_as_paths_here() -> None:
    with standing_in(lambda _: raw(207, multistatus())) as other:

        def answer(asked: Asked) -> bytes:
            if asked.method == "PROPFIND":
                return raw(207, multistatus(row("/rota/"), row(other.url + "rota/a.ics", etag("&quot;1&quot;"))))
            return raw(207, multistatus())

        with standing_in(answer) as there:
            collection = there.collection()
            assert list(collection.fetch(list(collection.listing().changed))) == []
            assert len(there.asked) == 3
        assert not other.asked


def test_discovery_sends_it_to_the_typed_host_alone() -> None:
    with standing_in(lambda _: raw(207, multistatus())) as other:

        def answer(asked: Asked) -> bytes:
            principal = f"<d:current-user-principal><d:href>{other.url}p/</d:href></d:current-user-principal>"
            return raw(207, multistatus(row(asked.path, principal)))

        with standing_in(answer) as there, pytest.raises(SentElsewhere):
            discover(there.url, USER, PASSWORD)
        assert not other.asked


def test_cookies_are_neither_kept_nor_sent_back() -> None:
    with standing_in(lambda _: raw(207, multistatus(row("/rota/")), Set_Cookie="session=1; Path=/")) as there:
        collection = there.collection()
        collection.listing()
        collection.listing()
        assert not any("cookie" in a.headers for a in there.asked)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://anne:geheim@cloud.example/dav/", "https://cloud.example/dav/"),
        ("https://anne@cloud.example:8443", "https://cloud.example:8443"),
        ("anne:geheim@cloud.example/dav", "cloud.example/dav"),
        ("anne@example.org", "anne@example.org"),
        ("https://cloud.example/?token=geheim", "https://cloud.example/"),
        ("https://cloud.example/users/a@b/", "https://cloud.example/users/a@b/"),
    ],
)
def test_a_password_inside_an_address_is_dropped(typed: str, kept: str) -> None:
    assert without_user(typed) == kept


def test_connecting_with_a_password_in_the_address_shows_and_keeps_it_nowhere(tmp_path: Path) -> None:
    account = "<d:current-user-principal><d:href>/p/</d:href></d:current-user-principal>"
    home = "<c:calendar-home-set><d:href>/calendars/</d:href></c:calendar-home-set>"
    shown = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Rota</d:displayname>"

    def answer(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return raw(200, DAV="1, calendar-access")
        if asked.path.startswith("/calendars/"):
            return raw(207, multistatus(row("/calendars/"), row("/calendars/rota/", shown)))
        return raw(207, multistatus(row(asked.path, account + home)))

    world = twin(tmp_path)
    password = tmp_path / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    with standing_in(answer) as there:
        typed = there.url.replace("http://", f"http://anne:{SPELLINGS[2]}@")
        said = CommandLine(tmp_path)(
            "connect", "maurepas", "--url", typed, "--user", USER, "--password-file", str(password),
            "--bind", "training=Rota", HLM_DATABASE_URL=world.scene.application.config.database_url,
        )  # fmt: skip
        assert all(a.headers["authorization"] == f"Basic {TOKEN}" for a in there.asked)
        with world.scene.reading() as uow:
            assert there.url in [space.url for space in uow.spaces.all()]
    assert _silent_about_it(said.out + said.err + _everything_kept(tmp_path))
