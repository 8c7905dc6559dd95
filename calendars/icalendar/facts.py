"""What an event says, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass(frozen=True)
class When:
    """A DATE, a zoned DATE-TIME or a floating one (RFC 5545 sections 3.3.4, 3.3.5).

    ``value`` is a date (all day), an aware datetime, or a naive one (floating). ``tzid`` is the TZID as written, None for
    UTC, floating and dates. Two are equal when they mean the same: the same date, the same floating time, or
    the same instant (whatever the zone is called).
    """

    value: date | datetime
    tzid: str | None = field(default=None, compare=False)

    @property
    def all_day(self) -> bool:
        return not isinstance(self.value, datetime)

    @property
    def floating(self) -> bool:
        return isinstance(self.value, datetime) and self.value.tzinfo is None

    def _meaning(self) -> tuple[str, str]:
        if not isinstance(self.value, datetime):
            return "date", self.value.isoformat()
        if self.value.tzinfo is None:
            return "floating", self.value.isoformat()
        return "instant", self.value.astimezone(UTC).isoformat()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, When) and self._meaning() == other._meaning()

    def __hash__(self) -> int:
        return hash(self._meaning())

    @property
    def local_key(self) -> str:
        """The wall-clock reading as text: "2026-03-03T09:30:00", or "2026-03-03" for a date."""
        if isinstance(self.value, datetime):
            return self.value.replace(tzinfo=None).isoformat()
        return self.value.isoformat()

    def key_in(self, start: When) -> str:
        """The wall-clock reading in a series that begins at ``start``: in its zone, as a date where its dates are days.

        A date in a series of times (some programs write EXDATE and RECURRENCE-ID so) is that day's at the usual hour.
        """
        if start.all_day:
            return self.local_key[:10]
        assert isinstance(start.value, datetime)
        if not isinstance(self.value, datetime):
            return datetime.combine(self.value, start.value.time()).isoformat()
        if self.value.tzinfo is not None and start.value.tzinfo is not None:
            return When(self.value.astimezone(start.value.tzinfo)).local_key
        return self.local_key


@dataclass(frozen=True)
class CalendarUser:
    """ATTENDEE or ORGANIZER (RFC 5545 sections 3.8.4.1, 3.8.4.3). ``address`` without ``mailto:``, in lower case."""

    address: str
    name: str = ""
    partstat: str = ""
    role: str = ""
    cutype: str = ""
    rsvp: bool = False


@dataclass(frozen=True)
class EventFacts:
    """One VEVENT. ``end`` is exclusive; where the text has none it follows RFC 5545 section 3.6.1.

    ``geo`` is (latitude, longitude); ``rrule`` the raw rules, one a line; ``recurrence_id`` the original start of an
    override. ``periods`` are those of ``rdates`` that have an end of their own. ``categories`` keep their order. ``related``
    are the UIDs that RELATED-TO names (section 3.8.4.5). Texts are unescaped, "" where absent.
    """

    uid: str
    start: When
    end: When
    summary: str = ""
    description: str = ""
    location: str = ""
    geo: tuple[float, float] | None = None
    status: str = ""
    categories: tuple[str, ...] = ()
    organizer: CalendarUser | None = None
    attendees: tuple[CalendarUser, ...] = ()
    sequence: int = 0
    klass: str = ""
    transp: str = ""
    url: str = ""
    rrule: str = ""
    rdates: tuple[When, ...] = ()
    periods: tuple[tuple[When, When], ...] = ()
    exdates: tuple[When, ...] = ()
    recurrence_id: When | None = None
    this_and_future: bool = False
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class CalendarObject:
    """One calendar object resource (RFC 4791 section 4.1): one UID, a master and its overrides.

    ``component`` is VEVENT, VTODO, VJOURNAL …; only VEVENTs have facts. ``overrides`` are by the original local
    start (``When.local_key`` of their RECURRENCE-ID, told in the master's zone).
    """

    uid: str
    component: str
    method: str = ""
    master: EventFacts | None = None
    overrides: Mapping[str, EventFacts] = field(default_factory=dict)
