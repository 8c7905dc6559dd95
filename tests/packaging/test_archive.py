"""The archive for the app store: whole, the same each time, and not made before it can be."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from plugin_manifest import archive
from plugin_manifest.description import INFO, UNKNOWN, NotReady, Publisher, problems_of, published, publisher_in

SOMEBODY = Publisher(
    repository="https://code.example.org/hors-les-murs",
    screenshots="https://code.example.org/pictures/",
    registry="images.example.org",
    image="somebody/hors-les-murs",
)
CHANGES = "# Changelog\n\n## [0.1.0] - 2026-12-01\n"


def members(packed: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        return {member.name: member for member in files.getmembers()}


def test_it_holds_everything_below_a_folder_named_like_the_app() -> None:
    inside = members(archive.pack(archive.contents(INFO.read_bytes())))
    assert set(inside) == {
        f"hors_les_murs/{name}"
        for name in (
            "CHANGELOG.md", "LICENSE", "appinfo/info.xml", "img/app.svg", "img/app-dark.svg", "js/loader.js",
            "l10n/en.js", "l10n/en.json", "l10n/fr.js", "l10n/fr.json",
        )
    }  # fmt: skip
    assert all(member.size > 0 for member in inside.values())


def test_the_same_sources_give_the_same_bytes() -> None:
    inside = archive.contents(INFO.read_bytes())
    assert archive.pack(inside) == archive.pack(dict(reversed(inside.items())))


def test_it_does_not_tell_when_and_by_whom_it_was_made() -> None:
    packed = archive.pack(archive.contents(INFO.read_bytes()))
    assert packed[4:8] == b"\0\0\0\0"  # the time in the header of gzip (RFC 1952 section 2.3.1)
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members(packed).values()} == {
        (0, 0, 0, "", "", 0o644)
    }


def test_the_publisher_s_addresses_replace_every_open_one() -> None:
    info = published(INFO.read_bytes(), SOMEBODY)
    text = info.decode("utf-8")
    assert problems_of(info) == []
    assert "<registry>images.example.org</registry>" in text
    assert "<image>somebody/hors-les-murs</image>" in text
    assert "<screenshot>https://code.example.org/pictures/board.png</screenshot>" in text
    assert "<bugs>https://code.example.org/hors-les-murs/issues</bugs>" in text


def test_an_address_that_stays_open_is_refused() -> None:
    with pytest.raises(NotReady, match="screenshot"):
        published(INFO.read_text("utf-8").replace(f"{UNKNOWN}/screenshots/", f"{UNKNOWN}/pictures/").encode(), SOMEBODY)


def test_a_publisher_s_file_names_all_that_is_missing_or_wrong(tmp_path: Path) -> None:
    said = tmp_path / "publisher.toml"
    said.write_text('repository = "http://code.example.org"\nscreenshots = "https://code.example.org/x"\nregistry = ""\n')
    with pytest.raises(NotReady) as raised:
        publisher_in(said)
    assert [problem.partition(": ")[2] for problem in raised.value.args] == [
        "fill in 'registry'.", "fill in 'image'.", "'repository' starts with https://.", "'screenshots' ends with /.",
    ]  # fmt: skip


def test_a_publisher_s_file_that_is_filled_in_is_read(tmp_path: Path) -> None:
    said = tmp_path / "publisher.toml"
    said.write_text("".join(f'{name} = "{value}"\n' for name, value in vars(SOMEBODY).items()))
    assert publisher_in(said) == SOMEBODY


def test_a_version_that_is_not_released_gets_no_archive() -> None:
    info = published(INFO.read_bytes(), SOMEBODY)
    archive.ready(info, CHANGES)
    with pytest.raises(NotReady, match=r"CHANGELOG.*0\.1\.0"):
        archive.ready(info, "# Changelog\n\n## [Unreleased]\n")


def test_a_draft_is_made_without_any_of_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive.main(["--draft", "--into", str(tmp_path)]) == 0
    made = next(tmp_path.iterdir())
    assert made.name == "hors_les_murs-0.1.0-draft.tar.gz"
    assert str(made) in capsys.readouterr().out
