"""How servers differ and what goes wrong with them, as data."""

from __future__ import annotations

from dataclasses import dataclass

from calendars.errors import (
    BadAnswer,
    DavError,
    Forbidden,
    InsufficientStorage,
    PreconditionFailed,
    Rejected,
    ServerTrouble,
    TokenRefused,
    Unauthorised,
    Unreachable,
)
from calendars.sync.ports import CollectionKind
from tests.editor.lines import Line, parse, render


class Killed(BaseException):
    """The process ends here."""


@dataclass(frozen=True)
class Fault:
    """What a request meets. ``carried_out``: it happened, and only its answer is lost."""

    error: BaseException
    carried_out: bool = False
    methods: tuple[str, ...] = ()
    """Requests that it may befall, all when empty."""


def _trouble(status: int, retry_after: float | None = None) -> DavError:
    return ServerTrouble("Not now", status=status, retry_after=retry_after)


WRITES, READS = ("PUT", "DELETE"), ("PROPFIND", "REPORT")
FAULTS: dict[str, Fault] = {
    "request lost": Fault(Unreachable("Gone")),
    "answer lost": Fault(Unreachable("Gone"), carried_out=True),
    "busy, soon again": Fault(_trouble(503, 2.0)),
    "busy for hours": Fault(_trouble(503, 7200.0)),
    "asked too often": Fault(_trouble(429, 5.0)),
    "choked": Fault(_trouble(500)),
    "carried out and denied": Fault(_trouble(500), carried_out=True),
    "carried out behind a gateway": Fault(_trouble(504), carried_out=True),
    "locked": Fault(_trouble(423)),
    "too late": Fault(PreconditionFailed("Changed", status=412), methods=WRITES),
    "forbidden": Fault(Forbidden("No", status=403), methods=WRITES),
    "not taken": Fault(Rejected("No", status=400), methods=WRITES),
    "full": Fault(InsufficientStorage("Full", status=507), methods=WRITES),
    "token refused": Fault(TokenRefused("No", status=403), methods=("REPORT",)),
    "answer cut short": Fault(BadAnswer("Cut"), methods=READS),
    "password changed": Fault(Unauthorised("No", status=401)),
    "killed before": Fault(Killed()),
    "killed after": Fault(Killed(), carried_out=True),
}


def stamped(kind: CollectionKind, text: str) -> str:
    """In another order, with a stamp of the server's own and without product, as Radicale and others store."""
    try:
        tree = parse(text)
    except (ValueError, IndexError):
        return text
    tree.set("PRODID", None)
    for component in tree.parts("VEVENT") if kind is CollectionKind.CALENDAR else [tree]:
        if kind is CollectionKind.CALENDAR:
            component.set("CREATED", "20260101T000000Z")
        component.items = [*sorted(component.lines(), key=_place), *component.parts()]
    return render(tree)


def _place(line: Line) -> tuple[bool, str]:
    return line.name.upper() not in ("VERSION", "UID"), line.name.upper()
