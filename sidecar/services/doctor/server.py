"""One server: does it answer, as whom, how fast, at what time of day, and did passes go through it lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from calendars.dav.servers import UNKNOWN, detect
from sidecar.services.doctor.causes import blamed
from sidecar.services.doctor.results import Result, Said, ok, problem, said_of, unknown, warning
from sidecar.services.doctor.visit import Visit
from sidecar.services.overview import SILENT

APART = timedelta(minutes=5)
"""Clocks that differ by more make "changed meanwhile" and "was told already" uncertain, and certificates fail."""


def server(seen: Visit) -> Iterator[Result]:
    """Whether it answers as a calendar server does, and lets this account in. One cause is named once."""
    if seen.withheld is not None:
        yield unknown("server", "not_asked", seen.about)
        yield problem("account", "withheld", seen.about, why=said_of(seen.withheld))
        return
    if seen.failure is not None:
        found = blamed(seen.failure, seen.about)
        if found.check == "account":
            yield ok("server", "answers", seen.about)
        yield found
        return
    yield ok("server", "answers", seen.about)
    yield ok("account", "let_in", seen.about, user=seen.tied.space.username)


def kind(seen: Visit) -> Iterator[Result]:
    """Which program it is: how it is treated depends on it."""
    if seen.shown is None:
        return
    names = [seen.tied.account.server if seen.tied.account is not None else UNKNOWN.name]
    # Some show it by the look of their tokens alone.
    names += [detect({}, shown.state.sync_token).name for shown in seen.shown.values()]
    name = next((name for name in names if name != UNKNOWN.name), None)
    yield ok("kind", "not_known", seen.about) if name is None else ok("kind", "known", seen.about, name=name)


def speed(seen: Visit) -> Iterator[Result]:
    slowest = max((h.seconds for h in seen.heard), default=None)
    if slowest is None or not seen.answered:
        return
    if slowest > seen.slow:
        yield warning("speed", "slow", seen.about, seconds=f"{slowest:.1f}")
    else:
        yield ok("speed", about=seen.about, milliseconds=round(slowest * 1000))


def clock(seen: Visit) -> Iterator[Result]:
    """Our clock beside the server's, as the Date of its answers tells it, those that refuse included."""
    apart = [h.apart for h in seen.heard if h.apart is not None]
    if not apart:
        yield unknown("clock", "not_told" if seen.heard else "no_answer", seen.about)
        return
    least = min(apart, key=abs)
    if abs(least) <= APART.total_seconds():
        yield ok("clock", about=seen.about)
    else:
        span = ago(timedelta(seconds=abs(least)))
        yield problem("clock", "ahead" if least > 0 else "behind", seen.about, span=span)


def last_pass(seen: Visit, now: datetime) -> Iterator[Result]:
    """Whether somebody keeps this space in step; that its server does not answer now is said elsewhere."""
    run = seen.tied.run
    if run is None:
        yield warning("last_pass", "never", seen.about)
        return
    age = max(now - run.ended_at, timedelta(0))
    kind, detail = run.report.get("error_kind", ""), run.report.get("error", "")
    if age > SILENT:
        yield problem("last_pass", "long_ago", seen.about, span=ago(age))
    elif detail and seen.answered:
        yield warning("last_pass", "failed", seen.about, span=ago(age), why=Said(f"error.dav.{kind}", {"detail": detail}))
    else:
        yield ok("last_pass", about=seen.about, span=ago(age))


def ago(span: timedelta) -> Said:
    """A span in the largest unit of which it holds two."""
    seconds = span.total_seconds()
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return Said(f"doctor.span.{unit}", {"count": round(seconds / size)})
    return Said("doctor.span.minutes", {"count": round(seconds / 60)})


def groups(seen: Visit) -> Iterator[Result]:
    """Whether the groups through which people hold roles are there: a deleted one opens nothing to anybody any more."""
    if seen.absent:
        yield warning("groups", "gone", seen.about, groups=list(seen.absent))
