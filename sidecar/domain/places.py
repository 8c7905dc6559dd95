"""Where an appointment takes place. A home is no kind of place (R6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """The kinds of place of R6; the value is what storage, API and workbook share."""

    PUBLIC_SPACE = "public_space"
    BUILDING_COMMON_AREA = "building_common_area"
    MARKET = "market"
    GARDEN = "garden"
    PARTNER_PREMISES = "partner_premises"
    CENTRE_PREMISES = "centre_premises"
    MOBILE_STOP = "mobile_stop"
    ONLINE = "online"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place to meet people. ``geo`` is (latitude, longitude) in degrees, WGS 84 (RFC 5545 section 3.8.1.6).

    ``kind`` is None when nobody said so yet: a place that a calendar app wrote has a name alone.
    """

    name: str
    kind: PlaceKind | None = None
    geo: tuple[float, float] | None = None
