"""Three-way merge by property: what came from theirs, what stays ours, what both changed.

``threeway`` decides over plain maps of property key -> value; ``events`` and ``cards`` make such maps from facts;
``block`` keeps a managed block inside a DESCRIPTION that people edit around.
"""

from calendars.merge.block import Description, compose, split
from calendars.merge.cards import card_map
from calendars.merge.events import attendee_key, event_map, partstat_key
from calendars.merge.threeway import Decision, Merge, three_way

__all__ = [
    "Decision",
    "Description",
    "Merge",
    "attendee_key",
    "card_map",
    "compose",
    "event_map",
    "partstat_key",
    "split",
    "three_way",
]
