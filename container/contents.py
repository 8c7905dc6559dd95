"""What the program needs of what is installed, how much that is, and taking the rest out of the image."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

PROGRAM = "hors-les-murs"
LANGUAGES = ("fr", "en")
"""Languages whose dates and numbers are written. Babel's data of others is most of its bytes."""
_REQUIREMENT = re.compile(r"^\s*(?P<name>[A-Za-z0-9._-]+)\s*(?:\[(?P<extras>[^]]*)\])?(?P<rest>.*)$")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def plain(name: str) -> str:
    """A distribution's name as the index compares them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed() -> dict[str, Distribution]:
    return {plain(d.metadata["Name"]): d for d in distributions()}


def needed(extras: Iterable[str], there: Mapping[str, Distribution], program: str = PROGRAM) -> dict[str, Distribution]:
    """The program and everything installed that it asks for, directly or not.

    Markers other than ``extra`` are not read: what they rule out is not installed in the first place.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(plain(program), extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen or name not in there:
            continue
        seen.add((name, extra))
        found[name] = there[name]
        for line in there[name].requires or ():
            asked, _, marker = line.partition(";")
            parts = _REQUIREMENT.match(asked)
            wanted_by = _EXTRA.search(marker)
            if parts is None or (wanted_by is not None and plain(wanted_by[1]) != plain(extra)):
                continue
            waiting += [(plain(parts["name"]), e.strip()) for e in ("", *(parts["extras"] or "").split(","))]
    return found


def dispensable(path: Path) -> bool:
    """Whether a file is data of a language that nobody reads here, or for building other programs on it."""
    parts = path.parts
    if "locale-data" in parts and "babel" in parts:
        language = re.split(r"[_.]", path.name)[0]
        return path.suffix == ".dat" and language not in {*LANGUAGES, "root"}
    return "lxml" in parts and "includes" in parts and path.suffix in {".h", ".pxd"}


@dataclass(frozen=True)
class Contents:
    """How many distributions, and the bytes of their files without compiled copies."""

    distributions: int
    bytes: int


def measure(chosen: Mapping[str, Distribution]) -> Contents:
    """What these take, without what is ``dispensable``. The program's own files are not counted in: they are the product."""
    files = {
        Path(str(d.locate_file(f)))
        for name, d in chosen.items()
        if name != PROGRAM
        for f in d.files or ()
        if "__pycache__" not in f.parts and not dispensable(Path(f))
    }
    return Contents(distributions=len(chosen.keys() - {PROGRAM}), bytes=sum(f.stat().st_size for f in files if f.is_file()))


def prune(extras: Iterable[str]) -> list[str]:
    """Take out of this environment what the program does not need; the names of what was taken out."""
    there = installed()
    kept = needed(extras, there)
    if PROGRAM not in kept:
        raise SystemExit(f"{PROGRAM} is not installed here, so nothing is known to be needed.")
    gone = sorted(there.keys() - kept.keys())
    for name in gone:
        _remove(there[name])
    for distribution in kept.values():
        for file in distribution.files or ():
            if dispensable(Path(file)):
                Path(str(distribution.locate_file(file))).unlink(missing_ok=True)
    return gone


def _remove(distribution: Distribution) -> None:
    folders = set()
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        path.unlink(missing_ok=True)
        folders.update(p for p in path.parents if "site-packages" in p.parent.parts or p.parent.name == "site-packages")
    for folder in sorted(folders, key=lambda p: len(p.parts), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", choices=("prune", "count"))
    asked.add_argument("--extras", default="postgres", help="extras of the program, with commas")
    told = asked.parse_args()
    extras = [extra for extra in told.extras.split(",") if extra]
    if told.what == "prune":
        print("taken out:", ", ".join(prune(extras)) or "nothing")
    counted = measure(needed(extras, installed()))
    print(f"{counted.distributions} distributions, {counted.bytes / 1_000_000:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
