"""How each calendar program writes: its name, stamps, order, folding, what it keeps and what it rebuilds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from tests.editor import zones
from tests.editor.lines import Component, FoldUnit, Line, reorder

Sequences = Literal["when it matters", "as organizer", "always", "with guests"]


@dataclass(frozen=True, kw_only=True)
class Style:
    """One program. ``tidy`` rewrites a component before it is sent; ``uid`` and ``filename`` name new objects."""

    name: str
    user_agent: str
    prodid: str
    header: tuple[str, ...]
    """Order of the calendar's own properties."""
    zones_first: bool
    own_zones: bool
    """Whether zones that are there already are replaced by the program's own."""
    zone: Callable[[str], Component]
    tzid_prefix: str = ""
    sequences: Sequences
    width: int = 75
    unit: FoldUnit = "octets"
    tidy: Callable[[Component], None]
    uid: Callable[[UUID], str]
    filename: Callable[[str], str]
    new_event: tuple[tuple[str, str], ...] = ()
    """What the program adds to events it creates."""
    foreign: tuple[tuple[str, str, str], ...]
    """Properties of its own that it may put into any event: name, parameters, value."""
    attendee_params: tuple[tuple[str, str], ...]
    alarm: Callable[[int, str, UUID], list[Line]]


# --- Nextcloud Calendar (calendar-js over ical.js): keeps everything, groups properties of one name ----------------


def _grouped(component: Component) -> None:
    first = {line.name.upper(): n for n, line in reversed(list(enumerate(component.lines())))}
    reorder(component, lambda name: first[name])


def _nextcloud_alarm(minutes: int, _title: str, _id: UUID) -> list[Line]:
    return [Line("ACTION", "DISPLAY"), Line("TRIGGER", f"-PT{minutes}M", ";RELATED=START")]


# --- DAVx5: the event goes through Android's tables and is written anew --------------------------------------------

_DAVX5_ORDER = [
    "DTSTAMP",
    "UID",
    "RECURRENCE-ID",
    "SEQUENCE",
    "SUMMARY",
    "LOCATION",
    "URL",
    "DESCRIPTION",
    "COLOR",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXRULE",
    "EXDATE",
    "CLASS",
    "STATUS",
    "TRANSP",
    "ORGANIZER",
    "ATTENDEE",
]


def _through_android(component: Component) -> None:
    for organizer in component.lines("ORGANIZER"):
        organizer.params = ""  # Android stores the address alone
    for attendee in component.lines("ATTENDEE"):
        kept = [(key, attendee.param(key)) for key in ("CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP")]
        attendee.params = ""
        for key, value in kept:
            if value is not None:
                attendee.set_param(key, value)
    component.set("LAST-MODIFIED", None)
    _length_in_place_of_end(component)
    for alarm in component.parts("VALARM"):
        _plain_alarm(alarm, component.value("SUMMARY") or "")
    last = len(_DAVX5_ORDER)
    reorder(component, lambda name: _DAVX5_ORDER.index(name) if name in _DAVX5_ORDER else last)


def _length_in_place_of_end(component: Component) -> None:
    """Android wants DURATION, not DTEND, of whatever repeats."""
    start, end = component.line("DTSTART"), component.line("DTEND")
    if component.line("RRULE") is None or start is None or end is None or len(start.value) < 15:
        return
    if start.param("TZID") != end.param("TZID") or start.value.endswith("Z") != end.value.endswith("Z"):
        return
    clock = "%Y%m%dT%H%M%S"
    length = datetime.strptime(end.value[:15], clock) - datetime.strptime(start.value[:15], clock)  # noqa: DTZ007
    end.name, end.params, end.value = "DURATION", "", duration(length)


def _plain_alarm(alarm: Component, title: str) -> None:
    action = alarm.value("ACTION") or "DISPLAY"
    trigger = alarm.line("TRIGGER")
    if action not in {"DISPLAY", "EMAIL", "AUDIO"} or trigger is None:
        return
    alarm.items = [
        Line("TRIGGER", trigger.value, trigger.params),
        Line("ACTION", "EMAIL" if action == "EMAIL" else "DISPLAY"),
        *(alarm.lines("SUMMARY") if action == "EMAIL" else []),
        Line("DESCRIPTION", title),
        *(alarm.lines("ATTENDEE") if action == "EMAIL" else []),
    ]


def _davx5_alarm(minutes: int, title: str, _id: UUID) -> list[Line]:
    return [Line("TRIGGER", f"-PT{minutes}M"), Line("ACTION", "DISPLAY"), Line("DESCRIPTION", title)]


# --- iOS: alphabetical, default alarms, its own identity -----------------------------------------------------------


def _alphabetical(component: Component) -> None:
    for part in component.walk():
        reorder(part, lambda name: name)
    for attendee in component.lines("ATTENDEE"):
        # Mail addresses are written twice: as a parameter and as the value.
        address = re.sub(r"(?i)^mailto:", "", attendee.value)
        if "@" in address:
            attendee.set_param("EMAIL", address)


def _ios_alarm(minutes: int, _title: str, identity: UUID) -> list[Line]:
    uid = str(identity).upper()
    return [
        Line("ACTION", "DISPLAY"),
        Line("DESCRIPTION", "Event reminder"),
        Line("TRIGGER", f"-PT{minutes}M"),
        Line("UID", uid),
        Line("X-WR-ALARMUID", uid),
    ]


# --- Thunderbird: a generation counter, promoted properties first --------------------------------------------------

_MOZILLA_ORDER = [
    "CREATED",
    "LAST-MODIFIED",
    "DTSTAMP",
    "UID",
    "RECURRENCE-ID",
    "SUMMARY",
    "PRIORITY",
    "STATUS",
    "ORGANIZER",
    "ATTENDEE",
    "RRULE",
    "EXDATE",
    "CATEGORIES",
    "DTSTART",
    "DTEND",
    "DURATION",
]


def _mozilla_first(component: Component) -> None:
    generation = component.value("X-MOZ-GENERATION")
    component.set("X-MOZ-GENERATION", str(int(generation) + 1) if generation else "1")
    last = len(_MOZILLA_ORDER)
    reorder(component, lambda name: _MOZILLA_ORDER.index(name) if name in _MOZILLA_ORDER else last)


def _mozilla_alarm(minutes: int, _title: str, _id: UUID) -> list[Line]:
    return [
        Line("ACTION", "DISPLAY"),
        Line("TRIGGER", f"-PT{minutes}M", ";VALUE=DURATION"),
        Line("DESCRIPTION", "Mozilla standard description"),
    ]


# --- Evolution and GNOME Calendar: libical keeps the order, bookkeeping is left out --------------------------------


def _without_bookkeeping(component: Component) -> None:
    component.items = [
        item
        for item in component.items
        if not (isinstance(item, Line) and item.name in {"X-EVOLUTION-CALDAV-HREF", "X-EVOLUTION-CALDAV-ETAG"})
    ]


def _evolution_alarm(minutes: int, title: str, identity: UUID) -> list[Line]:
    return [
        Line("X-EVOLUTION-ALARM-UID", identity.hex),
        Line("ACTION", "DISPLAY"),
        Line("DESCRIPTION", title),
        Line("TRIGGER", f"-PT{minutes}M", ";RELATED=START"),
    ]


def duration(length: timedelta) -> str:
    """RFC 5545 section 3.3.6, whole minutes, not negative."""
    minutes = int(length.total_seconds()) // 60
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
    return f"P{days}D" * bool(days) + (("T" if days else "PT") + clock if clock else "") or "PT0S"


STYLES: dict[str, Style] = {
    style.name: style
    for style in (
        Style(
            name="nextcloud_calendar",
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            prodid="-//IDN nextcloud.com//Calendar app 5.5.2//EN",
            header=("PRODID", "CALSCALE", "VERSION"),
            zones_first=False,
            own_zones=False,
            zone=zones.short,
            sequences="when it matters",
            tidy=_grouped,
            uid=str,
            filename=lambda uid: f"{uid.upper()}.ics",
            new_event=(("STATUS", "CONFIRMED"),),
            foreign=(("COLOR", "", "cornflowerblue"),),
            attendee_params=(
                ("CUTYPE", "INDIVIDUAL"),
                ("PARTSTAT", "NEEDS-ACTION"),
                ("ROLE", "REQ-PARTICIPANT"),
                ("RSVP", "TRUE"),
                ("LANGUAGE", "fr"),
            ),
            alarm=_nextcloud_alarm,
        ),
        Style(
            name="davx5",
            user_agent="DAVx5/4.5.1-ose (dav4jvm; okhttp/5.1.0) Android/15",
            prodid="DAVx5/4.5.1-ose ical4j/3.2.19 (com.android.calendar)",
            header=("VERSION", "PRODID"),
            zones_first=False,
            own_zones=True,
            zone=zones.ical4j,
            sequences="as organizer",
            width=73,
            unit="characters",
            tidy=_through_android,
            uid=str,
            filename=lambda uid: f"{uid}.ics",
            foreign=(("COLOR", "", "darkorange"), ("CLASS", "", "PRIVATE")),
            attendee_params=(("CUTYPE", "INDIVIDUAL"), ("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "NEEDS-ACTION")),
            alarm=_davx5_alarm,
        ),
        Style(
            name="ios",
            user_agent="iOS/18.5 (22F76) dataaccessd/1.0",
            prodid="-//Apple Inc.//iPhone OS 18.5//EN",
            header=("CALSCALE", "PRODID", "VERSION"),
            zones_first=True,
            own_zones=True,
            zone=zones.apple,
            sequences="always",
            tidy=_alphabetical,
            uid=lambda identity: str(identity).upper(),
            filename=lambda uid: f"{uid.replace('/', '_').replace('=', '_')}.ics",
            new_event=(
                ("TRANSP", "OPAQUE"),
                ("X-APPLE-CREATOR-IDENTITY", "com.apple.mobilecal"),
                ("X-APPLE-CREATOR-TEAM-IDENTITY", "0000000000"),
            ),
            foreign=(
                (
                    "X-APPLE-STRUCTURED-LOCATION",
                    ';VALUE=URI;X-ADDRESS="Place du Gros-Chêne, 35000 Rennes";X-APPLE-RADIUS=70;X-TITLE="Gros-Chêne"',
                    "geo:48.133012,-1.660271",
                ),
                ("X-APPLE-TRAVEL-ADVISORY-BEHAVIOR", "", "AUTOMATIC"),
            ),
            attendee_params=(("CUTYPE", "INDIVIDUAL"), ("PARTSTAT", "NEEDS-ACTION"), ("ROLE", "REQ-PARTICIPANT")),
            alarm=_ios_alarm,
        ),
        Style(
            name="thunderbird",
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.2.0",
            prodid="-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
            header=("PRODID", "VERSION"),
            zones_first=True,
            own_zones=True,
            zone=zones.mozilla,
            sequences="with guests",
            tidy=_mozilla_first,
            uid=str,
            filename=lambda uid: f"{uid}.ics",
            new_event=(("TRANSP", "OPAQUE"),),
            foreign=(("X-MOZ-LASTACK", "", "20260302T083000Z"), ("X-MOZ-SEND-INVITATIONS", "", "TRUE")),
            attendee_params=(
                ("RSVP", "TRUE"),
                ("PARTSTAT", "NEEDS-ACTION"),
                ("ROLE", "REQ-PARTICIPANT"),
                ("CUTYPE", "INDIVIDUAL"),
            ),
            alarm=_mozilla_alarm,
        ),
        Style(
            name="gnome",
            user_agent="Evolution/3.56.2",
            prodid="-//Ximian//NONSGML Evolution Calendar//EN",
            header=("CALSCALE", "PRODID", "VERSION"),
            zones_first=True,
            own_zones=False,
            zone=zones.libical,
            tzid_prefix=zones.EVOLUTION_PREFIX,
            sequences="always",
            tidy=_without_bookkeeping,
            uid=lambda identity: identity.hex + "00000000",
            filename=lambda uid: f"{uid}.ics",
            new_event=(("TRANSP", "OPAQUE"), ("CLASS", "PUBLIC")),
            foreign=(
                (
                    "ATTACH",
                    ";FMTTYPE=application/pdf;X-EVOLUTION-CALDAV-ATTACHMENT-NAME=plan.pdf",
                    "https://www.example.org/plan.pdf",
                ),
            ),
            attendee_params=(
                ("CUTYPE", "INDIVIDUAL"),
                ("ROLE", "REQ-PARTICIPANT"),
                ("PARTSTAT", "NEEDS-ACTION"),
                ("RSVP", "TRUE"),
            ),
            alarm=_evolution_alarm,
        ),
    )
}
