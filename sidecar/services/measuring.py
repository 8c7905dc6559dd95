"""Figures for a monitoring program: passes, what waits, what asks for somebody. Read from the database, so that every worker
of every machine tells the same; no names, no addresses, no titles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from calendars.sync.guard import ACCEPTED
from sidecar.bootstrap import Application
from sidecar.services.muting import Why, why_muted
from sidecar.storage import UnitOfWork, upkeep
from sidecar.storage.gauges import WaitingThere


@dataclass(frozen=True)
class Figure:
    """One gauge: ``samples`` are (space id or "", value)."""

    name: str
    help: str
    samples: Sequence[tuple[str, float]]


def figures(app: Application, uow: UnitOfWork) -> Iterator[Figure]:
    """Everything there is to tell now: as many questions to the database however many spaces there are."""
    now, gauges = app.now(), uow.gauges
    spaces, passes = gauges.spaces(), gauges.latest_passes()
    waiting = {there.space_id: there for there in gauges.waiting()}
    paused = gauges.paused(("", ACCEPTED))
    muted = why_muted(app, uow) is not Why.NOT
    yield Figure("hlm_muted", "1 while nothing is written to any server.", [("", float(muted))])
    yield Figure("hlm_database_bytes", "Size of the database.", [("", float(upkeep.size(app.storage.engine)))])
    yield Figure("hlm_conflicts_open", "Conflicts that wait for somebody.", [("", float(gauges.open_conflicts()))])
    yield Figure(
        "hlm_spaces_in_trouble",
        "Spaces whose latest pass did not go well.",
        [("", float(sum(not run.ok for run in passes)))],
    )
    telling = uow.deliveries.traffic()
    yield Figure("hlm_messages_waiting", "Messages to others that have not arrived yet.", [("", float(telling.waiting))])
    yield Figure(
        "hlm_messages_given_up", "Messages to others of the last month that never arrived.", [("", float(telling.given_up))]
    )
    yield Figure("hlm_destinations_failing", "Where messages do not arrive at present.", [("", float(telling.failing))])
    yield Figure("hlm_destinations_gone", "Who answered that they want no more messages.", [("", float(telling.gone))])
    yield Figure(
        "hlm_pass_age_seconds",
        "Time since the latest pass of a space ended.",
        [(run.space_id, (now - run.ended_at).total_seconds()) for run in passes],
    )
    yield Figure(
        "hlm_pass_seconds",
        "How long the latest pass of a space took.",
        [(run.space_id, (run.ended_at - run.started_at).total_seconds()) for run in passes],
    )
    yield Figure("hlm_pass_ok", "1 where the latest pass went well.", [(run.space_id, float(run.ok)) for run in passes])
    yield Figure(
        "hlm_pass_requests",
        "Requests of the latest pass of a space.",
        [(run.space_id, float(run.requests)) for run in passes],
    )
    yield Figure(
        "hlm_waiting",
        "Appointments and people whose change has not gone out yet.",
        [(space, float(waiting[space].number) if space in waiting else 0.0) for space in spaces],
    )
    yield Figure(
        "hlm_waiting_resting",
        "Those of them that are held for a while, so that people are told once.",
        [(space, float(waiting[space].resting) if space in waiting else 0.0) for space in spaces],
    )
    yield Figure(
        "hlm_waiting_seconds",
        "How long the first of them has waited.",
        [(space, _since(waiting.get(space), now)) for space in spaces],
    )
    yield Figure(
        "hlm_collections_paused",
        "Collections for which somebody has to decide.",
        [(space, float(paused.get(space, 0))) for space in spaces],
    )


def _since(there: WaitingThere | None, now: datetime) -> float:
    return max(0.0, (now - there.since).total_seconds()) if there is not None and there.since is not None else 0.0


def as_text(found: Iterator[Figure]) -> str:
    """Prometheus' text format, version 0.0.4. Ids of spaces are ours and need no escaping."""
    lines: list[str] = []
    for figure in found:
        lines += [f"# HELP {figure.name} {figure.help}", f"# TYPE {figure.name} gauge"]
        for space, value in figure.samples:
            label = f'{{space="{space}"}}' if space else ""
            lines.append(f"{figure.name}{label} {value:g}")
    return "\n".join(lines) + "\n"
