"""One outing's life in steps, as it was tried on a Nextcloud 32.0.1 and is tried again on the server of these tests.

``nextcloud_32_0_1.json`` beside this holds for each step what we wrote there, who got which mail, and what stood in each
guest's own calendar afterwards. A step is a word and what it needs; who does it is ``Stage``'s business.
"""

from __future__ import annotations

import re
from typing import Any

PEOPLE = ("anne", "bruno", "denis")
STEPS: tuple[tuple[str, ...], ...] = (
    ("published",),
    ("answers", "bruno", "ACCEPTED"),
    ("moves in the calendar", "5"),
    ("answers", "bruno", "DECLINED"),
    ("moves on the board", "1"),
    ("other meeting point", "Devant la boulangerie"),
    ("other text", "Apporter du café"),
    ("other place", "Parc de Maurepas"),
    ("other title", "Café au soleil"),
    ("taken out", "bruno"),
    ("taken in", "bruno"),
    ("taken out in the calendar", "anne", "bruno", "denis"),
    ("taken in", "anne"),
    ("taken out", "anne"),
    ("taken in", "bruno"),
    ("answer taken down", "bruno"),
    ("called off",),
    ("moves on the board", "1"),
    ("takes place after all",),
    ("taken in", "anne"),
    ("bins it", "bruno"),
    ("moves on the board", "1"),
    ("taken out", "bruno"),
    ("moves on the board", "1"),
)
"""The last ones are about somebody whose copy lies in their trash bin."""


def written(text: str) -> list[str]:
    """What a write of ours says, in comparable lines: attendees in their order, the rest sorted, since servers put what
    apps wrote into an order of their own; without stamps, zones and what the server noted of its messages."""
    body = re.sub(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r?\n", "", re.sub(r"\r?\n[ \t]", "", text), flags=re.DOTALL)
    lines = [re.sub(r";SCHEDULE-STATUS=[\d.]+", "", line) for line in body.splitlines()]
    said = [line for line in lines if not re.match(r"(DTSTAMP|LAST-MODIFIED|CREATED|PRODID|CALSCALE|X-)", line)]
    guests = [line for line in said if line.startswith("ATTENDEE")]
    return guests + sorted(line for line in said if line not in guests)


def own_copy(lines: list[str], guest: str) -> dict[str, Any]:
    """What a guest's own calendar says: the time, whether it takes place, and their answer."""
    line = next((line for line in lines if line.startswith("ATTENDEE") and f"{guest}@" in line), "")
    answer = re.search(r"PARTSTAT=([A-Z-]+)", line)
    found = {name: [x.partition(":")[2] for x in lines if re.match(rf"{name}[;:]", x)] for name in ("DTSTART", "STATUS")}
    return {"time": found["DTSTART"], "status": found["STATUS"], "answer": answer[1] if answer else ""}
