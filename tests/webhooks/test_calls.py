"""What another system receives, and what its answers mean."""

from __future__ import annotations

import json
import logging
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sidecar.domain.appointments import Response
from sidecar.domain.bindings import Conflict
from sidecar.domain.errors import DomainError
from sidecar.domain.happenings import DestinationState
from sidecar.domain.places import Place
from sidecar.services import rota, webhooks
from sidecar.services.telling import Result
from sidecar.services.webhooks.addresses import BOTH_HOLD, shown_address
from sidecar.services.webhooks.calling import understood
from tests.scene import TUESDAY, outing
from tests.webhooks.conftest import Line

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_every_kind_is_called_once_in_order_and_signed(line: Line) -> None:
    app = line.scene.application
    with line.scene.board() as uow:
        uow.appointments.add(outing(1))
    assert line.tell() == ["appointment.published"]
    line.change(start=TUESDAY + timedelta(hours=1), end=TUESDAY + timedelta(hours=3))
    assert line.tell() == ["appointment.changed"]
    with line.scene.board() as uow:
        rota.answer(uow, "cafe", "bruno", Response.DECLINED, now=app.now(), new_id=app.new_id)
    assert line.tell() == ["appointment.declined", "cover.opened"]
    with line.scene.board() as uow:
        rota.answer(uow, "cafe", "bruno", Response.ACCEPTED, now=app.now(), new_id=app.new_id)
    assert line.tell() == ["cover.withdrawn"]
    with line.scene.board() as uow:
        rota.cancel(uow, "cafe")
    assert line.tell() == ["appointment.cancelled"]
    with line.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    assert line.tell() == ["appointment.brought_back"]
    with line.scene.board() as uow:
        uow.conflicts.add(
            Conflict(
                id="k", at=app.now(), centre_id="maurepas", subject_kind="appointment", subject_id="cafe", field="location",
                base="a", ours="b", theirs="c", why="both_changed",
            )
        )  # fmt: skip
    assert line.tell() == ["conflict.opened"]
    assert line.tell() == []
    assert all(call.signed_by(line.webhook.secret) for call in line.receiver.calls)
    assert len({call.id for call in line.receiver.calls}) == len(line.receiver.calls)
    assert not line.receiver.calls[0].signed_by("whsec_AAAA")


def test_a_call_says_what_when_where_and_nothing_of_anybody(line: Line) -> None:
    line.change(place=Place(name="Parc de Villejean"), text="Appeler Mme Le Roux au 06 39 98 00 00")
    with line.scene.board() as uow:
        rota.unstaff(uow, "cafe", "bruno")
    line.tell()
    (call,) = line.receiver.calls
    assert call.said == {
        "type": "appointment.changed",
        "timestamp": "2026-02-23T08:00:00Z",
        "data": {
            "centre": {"id": "maurepas", "name": "Centre social de Maurepas"},
            "appointment": {
                "id": "cafe",
                "kind": "outing",
                "start": "2026-03-03T09:30:00+01:00",
                "end": "2026-03-03T11:30:00+01:00",
                "all_day": False,
                "place": "Parc de Villejean",
                "status": "published",
                "link": "http://127.0.0.1:8765/appointments/cafe",
            },
            "changed": ["place", "team"],
        },
    }
    assert call.headers["content-type"] == "application/json"
    said = json.dumps(call.said, ensure_ascii=False)
    assert not [word for word in ("bruno", "Bruno", "Petit", "Le Roux", "0639", "06 39", "@", "anne") if word in said]


@pytest.mark.parametrize("status", [500, 503, 404, 302, 400, 429])
def test_what_is_not_taken_comes_again_under_its_id(line: Line, status: int) -> None:
    line.receiver.answers = [(status, {"Location": line.receiver.url + "/elsewhere"})]
    line.change(meeting_point="Là")
    assert len(line.tell()) == 1
    assert line.tell() == []
    assert line.tell(minutes=1) == ["appointment.changed"]
    first, second = line.receiver.calls
    assert (first.id, first.body, first.path) == (second.id, second.body, second.path)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert second.signed_by(line.webhook.secret)


def test_it_is_left_alone_for_as_long_as_it_asks(line: Line) -> None:
    line.receiver.answers = [(503, {"Retry-After": "7200"})]
    line.change(meeting_point="Là")
    line.tell()
    assert line.tell(minutes=119) == []
    assert line.tell(minutes=1) == ["appointment.changed"]


def test_an_answer_of_410_switches_it_off_until_somebody_goes_on(line: Line) -> None:
    line.receiver.answers = [(410, {})]
    line.change(meeting_point="Là")
    line.tell()
    assert line.state() == DestinationState.GONE
    line.change(meeting_point="Ici")
    assert line.tell(hours=1) == []
    with line.scene.board() as uow:
        webhooks.resume(uow, line.webhook.id, line.scene.clock())
    line.change(meeting_point="Là-bas")
    assert line.tell() == ["appointment.changed"]


def test_a_system_that_does_not_answer_is_tried_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sidecar.services.webhooks.calling.ANSWER", 0.2)
    line.receiver.slow = 1.0
    line.change(meeting_point="Là")
    line.tell()
    with line.scene.reading() as uow:
        assert uow.destinations.standing(line.webhook.id).answer == "timeout"
    line.receiver.slow = 0.0
    assert line.tell(minutes=1) == ["appointment.changed"]


def test_what_cannot_be_reached_and_what_shows_a_false_certificate_are_told_apart(line: Line) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = replace(line.webhook, address=f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert line.channel.test(nowhere).answer == "unreachable"
    encrypted = replace(line.webhook, address=line.receiver.url.replace("http", "https"))
    assert line.channel.test(encrypted).result is Result.LATER
    assert line.receiver.calls == []


def test_while_a_secret_is_renewed_calls_are_signed_with_both(line: Line) -> None:
    with line.scene.board() as uow:
        renewed = webhooks.rotate(uow, line.webhook.id, line.scene.clock())
    line.change(meeting_point="Là")
    line.tell()
    line.change(meeting_point="Ici")
    line.tell(seconds=BOTH_HOLD.total_seconds())
    both, new = line.receiver.calls
    assert both.signed_by(line.webhook.secret)
    assert both.signed_by(renewed.secret)
    assert new.signed_by(renewed.secret)
    assert not new.signed_by(line.webhook.secret)


def test_a_secret_stands_in_no_table_trail_log_or_text(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line.receiver.answers = [(500, {})]
    line.change(meeting_point="Là")
    line.tell()
    database = line.scene.application.config.data_dir / "rota.db"
    secret = line.webhook.secret.removeprefix("whsec_")
    held = b"".join(file.read_bytes() for file in database.parent.glob("rota.db*"))
    assert secret.encode() not in held
    assert secret not in caplog.text + repr(line.webhook)
    with line.scene.reading() as uow:
        assert uow.destinations.get(line.webhook.id).secret == line.webhook.secret


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://example.org/", "file:///etc/passwd", "https://", "https://u:p@example.org/", "https://@example.org/",
        "https://example.org/#a", "https://example.org#", "https://a b/", "https://x:y/", "https://x:99999/",
        "https://example.org/\r\nX: y", "https://example.org\\@example.net/", "https://[::1/", "https://exämple.org/",
        "https://example.org/" + "a" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_will_not_do_is_refused(line: Line, url: str) -> None:
    with line.scene.board() as uow, pytest.raises(DomainError, match="webhook_address"):
        webhooks.add(uow, url, now=NOW, new_id=lambda: "n")


def test_without_encryption_only_this_machine_is_called_unless_it_is_meant(line: Line) -> None:
    with line.scene.board() as uow:
        with pytest.raises(DomainError, match="webhook_unencrypted"):
            webhooks.add(uow, "http://192.0.2.1/", internal=True, now=NOW, new_id=lambda: "n")
        webhooks.add(uow, "http://192.0.2.1/", unencrypted=True, internal=True, now=NOW, new_id=lambda: "n1")
        webhooks.add(uow, "http://[::1]:9000/", internal=True, now=NOW, new_id=lambda: "n2")
        added = webhooks.add(uow, "https://example.org/x?key=1", now=NOW, new_id=lambda: "n3")
    assert shown_address(added) == "https://example.org/x"


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("30", 30),
        ("Mon, 02 Mar 2026 09:00:00 GMT", 3600),
        ("Mon, 02 Mar 2026 07:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(retry_after: str, seconds: int | None) -> None:
    wait = understood(503, retry_after, NOW).wait
    assert wait == (timedelta(seconds=seconds) if seconds is not None else None)
