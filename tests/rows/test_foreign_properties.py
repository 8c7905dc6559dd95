"""Row: adds an alarm, a colour, a note, a property that we never heard of -> it survives every later write of ours."""

from __future__ import annotations

from sidecar.domain.places import Place, PlaceKind
from sidecar.services import rota
from tests.rows.world import World, next_week

ODD = [
    ("X-HLM-NOT-OURS", "été; et, virgule", ';X-P="a;b:c";LANGUAGE=fr'),
    ("COMMENT", "À voir avec Yvon", ""),
    ("IMAGE", "https://www.example.org/affiche.png", ";VALUE=URI;DISPLAY=BADGE"),
    ("PRIORITY", "3", ""),
    ("X-" + "LONG-" * 20 + "NAME", "v" * 300, ""),
]


def alarm_lines(text: str) -> list[str]:
    """The lines within alarms, in no order (Radicale sorts them)."""
    rows, inside = [], 0
    for line in text.splitlines():
        inside += line == "BEGIN:VALARM"
        if inside:
            rows.append(line)
        inside -= line == "END:VALARM"
    return sorted(rows)


def property_name(line: str) -> str:
    return line.partition(":")[0].partition(";")[0]


def board_edits(world: World) -> None:
    """One of each kind of write that goes out to an event."""
    world.change(title="Le Café du facteur, grande fête")
    world.sync()
    world.change(start=next_week(14, 0), end=next_week(16, 30))
    world.sync()
    world.change(place=Place(name="Parc de Maurepas", kind=PlaceKind.PUBLIC_SPACE, geo=(48.1, -1.6)), meeting_point="Ici")
    world.sync()
    world.change(text="Apporter des gobelets")
    world.sync()
    world.staff("cafe", "chloe")
    world.sync()
    with world.scene.board() as uow:
        rota.unstaff(uow, "cafe", "bruno")
    world.sync()
    with world.scene.board() as uow:
        rota.cancel(uow, "cafe")
    world.sync()
    with world.scene.board() as uow:
        rota.bring_back(uow, "cafe")
    world.sync()


def test_what_programs_put_into_our_event_survives_every_later_write(styled: World) -> None:
    world = styled
    world.editor.add_alarm(world.uid, 45)
    rows = world.editor.add_foreign_property(world.uid)
    for name, value, params in ODD:
        rows += world.editor.add_foreign_property(world.uid, name, value.replace(";", "\\;").replace(",", "\\,"), params)
    world.sync()
    assert world.from_calendar() == {}
    before = world.text()
    alarms = alarm_lines(before)
    assert len(alarms) > 2
    board_edits(world)
    after = world.text()
    assert "grande fête" in after and "T140000" in after and "gobelets" in after and "Bruno" not in after
    assert alarm_lines(after) == alarms
    added = {property_name(row) for row in rows}
    kept = {line for line in before.splitlines() if property_name(line) in added}
    assert len(kept) >= len(rows)
    assert kept <= set(after.splitlines())
    world.quiet()


def test_a_property_in_one_date_of_a_series_survives_there(styled: World) -> None:
    world = styled
    world.editor.change_rule(world.uid, "FREQ=WEEKLY;COUNT=3")
    world.editor.change_one_date(world.uid, next_week(days=7), title="Le Café du facteur, la suite")
    opened = world.editor.open(world.uid)
    date = next(e for e in opened.events if e.line("RECURRENCE-ID") is not None)
    date.set("X-NOTE", "seulement ce jour")
    world.editor.save(opened)
    world.sync()
    (second,) = [o for o in world.others() if o.start == next_week(days=7)]
    world.staff(second.id, "anne", "bruno")
    world.sync()
    world.change(second.id, meeting_point="Devant la mairie", start=next_week(10, 0, days=7), end=next_week(11, 0, days=7))
    world.sync()
    text = world.text(second.id)
    assert text.count("X-NOTE:seulement ce jour") == 1
    assert "Devant la mairie" in text
    world.quiet()
