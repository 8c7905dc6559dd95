"""Whatever stands in a title or a centre's name, it makes no header and no second recipient."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from sidecar.domain.centres import Centre
from sidecar.domain.happenings import Delivery, DeliveryState, HappeningKind, Message, shown
from sidecar.services.mail.letters import letter
from tests.scene import TUESDAY, outing

MADE = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def delivery(title: str, number: int = 0) -> Delivery:
    about = shown(replace(outing(number), title=title))
    message = Message(
        kind=HappeningKind.PUBLISHED, at=MADE, centre_id="c", centre_name="C", appointment_id=f"o{number}", after=about
    )
    return Delivery(
        seq=number, id=f"d{number}", destination_id="m", recipient="", message=message, made_at=MADE, due=TUESDAY,
        state=DeliveryState.WAITING, attempts=1,
    )  # fmt: skip


def sent(*titles: str, centre: str = "Maurepas", sender: str = "rotas@example.org", later: int = 0) -> bytes:
    news = [replace(delivery(title, n), attempts=1 + later, due=MADE + timedelta(later)) for n, title in enumerate(titles)]
    return made(*news, centre=centre, sender=sender)


def made(*news: Delivery, centre: str = "Maurepas", sender: str = "rotas@example.org") -> bytes:
    return letter(
        news, centre=Centre(id="c", name=centre), sender=sender, recipient="team@example.org",
        base_url="https://rotas.example.org", instance="here",
    ).as_bytes()  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "Café\r\nBcc: c@d.example", "Café\nBcc: c@d.example", "Café\rBcc: c@d.example", "Café\r\n\r\n<b>body</b>",
        "Café\u2028Bcc: c@d.example", "Café\x0bBcc: c@d.example", "=?utf-8?q?Caf=0D=0ABcc:_c@d.example?=",
        "==??utf-8?q?Caf=0D=0ABcc:_c@d.example?=", "=\u200b?utf-8?q?=0D=0ABcc:_c@d.example?=", "\ud800Café",
        "C" * 2000, "é" * 2000, "mot " * 500, 'a", "b" <c@d.example>, "', "\x00", "\u202e\u200b",
    ],
)  # fmt: skip
def test_a_line_of_a_title_or_a_name_makes_no_header(line: str) -> None:
    raw = sent(line, centre=line)
    assert raw.isascii()
    assert max(len(one) for one in raw.split(b"\r\n")) <= 998  # RFC 5322 section 2.1.1
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    read = message_from_bytes(raw, policy=default)
    assert sorted(read.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "Content-Type",
         "Content-Transfer-Encoding", "MIME-Version"]
    )  # fmt: skip
    assert [one.addr_spec for one in read["From"].addresses] == ["rotas@example.org"]
    assert [one.addr_spec for one in read["To"].addresses] == ["team@example.org"]
    assert read.get_content_type() == "text/plain"
    assert len(read["Subject"]) <= 200
    assert not read.defects


@pytest.mark.parametrize("sender", ["rotas@example.org", f"rotas@{'sous-domaine.' * 8}example.org"])
def test_the_same_news_are_the_same_letter_however_often_it_is_sent(sender: str) -> None:
    assert sent("Café", "Marché", sender=sender) == sent("Café", "Marché", sender=sender, later=3)
    named = message_from_bytes(sent("Café", "Marché", sender=sender), policy=default)["Message-ID"]
    assert named.startswith("<")
    assert named.endswith(f"@{sender.partition('@')[2]}>")
    assert named != message_from_bytes(sent("Café", sender=sender), policy=default)["Message-ID"]


def test_what_comes_first_in_the_calendar_stands_first_whenever_it_was_told() -> None:
    """And what was told of one thing stays in its order."""
    text = message_from_bytes(made(delivery("Tard", 5), delivery("Tôt", 1), delivery("Tôt après", 1)), policy=default)
    said = [line.partition(" : ")[0] for line in text.get_content().splitlines() if "c'est prévu" in line]
    assert said == ["Tôt", "Tôt après", "Tard"]
