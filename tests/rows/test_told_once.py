"""Row: whom the server told already is not told again (a server that mails invitations itself, RFC 6638)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calendars.sync.memory_server import MemoryServer
from tests.editor import Editor
from tests.rows.world import Over, World, next_week


@pytest.fixture
def telling(tmp_path: Path) -> tuple[World, MemoryServer]:
    server = MemoryServer(schedules=True)
    return World.on(Over(name="twin", twin=server, user="service"), "ios", tmp_path, schedules=True), server


def told_by(server: MemoryServer, act: Callable[[], object]) -> int:
    """How many writes the server told others about meanwhile."""
    before = len(server.told)
    act()
    return len(server.told) - before


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda editor, uid: editor.move(uid, next_week(14, 0)), id="moved"),
        pytest.param(lambda editor, uid: editor.change_place(uid, "Parc de Maurepas"), id="another place"),
        pytest.param(lambda editor, uid: editor.retitle(uid, "Café au soleil"), id="another title"),
        pytest.param(lambda editor, uid: editor.add_attendee(uid, "chloe@example.org"), id="one more"),
        pytest.param(lambda editor, uid: editor.remove_attendee(uid, "bruno@example.org"), id="one less"),
        pytest.param(lambda editor, uid: editor.answer(uid, "bruno@example.org", "DECLINED"), id="declined"),
        pytest.param(lambda editor, uid: editor.change_text(uid, "Tout nouveau"), id="another text"),
    ],
)
def test_what_a_person_did_in_the_calendar_is_told_once_by_the_server(
    telling: tuple[World, MemoryServer], edit: Callable[[Editor, str], None]
) -> None:
    world, server = telling
    editor, uid = world.editor, world.uid
    assert told_by(server, lambda: edit(editor, uid)) == 1
    assert told_by(server, world.sync) == 0
    world.quiet()


def test_a_move_on_the_board_is_told_and_a_meeting_point_is_not(telling: tuple[World, MemoryServer]) -> None:
    world, server = telling
    world.change(meeting_point="Devant la boulangerie")
    assert told_by(server, world.sync) == 0
    assert "boulangerie" in world.text()
    world.change(start=next_week(15, 0), end=next_week(17, 0))
    assert told_by(server, world.sync) == 1
    world.quiet()


def test_a_copy_tells_its_team_no_second_time(telling: tuple[World, MemoryServer]) -> None:
    world, server = telling
    editor, uid = world.editor, world.uid
    assert told_by(server, lambda: editor.copy_event(uid, next_week(14, 0, days=7))) == 1
    assert told_by(server, world.sync) == 0
    world.quiet()
