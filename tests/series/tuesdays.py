"""A weekly series and what our side makes of it, date by date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sidecar.domain.appointments import AppointmentState, Outing, Response
from tests.editor import Editor
from tests.rows.world import World, next_week, unfolded

NAME = "Le Café du facteur"
PUBLISHED, CANCELLED = AppointmentState.PUBLISHED, AppointmentState.CANCELLED


def week(number: int, hour: int = 9, minute: int = 30, *, days: int = 0) -> datetime:
    """The series' date of that week, the first being 0; clocks change after the fourth (29 March)."""
    return next_week(hour, minute, days=7 * number + days)


@dataclass
class Tuesdays:
    """``ids``: which outing each date became when the series was made."""

    world: World
    uid: str
    ids: dict[int, str] = field(default_factory=dict)

    @classmethod
    def made(cls, world: World, rule: str = "FREQ=WEEKLY;COUNT=6", **fields: str) -> Tuesdays:
        uid = world.editor.create_series(NAME, week(0), week(0, 11), rule, **fields)
        return cls(world, uid).absorbed()

    def absorbed(self) -> Tuesdays:
        self.world.sync()
        self.ids = dict(enumerate(o.id for o in self.world.outings()))
        return self

    @property
    def editor(self) -> Editor:
        return self.world.editor

    def outing(self, number: int) -> Outing:
        found = self.world.outing(self.ids[number])
        assert isinstance(found, Outing)
        return found

    def starts(self, state: AppointmentState = PUBLISHED) -> list[datetime]:
        return [o.start for o in self.world.outings() if o.state is state]

    def uid_of(self, number: int) -> str:
        return self.world.scene.uid_of(self.ids[number])

    def team(self, number: int) -> set[str]:
        return {p.person_id for p in self.outing(number).participants}

    def staff(self, number: int, *team: str) -> None:
        """A team and Denis ashore, found on the board for one date, and in the calendar."""
        self.world.staff(self.ids[number], *team)
        self.world.sync()

    def answer(self, number: int, person: str, partstat: str) -> None:
        """One person answers one date in a calendar program."""
        self.editor.answer(self.uid, f"{person}@example.org", partstat, on=week(number))
        self.world.sync()

    def response(self, number: int, person: str) -> Response:
        outing = self.outing(number)
        standing = outing.participation(person)
        assert standing is not None
        return outing.response_for_now(standing)

    def state(self) -> dict[str, tuple[datetime, frozenset[str], frozenset[tuple[str, str]]]]:
        """id -> start, team, answers of all that take place."""
        return {
            o.id: (
                o.start,
                frozenset(p.person_id for p in o.participants),
                frozenset((p.person_id, str(o.response_for_now(p))) for p in o.participants),
            )
            for o in self.world.outings()
            if o.state is PUBLISHED
        }

    def lines_of(self, date: datetime, uid: str = "") -> list[str]:
        """The lines of one changed date, as the server holds them; none where it is not changed."""
        wanted = f":{date:%Y%m%dT%H%M%S}"
        for event in unfolded(self.editor.text(uid or self.uid)).split("BEGIN:VEVENT")[1:]:
            if any(line.startswith("RECURRENCE-ID") and line.endswith(wanted) for line in event.splitlines()):
                return event.partition("END:VEVENT")[0].splitlines()
        return []

    def later(self, **span: int) -> None:
        self.world.scene.clock.forward(timedelta(**span))

    def meanwhile(self, program: Editor) -> None:
        """From now on a pass runs between any two writes of that program."""
        put, sent = program.adapter.put, list[str]()

        def passing(href: str, text: str, if_match: str | None) -> None:
            if sent:
                self.world.sync()
            sent.append(href)
            put(href, text, if_match)

        program.adapter.put = passing  # type: ignore[method-assign]

    def rewrite(self, *changes: tuple[str, str], uid: str = "") -> None:
        """Replace parts of the text by hand, as an odd program might."""
        opened = self.editor.open(uid or self.uid)
        text = self.editor.text(uid or self.uid)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.editor.put_text(opened.href, text, opened.etag)


def busy(tuesdays: Tuesdays) -> Tuesdays:
    """One date has a team, one another team, of which somebody answered."""
    tuesdays.staff(1, "anne", "bruno")
    tuesdays.staff(4, "anne", "chloe")
    tuesdays.answer(4, "anne", "ACCEPTED")
    assert tuesdays.response(4, "anne") is Response.ACCEPTED
    return tuesdays


def reversed_split(program: Editor, uid: str, *args: object, **kwargs: object) -> str:
    """The same split where the program sends the new series first."""
    put, held = program.adapter.put, []

    def hold(href: str, text: str, if_match: str | None) -> None:
        held.append((href, text, if_match))

    program.adapter.put = hold  # type: ignore[method-assign]
    rest = program.split_series(uid, *args, **kwargs)  # type: ignore[arg-type]
    program.adapter.put = put  # type: ignore[method-assign]
    for one in reversed(held):
        put(*one)
    return rest
