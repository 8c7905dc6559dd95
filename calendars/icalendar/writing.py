"""From facts to text: only lines whose meaning differs are written anew, every other line stays byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.contentlines import Component, ContentLine, Document, escape_text, parse, plain_text
from calendars.errors import UnreadableText
from calendars.icalendar.facts import CalendarUser, EventFacts, When
from calendars.icalendar.reading import override_key, read_event, read_user, read_when, read_whens
from calendars.icalendar.zones import add_zone

PRODID = "-//Hors les murs//FR"
_NOBODY = CalendarUser("")
TEXTS = {"summary": "SUMMARY", "description": "DESCRIPTION", "location": "LOCATION"}
RESCHEDULES = ("start", "end", "status", "team", "location", "summary")
"""A change of these raises SEQUENCE (RFC 5546 section 2.1.4); ``team`` is who is invited, an answer is no such change."""
_ORDER = ("UID", "RECURRENCE-ID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "DURATION",
          "SUMMARY", "STATUS", "LOCATION", "GEO", "CATEGORIES", "DESCRIPTION", "ORGANIZER", "ATTENDEE")  # fmt: skip


@dataclass
class _Editor:
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
    wanted = _writable(wanted)
    if text is None:
        return _new(wanted, now, extra)
    document = parse(text)
    calendar, part = _master(document)
    changed = _patch(_Editor(document, calendar, part), read_event(document, part), wanted, now)
    return str(document) if changed else text


def write_override(text: str, key: str, wanted: EventFacts, *, now: datetime) -> str:
    """The text with the date ``key`` (original local start) saying what ``wanted`` says (RFC 5545 section 3.8.4.4).

    An override that is not there yet is made from the master's lines, so that what others wrote stays in it.
    Raises UnreadableText, also for a key of another form than the master's DTSTART.
    """
    wanted = _writable(wanted)
    document = parse(text)
    calendar, master = _master(document)
    part = next(
        (p for p in calendar.components("VEVENT") if p is not master and override_key(document, p, master) == key), None
    )
    if part is None:
        part = _override(document, master, key)
        calendar.items.insert(max(n for n, i in enumerate(calendar.items) if isinstance(i, Component)) + 1, part)
        before = read_event(document, part)
        _patch(_Editor(document, calendar, part), before, wanted, now, force=True)
        return str(document)
    changed = _patch(_Editor(document, calendar, part), read_event(document, part), wanted, now)
    return str(document) if changed else text


def exclude_date(text: str, key: str, *, now: datetime) -> str:
    """The text without the date ``key``: its override goes, an EXDATE comes (RFC 5545 section 3.8.5.1)."""
    document = parse(text)
    calendar, master = _master(document)
    for part in calendar.components("VEVENT"):
        if part is not master and override_key(document, part, master) == key:
            calendar.remove(part)
    start = _first(master, "DTSTART")
    if key not in {w.local_key for line in master.lines("EXDATE") for w in read_whens(document, line)}:
        value, params = _in_form_of(document, start, key)
        master.add(ContentLine.make("EXDATE", value, params, ending=document.ending), ("EXDATE", "RRULE", "DTSTART"))
        _stamp(_Editor(document, calendar, master), now, bump=True)
    return str(document)


def _writable(wanted: EventFacts) -> EventFacts:
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
    editor = _Editor(Document([calendar], "\r\n"), calendar, part)
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
            value, params = _written(when)
            part.add(ContentLine.make(name, value, params), ("DTEND", "RRULE", "RDATE", "EXDATE"))
    _apply(editor, EventFacts(uid=wanted.uid, start=wanted.start, end=wanted.end), wanted)
    for name, value in extra:
        part.add(ContentLine.make(name, value))
    return str(editor.document)


def _patch(editor: _Editor, before: EventFacts, wanted: EventFacts, now: datetime, *, force: bool = False) -> bool:
    """Write what differs. Whether anything did."""
    if (before.start, before.end) != (wanted.start, wanted.end):
        _put_times(editor, before, wanted)
    changed = _apply(editor, before, wanted)
    if (before.start, before.end) != (wanted.start, wanted.end):
        changed = {*changed, "start"}
    if changed or force:
        _stamp(editor, now, bump=bool(set(changed) & set(RESCHEDULES)))
    return bool(changed) or force


def _apply(editor: _Editor, before: EventFacts, wanted: EventFacts) -> set[str]:
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
        if {a.address for a in before.attendees} != {a.address.lower() for a in wanted.attendees}:
            changed.add("team")
    return changed


def _rounded(geo: tuple[float, float] | None) -> tuple[float, float] | None:
    return (round(geo[0], 6), round(geo[1], 6)) if geo is not None else None


def _put_text(editor: _Editor, name: str, value: str) -> None:
    old = editor.part.first(name)
    if old is not None and old.param("ALTREP") is not None and value:
        # The alternate representation would go on saying the old text.
        editor.part.replace(
            old,
            old.with_params({"ALTREP": None}, ending=editor.ending).with_value(escape_text(value), ending=editor.ending),
        )
        return
    editor.put(name, escape_text(value) if value else None)


def _put_geo(editor: _Editor, geo: tuple[float, float] | None) -> None:
    editor.put("GEO", f"{geo[0]:.6f};{geo[1]:.6f}" if geo is not None else None)


def _put_categories(editor: _Editor, categories: Sequence[str]) -> None:
    lines = editor.part.lines("CATEGORIES")
    for line in lines[1:]:
        editor.part.remove(line)
    editor.put("CATEGORIES", ",".join(escape_text(c) for c in categories) if categories else None)


def _put_organizer(editor: _Editor, wanted: CalendarUser | None) -> None:
    """Another organizer is another line; what a name is written like is the organizer's own business."""
    editor.put("ORGANIZER", None)
    if wanted is not None:
        params = [("CN", (wanted.name,))] if wanted.name else []
        editor.put("ORGANIZER", _calendar_address(wanted.address), params)


def _calendar_address(address: str) -> str:
    """A mail address as a URI; another URI (``urn:uuid:``, a principal's path) as it is."""
    return address if address.startswith("/") or (":" in address and "@" not in address) else f"mailto:{address}"


def _put_attendees(editor: _Editor, wanted: Sequence[CalendarUser]) -> bool:
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


def _put_times(editor: _Editor, before: EventFacts, wanted: EventFacts) -> None:
    """DTSTART, DTEND and DURATION move together; a DURATION becomes a DTEND only when the length changed."""
    if before.start != wanted.start or before.start.all_day != wanted.start.all_day:
        _put_when(editor, "DTSTART", wanted.start)
    if editor.part.first("DURATION") is not None:
        # Beside a DTEND it is an error, and DTEND is what we read.
        if editor.part.first("DTEND") is None and _length(before) == _length(wanted):
            return
        editor.put("DURATION", None)
    _put_when(editor, "DTEND", wanted.end)


def _length(facts: EventFacts) -> timedelta | None:
    """How long an event is; None where start and end are of different forms."""
    start, end = facts.start.value, facts.end.value
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end - start if (start.tzinfo is None) == (end.tzinfo is None) else None
    if isinstance(start, datetime) or isinstance(end, datetime):
        return None
    return end - start


def _put_when(editor: _Editor, name: str, when: When) -> None:
    """Write a time in the form that stands there (its zone, UTC, floating), where that can say it."""
    old = editor.part.first(name)
    if old is not None and not when.all_day and not when.floating:
        standing = read_when(editor.document, old)
        if isinstance(standing.value, datetime) and standing.value.tzinfo is not None and isinstance(when.value, datetime):
            local = when.value.astimezone(standing.value.tzinfo)
            editor.part.replace(old, old.with_value(_stamp_of(local), ending=editor.ending))
            return
    value, params = _written(when)
    editor.put(name, None)
    editor.put(name, value, params)
    for param, values in params:
        if param == "TZID":
            add_zone(editor.calendar, values[0], editor.ending)


def _written(when: When) -> tuple[str, list[tuple[str, tuple[str, ...]]]]:
    if not isinstance(when.value, datetime):
        return when.value.strftime("%Y%m%d"), [("VALUE", ("DATE",))]
    zone = when.value.tzinfo
    if isinstance(zone, ZoneInfo):
        return _stamp_of(when.value), [("TZID", (zone.key,))]
    if zone is None:
        return _stamp_of(when.value), []
    return _utc(when.value), []


def _stamp_of(value: datetime) -> str:
    """The wall-clock reading; with a Z where the zone is UTC itself."""
    return f"{value:%Y%m%dT%H%M%S}" + ("Z" if value.tzinfo is UTC else "")


def _utc(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y%m%dT%H%M%S}Z"


def stamp(document: Document, calendar: Component, part: Component, now: datetime) -> None:
    """Say that a VEVENT was rescheduled: DTSTAMP, LAST-MODIFIED, SEQUENCE."""
    _stamp(_Editor(document, calendar, part), now, bump=True)


def _stamp(editor: _Editor, now: datetime, *, bump: bool) -> None:
    editor.put("DTSTAMP", _utc(now))
    editor.put("LAST-MODIFIED", _utc(now))
    if bump:
        standing = read_event(editor.document, editor.part).sequence
        editor.put("SEQUENCE", str(standing + 1))


def _master(document: Document) -> tuple[Component, Component]:
    for calendar in document.components("VCALENDAR"):
        events = calendar.components("VEVENT")
        part = next((p for p in events if p.first("RECURRENCE-ID") is None), None)
        if part is not None:
            return calendar, part
    raise UnreadableText("no VEVENT to write into")


def _first(part: Component, name: str) -> ContentLine:
    line = part.first(name)
    if line is None:
        raise UnreadableText(f"a VEVENT without {name}", line=part.begin.number)
    return line


def _override(document: Document, master: Component, key: str) -> Component:
    """A copy of the master for one date: its times moved to the date, without what makes it repeat."""
    start = _first(master, "DTSTART")
    value, params = _in_form_of(document, start, key)
    part = Component.make(
        "VEVENT",
        [i for i in master.items if isinstance(i, Component) or i.name not in ("RRULE", "RDATE", "EXDATE", "EXRULE")],
        ending=document.ending,
    )
    before = read_event(document, master)
    part.replace(start, start.with_value(value, ending=document.ending))
    end = part.first("DTEND")
    if end is not None:
        moved_start = read_when(document, _first(part, "DTSTART"))
        standing = read_when(document, end).value
        length = _length(before)
        if length is None:
            raise UnreadableText("DTSTART and DTEND are of different forms", line=end.number or None)
        moved = moved_start.value + length
        if isinstance(moved, datetime) and isinstance(standing, datetime) and standing.tzinfo is not None:
            moved = moved.astimezone(standing.tzinfo)
        form = _stamp_of(moved) if isinstance(moved, datetime) else moved.strftime("%Y%m%d")
        part.replace(end, end.with_value(form, ending=document.ending))
    part.add(ContentLine.make("RECURRENCE-ID", value, params, ending=document.ending), ("UID",))
    return part


def _in_form_of(document: Document, start: ContentLine, key: str) -> tuple[str, list[tuple[str, tuple[str, ...]]]]:
    """A key as raw value and parameters in the form of the master's DTSTART."""
    standing = read_when(document, start)
    if standing.all_day != ("T" not in key):
        raise UnreadableText(f"the series has no date {key}")
    value = key.replace("-", "").replace(":", "")
    if isinstance(standing.value, datetime) and standing.value.tzinfo is UTC:
        value += "Z"
    return value, [(name, values) for name, values in start.params if name.upper() in ("TZID", "VALUE")]


def without_organizer(facts: EventFacts) -> EventFacts:
    """The same event for a place where nobody is invited (feeds): no ORGANIZER, no ATTENDEE."""
    return replace(facts, organizer=None, attendees=())
