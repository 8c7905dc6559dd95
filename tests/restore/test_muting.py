"""A database that was put back or copied writes nothing until somebody has looked, and says so everywhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.app import create_app
from sidecar.domain.errors import DomainError
from sidecar.i18n import translator
from sidecar.services.binding import mark_centre
from sidecar.services.muting import MARK, Why, look_around, read_mark, unmute, why_muted
from sidecar.storage import TokenKind
from tests.restore.database import backup, copy, file_of, there
from tests.scene import Scene
from tests.twin import Twin, twin


@pytest.fixture
def world(tmp_path: Path) -> Twin:
    world = twin(tmp_path / "first", outings=2)
    for _ in range(3):
        assert world.scene.sync().ok
    return world


def why(scene: Scene) -> Why:
    with scene.reading() as uow:
        return why_muted(scene.application, uow)


def look_and_unmute(scene: Scene, *, new_instance: bool = False) -> None:
    """``mute --off``."""
    with scene.board() as uow:
        committed = unmute(scene.application, uow, new_instance=new_instance)
        mark_centre(uow, "maurepas", scene.clock())
    committed()


def retitle(scene: Scene, title: str) -> None:
    with scene.board() as uow:
        uow.appointments.save(replace(uow.appointments.get("cafe"), title=title))


def time_goes_by(world: Twin) -> None:
    """Somebody moves an outing, and a pass takes it in."""
    world.edit("SUMMARY:", "SUMMARY:Encore ", "cafe1")
    assert world.scene.sync().ok


def counted(world: Twin) -> int:
    """How far the file beside the database says that it has come."""
    mark = read_mark(world.scene.application.config.data_dir)
    assert mark is not None and mark.instance == "testinstance"
    return mark.epoch


def test_an_ordinary_database_is_not_muted_and_its_file_follows_its_passes(world: Twin) -> None:
    before = counted(world)
    time_goes_by(world)
    assert counted(world) > before
    assert world.scene.sync().muted == why(world.scene) == Why.NOT


def test_a_pass_in_which_nothing_changed_is_not_counted_and_its_backup_lacks_nothing(world: Twin) -> None:
    before = counted(world)
    put_back = backup(world.scene)
    assert world.scene.sync().quiet
    assert counted(world) == before
    put_back()
    assert world.scene.sync().muted == Why.NOT


def test_a_pass_that_died_before_its_end_is_counted_by_the_next_quiet_one(
    world: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back, before = backup(world.scene), counted(world)

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    retitle(world.scene, "Écrit, et nie à la fin")
    with monkeypatch.context() as patch:
        patch.setattr(type(world.scene.syncer), "_record", dies)
        with pytest.raises(KeyboardInterrupt):
            world.scene.sync()
    assert "nie" in world.text()
    assert counted(world) == before
    assert world.scene.sync().quiet
    assert counted(world) > before
    put_back()
    assert world.scene.sync().muted == Why.RESTORED


def test_a_database_read_while_another_pass_ends_is_no_backup(world: Twin) -> None:
    """The file may be newer than the moment of the database that a unit reads."""
    app = world.scene.application
    with app.storage.unit(write=False) as uow:
        assert uow.settings.get("epoch") == counted(world)
        time_goes_by(world)
        assert uow.settings.get("epoch") < counted(world)
        assert look_around(app, uow) is Why.NOT


def test_a_backup_that_was_put_back_reads_shows_and_writes_nothing(world: Twin) -> None:
    put_back = backup(world.scene)
    time_goes_by(world)
    put_back()
    retitle(world.scene, "Le Café d'avant")
    world.edit("LOCATION:", "LOCATION:Rue ", "cafe1")
    seen = len(world.writes())
    report = world.scene.sync()
    assert (report.muted, report.ok) == (Why.RESTORED, True)
    assert world.writes()[seen:] == []
    place = world.scene.appointment("cafe1").place
    assert place is not None and place.name.startswith("Rue ")
    shown = world.scene.sync(dry=True)
    assert [(w["action"], w["href"]) for w in shown.would] == [("update", world.scene.href_of())]
    assert world.writes()[seen:] == []


def test_it_stays_muted_until_somebody_looked_and_then_goes_on_once(world: Twin) -> None:
    put_back = backup(world.scene)
    time_goes_by(world)
    put_back()
    retitle(world.scene, "Le Café d'avant")
    for _ in range(4):
        assert world.scene.sync().muted == Why.RESTORED
    seen = len(world.writes())
    look_and_unmute(world.scene)
    for _ in range(3):
        report = world.scene.sync()
        assert (report.muted, report.ok) == (Why.NOT, True)
    assert [href for _, href, _ in world.writes()[seen:]] == [world.scene.href_of()]
    assert "d'avant" in world.text()


def test_a_dry_pass_of_a_restored_database_keeps_nothing_and_tells(world: Twin) -> None:
    put_back = backup(world.scene)
    time_goes_by(world)
    put_back()
    assert world.scene.sync(dry=True).muted == Why.RESTORED
    assert why(world.scene) is Why.NOT


def test_a_copy_on_a_second_machine_writes_nothing_while_the_first_goes_on(world: Twin, tmp_path: Path) -> None:
    second = copy(world.scene, tmp_path / "second")
    retitle(second, "Écrit par la copie")
    seen = len(world.writes())
    assert second.sync().muted == Why.COPIED
    assert world.writes()[seen:] == []
    retitle(world.scene, "Écrit par la première")
    assert world.scene.sync().muted == Why.NOT
    assert "par la première" in world.text()


def test_a_copy_that_takes_over_goes_on_after_somebody_said_so(world: Twin, tmp_path: Path) -> None:
    second = copy(world.scene, tmp_path / "second")
    second.sync()
    retitle(second, "Écrit par la nouvelle machine")
    look_and_unmute(second)
    assert second.sync().muted == Why.NOT
    assert "par la nouvelle machine" in world.text()
    again = there(second, second.application.config)
    assert again.sync().muted == Why.NOT


def test_a_copy_that_goes_on_beside_takes_another_name(world: Twin, tmp_path: Path) -> None:
    second = copy(world.scene, tmp_path / "second")
    second.sync()
    look_and_unmute(second, new_instance=True)
    named = read_mark(second.application.config.data_dir)
    assert named is not None and named.instance not in ("", "testinstance")
    with second.reading() as uow:
        assert uow.settings.get("instance_id") == named.instance


def test_a_folder_put_back_as_new_files_is_noticed_although_its_file_came_along(world: Twin, tmp_path: Path) -> None:
    app = world.scene.application
    app.storage.close()
    shutil.copytree(app.config.data_dir, tmp_path / "aside")
    world.scene.sync()
    app.storage.close()
    file_of(app.config).rename(tmp_path / "old.db")
    for name in (file_of(app.config).name, MARK):
        shutil.copy2(tmp_path / "aside" / name, app.config.data_dir / name)
    assert world.scene.sync().muted == Why.COPIED


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"instance": 1}', "\udcff"])
def test_a_file_that_says_nothing_is_written_anew(world: Twin, content: str) -> None:
    mark = world.scene.application.config.data_dir / MARK
    mark.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert world.scene.sync().muted == Why.NOT
    assert read_mark(mark.parent) is not None


def test_another_installations_file_beside_the_database_mutes(world: Twin) -> None:
    mark = world.scene.application.config.data_dir / MARK
    mark.write_text('{"instance": "another", "epoch": 1}', encoding="utf-8")
    assert world.scene.sync().muted == Why.COPIED


def test_while_a_notice_stands_nothing_is_taken_out(world: Twin, tmp_path: Path) -> None:
    second = copy(world.scene, tmp_path / "second")
    with second.reading() as uow:
        (binding,) = uow.bindings.all()
    with pytest.raises(DomainError, match="take_out_muted"):
        second.syncer.unbind(binding.id, take_out=True, actor="test")


def test_health_and_page_say_why_nothing_is_written(world: Twin, tmp_path: Path) -> None:
    client = create_app(world.scene.application).test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    second = copy(world.scene, tmp_path / "second")
    second.sync()
    with second.board() as uow:
        uow.tokens.issue(TokenKind.API, name="test")
        (token,) = uow.tokens.all(kind=TokenKind.API)
    client = create_app(second.application).test_client()
    assert client.get("/healthz").json == {"status": "ok", "muted": "copied"}
    with client.session_transaction() as session:
        session["shown"] = token.id
        session["since"] = world.scene.clock().timestamp()
    for language in ("fr", "en"):
        page = client.get(f"/?lang={language}").text
        assert translator(language)("muted.copied").partition(" : ")[0] in page.replace("&#39;", "'")


def test_every_reason_has_its_sentence() -> None:
    for language in ("fr", "en"):
        assert all(translator(language)(f"muted.{reason}") for reason in Why if reason)
