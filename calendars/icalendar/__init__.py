"""Facts of calendar objects, read from and written into lossless text.

=====================  ========================================================================
``read``               text -> CalendarObject (uid, component, master, overrides)
``peek``               text -> (uid, component), without taking it apart
``write_event``        text (or None) + EventFacts -> text; only what differs is written anew
``write_override``     the same for one date of a series
``exclude_date``       a date of a series goes
``cut_until``          a series ends before a date
``occurrences``        the dates of a series within a period
``semantically_equal`` whether two texts mean the same
``meanings``           what the lines of a text say, counted
``is_masked``          whether a text only stands in for one that we may not read
=====================  ========================================================================
"""

from calendars.icalendar.cutting import cut_until
from calendars.icalendar.dates import exclude_date, write_override
from calendars.icalendar.facts import CalendarObject, CalendarUser, EventFacts, When
from calendars.icalendar.masking import is_masked
from calendars.icalendar.reading import peek, read
from calendars.icalendar.recurrence import Occurrence, occurrences
from calendars.icalendar.same import meanings, semantically_equal
from calendars.icalendar.writing import write_event

__all__ = [
    "CalendarObject",
    "CalendarUser",
    "EventFacts",
    "Occurrence",
    "When",
    "cut_until",
    "exclude_date",
    "is_masked",
    "meanings",
    "occurrences",
    "peek",
    "read",
    "semantically_equal",
    "write_event",
    "write_override",
]
