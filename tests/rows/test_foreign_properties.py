"""Row: adds an alarm, a colour, a note, a property that we never heard of -> it survives every later write of ours."""

from __future__ import annotations

from sidecar.domain.appointments import Participation
from tests.rows.conftest import Begin
from tests.rows.world import MARKED, World, next_week

LATER_WRITES = 10
STRANGE = ("X-HORS-SERIE", "déjà\\, vu", ';X-PARAM="a:b;c"')


def alarms(text: str) -> list[str]:
    """The alarms of an event, as they were written."""
    return [part.partition("END:VALARM")[0] for part in text.split("BEGIN:VALARM")[1:]]


def write_again(world: World, number: int, team: tuple[Participation, ...]) -> None:
    """Somebody changes something on the board that our event shows; each time something else."""
    match number % 5:
        case 0:
            world.change(start=next_week(10, number), end=next_week(12, number))
        case 1:
            world.change(title=f"Le Café du facteur, {number}")
        case 2:
            world.change(meeting_point=f"Devant le numéro {number}")
        case 3:
            world.change(participants=team[: 2 + number // 5])
        case _:
            world.change(text=f"À apporter : {number} gobelets")
    before = world.text()
    world.sync()
    assert world.text() != before


def test_what_a_program_put_into_our_event_survives_ten_later_writes(styled: World) -> None:
    world = styled
    world.editor.add_alarm(world.uid)
    world.editor.add_foreign_property(world.uid, "COLOR", "tomato")
    own = ["COLOR", *world.editor.add_foreign_property(world.uid)]
    own += world.editor.add_foreign_property(world.uid, *STRANGE)
    world.editor.append_text(world.uid, "Clé chez Denis")
    world.sync()
    before = world.text()
    rung, team = alarms(before), world.outing().participants
    assert rung
    # A server may put the parameters of a property in another order: as it stands there, so it stays.
    lines = [line for line in before.splitlines() if line.partition(":")[0].partition(";")[0] in names(own)]
    assert {line.partition(":")[0].partition(";")[0] for line in lines} == names(own)
    for number in range(LATER_WRITES):
        write_again(world, number, team)
        text = world.text()
        assert alarms(text) == rung
        assert [line for line in text.splitlines() if line in lines] == lines
        assert text.count(MARKED) == 1
        if number < 4:
            assert "Clé chez Denis" in text
    world.quiet()


def names(lines: list[str]) -> set[str]:
    return {line.partition(":")[0].partition(";")[0] for line in lines}


def test_two_programs_take_turns_and_lose_nothing_of_each_other(world: World) -> None:
    kept: list[str] = []
    for style in ("davx5", "gnome", "thunderbird"):
        editor = world.with_style(style)
        editor.add_alarm(world.uid, 30)
        editor.append_text(world.uid, f"Vu par {style}")
        world.sync()
        kept.append(f"Vu par {style}")
        world.change(meeting_point=f"Point {len(kept)}")
        world.sync()
        text = world.text()
        assert len(alarms(text)) == len(kept)
        assert all(note in text for note in kept)
    assert world.outing().text == "\n".join(kept)
    world.quiet()


def test_a_foreign_event_is_byte_for_byte_the_same_after_many_passes(begin: Begin) -> None:
    world = begin()
    hrefs = []
    for style in ("ios", "thunderbird"):
        editor = world.with_style(style)
        uid = editor.create_event("Goûter des voisins", next_week(16, 0), next_week(18, 0), text="Ligne\nautre; ligne")
        editor.add_alarm(uid)
        editor.add_foreign_property(uid)
        weekly = editor.create_series("Gym", next_week(7, 0), next_week(8, 0), "FREQ=WEEKLY;COUNT=20")
        editor.delete_one_date(weekly, next_week(7, 0, days=14))
        hrefs += [editor.open(uid).href, editor.open(weekly).href]
    before = {href: text for href, text in world.texts().items() if href in hrefs}
    assert len(before) == 4
    for number in range(100 if world.over.name == "twin" else 20):
        if number % 5 == 0:
            world.change(meeting_point=f"Devant le numéro {number}")
        world.sync(full=number % 10 == 9)
    assert {href: text for href, text in world.texts().items() if href in hrefs} == before
    assert world.others() == []
    world.quiet()
