"""From facts to text: only lines whose meaning differs are written anew, every other line stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.contentlines import (
    Component,
    ContentLine,
    Document,
    escape_text,
    parse,
    plain_text,
    split_value,
    unescape_text,
)
from calendars.errors import UnreadableText
from calendars.icalendar.facts import CalendarUser, EventFacts, When
from calendars.icalendar.reading import read_end, read_event, read_user, read_when
from calendars.icalendar.zones import add_zone

PRODID = "-//Hors les murs//FR"
_NOBODY = CalendarUser("")
TEXTS = {"summary": "SUMMARY", "description": "DESCRIPTION", "location": "LOCATION"}
RESCHEDULES = ("start", "end", "status", "location")
"""A change of these raises SEQUENCE: it may make given answers void (RFC 5546 section 2.1.4). Others are updates of what
stands (section 3.2.2.2): another title, somebody invited or taken out, an answer."""
_ORDER = ("UID", "RECURRENCE-ID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "DURATION",
          "SUMMARY", "STATUS", "LOCATION", "GEO", "CATEGORIES", "DESCRIPTION", "ORGANIZER", "ATTENDEE")  # fmt: skip


@dataclass
class Editor:
    """One VEVENT of a document that is being patched."""

    document: Document
    calendar: Component
    part: Component

    @property
    def ending(self) -> str:
        return self.document.ending

    def put(self, name: str, value: str | None, params: Sequence[tuple[str, Sequence[str]]] = ()) -> None:
        """Set, change or (None) take away the one line of a name; a changed line keeps its parameters."""
        old = self.part.first(name)
        if value is None:
            for line in self.part.lines(name):
                self.part.remove(line)
        elif old is None:
            self.part.add(ContentLine.make(name, value, params, ending=self.ending), _ORDER[: _place(name)])
        elif params:
            self.part.replace(old, ContentLine.make(name, value, params, ending=self.ending))
        else:
            self.part.replace(old, old.with_value(value, ending=self.ending))


def _place(name: str) -> int:
    return _ORDER.index(name) + 1 if name in _ORDER else len(_ORDER)


def write_event(text: str | None, wanted: EventFacts, *, now: datetime, extra: Sequence[tuple[str, str]] = ()) -> str:
    """The text with its master saying what ``wanted`` says; the very same text where nothing differs.

    ``text`` None makes a new one, with ``extra`` lines (name, raw value) of our own. ``now`` (aware) stamps DTSTAMP and
    LAST-MODIFIED. Of ``wanted``, recurrence stays what the text says. Raises UnreadableText.
    """
    wanted = writable(wanted)
    if text is None:
        return _new(wanted, now, extra)
    document = parse(text)
    calendar, part = _master(document)
    changed = patch(Editor(document, calendar, part), read_event(document, part), wanted, now)
    return str(document) if changed else text


def writable(wanted: EventFacts) -> EventFacts:
    """The facts as they read once they are written: what cannot be written would differ again at every pass."""
    return replace(
        wanted,
        summary=plain_text(wanted.summary),
        description=plain_text(wanted.description),
        location=plain_text(wanted.location),
        geo=(round(wanted.geo[0], 6), round(wanted.geo[1], 6)) if wanted.geo is not None else None,
        categories=tuple(c for c in (plain_text(category).strip() for category in wanted.categories) if c),
    )


def _new(wanted: EventFacts, now: datetime, extra: Sequence[tuple[str, str]]) -> str:
    lines = [ContentLine.make("VERSION", "2.0"), ContentLine.make("PRODID", PRODID)]
    part = Component.make("VEVENT", [ContentLine.make("UID", escape_text(wanted.uid))])
    calendar = Component.make("VCALENDAR", [*lines, part])
    editor = Editor(Document([calendar], "\r\n"), calendar, part)
    stamp = _utc(now)
    for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
        editor.put(name, stamp)
    editor.put("SEQUENCE", str(wanted.sequence))
    _put_when(editor, "DTSTART", wanted.start)
    _put_when(editor, "DTEND", wanted.end)
    for rule in wanted.rrule.splitlines():
        part.add(ContentLine.make("RRULE", rule), ("DTEND", "RRULE"))
    for name, moments in (("RDATE", wanted.rdates), ("EXDATE", wanted.exdates)):
        for when in moments:
            value, params = written(when)
            part.add(ContentLine.make(name, value, params), ("DTEND", "RRULE", "RDATE", "EXDATE"))
    _apply(editor, EventFacts(uid=wanted.uid, start=wanted.start, end=wanted.end), wanted)
    for name, value in extra:
        part.add(ContentLine.make(name, value))
    return str(editor.document)


def patch(editor: Editor, before: EventFacts, wanted: EventFacts, now: datetime, *, force: bool = False) -> bool:
    """Write what differs. Whether anything did."""
    if (before.start, before.end) != (wanted.start, wanted.end):
        _put_times(editor, before, wanted)
    changed = _apply(editor, before, wanted)
    if (before.start, before.end) != (wanted.start, wanted.end):
        changed = {*changed, "start"}
    if changed or force:
        _stamp(editor, now, bump=bool(set(changed) & set(RESCHEDULES)))
    return bool(changed) or force


def _apply(editor: Editor, before: EventFacts, wanted: EventFacts) -> set[str]:
    """Everything but the times; the names of the facts that differ."""
    changed: set[str] = set()

    def differs(name: str, put: Callable[[], None]) -> None:
        if getattr(before, name) != getattr(wanted, name):
            changed.add(name)
            put()

    for name, property_name in TEXTS.items():
        differs(name, lambda n=name, p=property_name: _put_text(editor, p, getattr(wanted, n)))  # type: ignore[misc]
    differs("status", lambda: editor.put("STATUS", wanted.status or None))
    if _rounded(before.geo) != wanted.geo:
        differs("geo", lambda: _put_geo(editor, wanted.geo))
    if set(before.categories) != set(wanted.categories):
        differs("categories", lambda: _put_categories(editor, wanted.categories))
    if (before.organizer or _NOBODY).address != (wanted.organizer or _NOBODY).address.lower():
        differs("organizer", lambda: _put_organizer(editor, wanted.organizer))
    differs("transp", lambda: editor.put("TRANSP", wanted.transp or None))
    differs("klass", lambda: editor.put("CLASS", wanted.klass or None))
    differs("url", lambda: editor.put("URL", wanted.url or None))
    if _put_attendees(editor, wanted.attendees):
        changed.add("attendees")
    return changed


def _rounded(geo: tuple[float, float] | None) -> tuple[float, float] | None:
    return (round(geo[0], 6), round(geo[1], 6)) if geo is not None else None


def _put_text(editor: Editor, name: str, value: str) -> None:
    old = editor.part.first(name)
    if old is not None and old.param("ALTREP") is not None and value:
        # The alternate representation would go on saying the old text.
        editor.part.replace(
            old,
            old.with_params({"ALTREP": None}, ending=editor.ending).with_value(escape_text(value), ending=editor.ending),
        )
        return
    editor.put(name, escape_text(value) if value else None)


def _put_geo(editor: Editor, geo: tuple[float, float] | None) -> None:
    editor.put("GEO", f"{geo[0]:.6f};{geo[1]:.6f}" if geo is not None else None)


def _put_categories(editor: Editor, categories: Sequence[str]) -> None:
    """Names that go leave their line, new ones join the last; a line of which nothing changes is not touched."""
    lines, kept = editor.part.lines("CATEGORIES"), []
    for line in lines:
        there = split_value(line.value, ",")
        kept.append([c for c in there if unescape_text(c).strip() in categories])
        if not kept[-1]:
            editor.part.remove(line)
        elif kept[-1] != there:
            editor.part.replace(line, line.with_value(",".join(kept[-1]), ending=editor.ending))
    standing = {unescape_text(c).strip() for cs in kept for c in cs}
    new = [escape_text(c) for c in dict.fromkeys(categories) if c not in standing]
    if new:
        lines = editor.part.lines("CATEGORIES")
        if lines:
            editor.part.replace(lines[-1], lines[-1].with_value(",".join([lines[-1].value, *new]), ending=editor.ending))
        else:
            editor.put("CATEGORIES", ",".join(new))


def _put_organizer(editor: Editor, wanted: CalendarUser | None) -> None:
    """Another organizer is another line; what a name is written like is the organizer's own business."""
    editor.put("ORGANIZER", None)
    if wanted is not None:
        params = [("CN", (wanted.name,))] if wanted.name else []
        editor.put("ORGANIZER", _calendar_address(wanted.address), params)


def _calendar_address(address: str) -> str:
    """A mail address as a URI; another URI (``urn:uuid:``, a principal's path) as it is."""
    return address if address.startswith("/") or (":" in address and "@" not in address) else f"mailto:{address}"


def _put_attendees(editor: Editor, wanted: Sequence[CalendarUser]) -> bool:
    """Attendees are known by their address; who stays keeps every parameter that we do not change.

    Of who stays only PARTSTAT and ROLE are ours. Of an address that stands there more often than it is wanted, the
    further lines are left alone. Whether a line was written.
    """
    left: dict[str, list[CalendarUser]] = {}
    for user in wanted:
        left.setdefault(user.address.lower(), []).append(user)
    new, written = dict(left), False
    for line in editor.part.lines("ATTENDEE"):
        before = read_user(line)
        new.pop(before.address, None)
        if before.address not in left:
            editor.part.remove(line)
            written = True
            continue
        if not left[before.address]:
            continue
        user = left[before.address].pop(0)
        changes: dict[str, str | None] = {}
        # A missing parameter says its default (RFC 5545 sections 3.2.12, 3.2.16).
        if (before.partstat or "NEEDS-ACTION") != (user.partstat or "NEEDS-ACTION"):
            changes["PARTSTAT"] = user.partstat or None
            changes["RSVP"] = "TRUE" if user.partstat == "NEEDS-ACTION" else None
        if (before.role or "REQ-PARTICIPANT") != (user.role or "REQ-PARTICIPANT"):
            changes["ROLE"] = user.role or None
        if changes:
            editor.part.replace(line, line.with_params(changes, ending=editor.ending))
            written = True
    for user in (users[0] for users in new.values()):
        params = [
            (name, (value,))
            for name, value in (
                ("CN", user.name), ("CUTYPE", user.cutype), ("ROLE", user.role), ("PARTSTAT", user.partstat),
                ("RSVP", "TRUE" if user.rsvp else ""),
            )
            if value
        ]  # fmt: skip
        line = ContentLine.make("ATTENDEE", _calendar_address(user.address), params, ending=editor.ending)
        editor.part.add(line, ("ATTENDEE", "ORGANIZER"))
        written = True
    return written


def _put_times(editor: Editor, before: EventFacts, wanted: EventFacts) -> None:
    """DTSTART, DTEND and DURATION move together; a DURATION becomes a DTEND only where it would say another end."""
    if before.start != wanted.start:
        _put_when(editor, "DTSTART", wanted.start)
    if read_end(editor.document, editor.part, read_when(editor.document, first_line(editor.part, "DTSTART"))) != wanted.end:
        _put_when(editor, "DTEND", wanted.end)
    if editor.part.first("DTEND") is not None:
        # Beside a DTEND it is an error, and DTEND is what we read.
        editor.put("DURATION", None)


def _put_when(editor: Editor, name: str, when: When) -> None:
    """Write a time in the form that stands there (its zone, UTC, floating), where that can say it."""
    old = editor.part.first(name)
    value, params = written(when)
    if old is None:
        editor.put(name, value, params)
    elif (in_form := _in_standing_form(read_when(editor.document, old), when)) is not None:
        editor.part.replace(old, old.with_value(in_form, ending=editor.ending))
        return
    else:
        changes: dict[str, str | Sequence[str] | None] = {"VALUE": None, "TZID": None, **dict(params)}
        editor.part.replace(old, old.with_params(changes, ending=editor.ending).with_value(value, ending=editor.ending))
    for param, values in params:
        if param == "TZID":
            add_zone(editor.calendar, values[0], editor.ending)


def _in_standing_form(standing: When, when: When) -> str | None:
    """A time in the form of the one that stands there; None where that form cannot say it."""
    if not isinstance(when.value, datetime) or not isinstance(standing.value, datetime):
        return written(when)[0] if when.all_day and standing.all_day else None
    if when.value.tzinfo is None or standing.value.tzinfo is None:
        # Floating also where a TZID is nobody's: its name stays beside the new time.
        return stamp_of(when.value) if when.floating and standing.floating else None
    return stamp_of(when.value.astimezone(standing.value.tzinfo))


def written(when: When) -> tuple[str, list[tuple[str, tuple[str, ...]]]]:
    if not isinstance(when.value, datetime):
        return when.value.strftime("%Y%m%d"), [("VALUE", ("DATE",))]
    zone = when.value.tzinfo
    if isinstance(zone, ZoneInfo) and zone.key not in ("UTC", "Etc/UTC"):
        return stamp_of(when.value), [("TZID", (zone.key,))]
    if zone is None:
        return stamp_of(when.value), []
    return _utc(when.value), []


def stamp_of(value: datetime) -> str:
    """The wall-clock reading; with a Z where the zone is UTC itself."""
    return f"{value:%Y%m%dT%H%M%S}" + ("Z" if value.tzinfo is UTC else "")


def _utc(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y%m%dT%H%M%S}Z"


def stamp(document: Document, calendar: Component, part: Component, now: datetime) -> None:
    """Say that a VEVENT was rescheduled: DTSTAMP, LAST-MODIFIED, SEQUENCE."""
    _stamp(Editor(document, calendar, part), now, bump=True)


def _stamp(editor: Editor, now: datetime, *, bump: bool) -> None:
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        editor.put(name, _utc(_later(editor.part.value(name), now)))
    if bump:
        standing = read_event(editor.document, editor.part).sequence
        editor.put("SEQUENCE", str(standing + 1))


def _later(standing: str, now: datetime) -> datetime:
    """Now, or a second after what stands there: of two versions the later stamp counts (RFC 5546 section 2.1.5), and a
    server that finds none later tells nobody."""
    if re.fullmatch(r"\d{8}T\d{6}Z", standing) is None:
        return now
    try:
        stood = datetime.strptime(standing, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return max(now, stood + timedelta(seconds=1))
    except (ValueError, OverflowError):
        return now


def _master(document: Document) -> tuple[Component, Component]:
    for calendar in document.components("VCALENDAR"):
        events = calendar.components("VEVENT")
        part = next((p for p in events if p.first("RECURRENCE-ID") is None), None)
        if part is not None:
            return calendar, part
    raise UnreadableText("no VEVENT to write into")


def first_line(part: Component, name: str) -> ContentLine:
    """The first line of a name. Raises UnreadableText where there is none."""
    line = part.first(name)
    if line is None:
        raise UnreadableText(f"a VEVENT without {name}", line=part.begin.number or None)
    return line
