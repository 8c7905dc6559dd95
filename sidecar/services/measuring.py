"""Figures for a monitoring program: passes, what waits, what asks for somebody. Read from the database, so that every worker
of every machine tells the same; no names, no addresses, no titles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calendars.sync.guard import ACCEPTED
from sidecar.bootstrap import Application
from sidecar.services.muting import Why, why_muted
from sidecar.storage import UnitOfWork, upkeep


@dataclass(frozen=True)
class Figure:
    """One gauge: ``samples`` are (space id or "", value)."""

    name: str
    help: str
    samples: Sequence[tuple[str, float]]


def figures(app: Application, uow: UnitOfWork) -> Iterator[Figure]:
    """Everything there is to tell now."""
    spaces = [space.id for space in uow.spaces.all()]
    runs = {space: run for space in spaces if (run := uow.runs.latest(space)) is not None}
    now = app.now()
    muted = why_muted(app, uow) is not Why.NOT
    guarded = {
        space: sum(cursor.guarded not in ("", ACCEPTED) for cursor in uow.memory(space).cursors().values())
        for space in spaces
    }
    yield Figure("hlm_muted", "1 while nothing is written to any server.", [("", float(muted))])
    yield Figure("hlm_database_bytes", "Size of the database.", [("", float(upkeep.size(app.storage.engine)))])
    yield Figure("hlm_conflicts_open", "Conflicts that wait for somebody.", [("", float(len(uow.conflicts.open())))])
    yield Figure(
        "hlm_pass_age_seconds",
        "Time since the latest pass of a space ended.",
        [(space, (now - run.ended_at).total_seconds()) for space, run in runs.items()],
    )
    yield Figure(
        "hlm_pass_seconds",
        "How long the latest pass of a space took.",
        [(space, (run.ended_at - run.started_at).total_seconds()) for space, run in runs.items()],
    )
    yield Figure("hlm_pass_ok", "1 where the latest pass went well.", [(s, float(run.ok)) for s, run in runs.items()])
    yield Figure(
        "hlm_pass_requests",
        "Requests of the latest pass of a space.",
        [(space, float(run.report.get("requests", 0))) for space, run in runs.items()],
    )
    yield Figure(
        "hlm_waiting",
        "Appointments and people whose change has not gone out yet.",
        [(space, float(len(uow.outbox.pending(space, held=True)))) for space in spaces],
    )
    yield Figure(
        "hlm_collections_paused",
        "Collections for which somebody has to decide.",
        [(space, float(number)) for space, number in guarded.items()],
    )


def as_text(found: Iterator[Figure]) -> str:
    """Prometheus' text format, version 0.0.4. Ids of spaces are ours and need no escaping."""
    lines: list[str] = []
    for figure in found:
        lines += [f"# HELP {figure.name} {figure.help}", f"# TYPE {figure.name} gauge"]
        for space, value in figure.samples:
            label = f'{{space="{space}"}}' if space else ""
            lines.append(f"{figure.name}{label} {value:g}")
    return "\n".join(lines) + "\n"
