"""A series' life in steps, as it was tried on a Nextcloud 32.0.1 and is tried again on the server of these tests.

``nextcloud_32_0_1_series.json`` beside this holds for each step what we wrote there, who got which mail, and which dates
stood in each guest's own calendar afterwards. The series has six Tuesdays; the clocks change after the third. Steps that
name a number are about that date, the first being 0; the recording was made 52 weeks later than it is lived again.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tests.told.conversation import own_copy, written

TITLE = "Le Café du facteur"
RULE = "FREQ=WEEKLY;COUNT=6"
LATER = timedelta(weeks=52)
GUESTS = ("anne", "bruno")
STEPS: tuple[tuple[str, ...], ...] = (
    ("made in the calendar",),
    ("team on the board", "1"),
    ("team on the board", "2"),
    ("answers one date", "bruno", "1", "ACCEPTED"),
    ("one date moves in the calendar", "1", "1"),
    ("one date moves on the board", "2", "1"),
    ("one date called off on the board", "2"),
    ("one date takes place after all", "2"),
    ("one date deleted in the calendar", "0"),
    ("taken out of one date", "bruno", "1"),
    ("taken into one date", "bruno", "1"),
    ("taken out of one date", "anne", "2"),
    ("team on the board", "4"),
    ("answers one date", "bruno", "4", "ACCEPTED"),
    ("split in the calendar", "3"),
)


def said(text: str, uids: dict[str, str], shift: timedelta = timedelta()) -> list[str]:
    """A write of ours in comparable lines; ``uids``: UID -> its name in the recording, whose days are ``shift`` on."""
    for uid, name in uids.items():
        text = text.replace(uid, name)
    lines = [re.sub(r"(/appointments/)\w+", r"\1ID", line) for line in written(text)]
    return [re.sub(r"\b(20\d{6})(?=T|$)", lambda m: f"{datetime.strptime(m[1], '%Y%m%d') + shift:%Y%m%d}", x) for x in lines]  # noqa: DTZ007


def own_dates(events: dict[str, list[str]], guest: str, shift: timedelta = timedelta()) -> dict[str, list[str]]:
    """RECURRENCE-ID or "" -> start, whether it takes place, and the guest's answer; ``events``: its lines."""

    def there(stamp: str) -> str:
        return f"{datetime.strptime(stamp, '%Y%m%dT%H%M%S') + shift:%Y%m%dT%H%M%S}" if stamp else ""  # noqa: DTZ007

    found = {}
    for key, lines in events.items():
        copy = own_copy(lines, guest)
        found[there(key)] = [there(copy["time"][0]), *copy["status"], copy["answer"]]
    return dict(sorted(found.items()))
