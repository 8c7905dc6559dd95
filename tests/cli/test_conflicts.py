"""What is to decide, on the command line: all but what is about a supervision, which is its organiser's alone."""

from __future__ import annotations

from dataclasses import replace

from sidecar.bootstrap import start
from sidecar.config import load
from sidecar.domain.appointments import AppointmentKind
from sidecar.domain.bindings import Conflict
from tests.cli.command import NOT_DONE, CommandLine


def kept(command: CommandLine, kind: AppointmentKind, **since: str) -> Conflict:
    """Both sides changed the title of one appointment of that kind, and the calendar's stands, or what was changed since."""
    app = start(load({"HLM_DATA_DIR": str(command.folder)}))
    with app.storage.unit(actor="test") as uow:
        one = next(a for a in uow.appointments.all() if a.kind is kind)
        uow.appointments.save(replace(one, **{"title": "À l'agenda", **since}))  # type: ignore[arg-type]
        conflict = uow.conflicts.add(
            Conflict(
                id="one", at=app.now(), centre_id=one.centre_id, subject_kind="appointment", subject_id=one.id,
                field="summary", base=one.title, ours="Au tableau", theirs="À l'agenda", why="both_changed",
            )
        )  # fmt: skip
    app.storage.engine.dispose()
    return conflict


def title(command: CommandLine, conflict: Conflict) -> str:
    app = start(load({"HLM_DATA_DIR": str(command.folder)}))
    with app.storage.unit(write=False) as uow:
        found = uow.appointments.get(conflict.subject_id).title
    app.storage.engine.dispose()
    return found


def test_a_conflict_about_a_supervision_is_neither_shown_nor_settled_here(own: CommandLine) -> None:
    conflict = kept(own, AppointmentKind.SUPERVISION)
    assert own.json("conflicts") == {"conflicts": []}
    own("conflicts", "--choose", conflict.id, "ours", code=NOT_DONE)
    assert title(own, conflict) == "À l'agenda"


def test_what_was_changed_since_is_told_as_standing_and_can_be_kept(own: CommandLine) -> None:
    conflict = kept(own, AppointmentKind.OUTING, title="Depuis")
    told = own("conflicts").out
    assert "Changé depuis (vaut pour l'instant)" in told and "Depuis" in told
    assert own.json("conflicts", "--choose", conflict.id, "now") == {"conflicts": []}
    assert title(own, conflict) == "Depuis"


def test_the_calendars_value_is_put_back_where_somebody_changed_it_since(own: CommandLine) -> None:
    conflict = kept(own, AppointmentKind.OUTING, title="Depuis")
    own("conflicts", "--choose", conflict.id, "theirs")
    assert title(own, conflict) == "À l'agenda"
