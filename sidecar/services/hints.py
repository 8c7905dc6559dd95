"""Hints that a space may have changed: files in the data folder, one a space; any process of this machine can leave one.

A hint is never a fact. A hundred of them are one file, and who takes it looks at the server itself. Processes on other
machines do not see it: they look when their interval is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_FOLDER = "hints"


def leave_hint(data_dir: Path, space_ids: Iterable[str]) -> None:
    """Ask the keeper of this machine to look at these spaces soon."""
    folder = data_dir / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for space_id in space_ids:
        (folder / space_id).touch()


def take_hints(data_dir: Path) -> frozenset[str]:
    """The spaces hinted at since the last call. A hint that comes from here on is the next one's."""
    try:
        found = list((data_dir / _FOLDER).iterdir())
    except FileNotFoundError:
        return frozenset()
    for file in found:
        file.unlink(missing_ok=True)
    return frozenset(file.name for file in found)
