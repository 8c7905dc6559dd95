"""A text cut into its logical lines (RFC 5545 section 3.1), each with the folds and the ending that it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

BREAK = r"(?:\r{0,2}\n|\r)"
"""CR CR LF comes of line ends that were translated twice; CR alone is an old habit."""
_PIECES = re.compile(rf"[^\r\n]*(?:{BREAK}|\Z)")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_FOLDED = re.compile(r"[^\n]*(?:\n[ \t][^\n]*)*\n?")


def logical_lines(text: str) -> Iterable[tuple[str, int]]:
    """Lines, none empty, with their numbers from 1 on; a line that begins with white space continues the one before it."""
    if text.count("\r") != text.count("\r\n"):
        return _oddly_broken(text)
    # In most texts every line break is a line feed, and cutting there is the whole work.
    if "\n " not in text and "\n\t" not in text:
        lines = _LINES.findall(text)
        return zip(lines, range(1, len(lines) + 1), strict=True)
    lines = [line for line in _FOLDED.findall(text) if line]
    return zip(lines, accumulate((line.count("\n") for line in lines), initial=1), strict=False)


def _oddly_broken(text: str) -> Iterator[tuple[str, int]]:
    held, held_number = "", 1
    for number, piece in enumerate(_PIECES.findall(text), 1):
        if not piece:
            continue
        if held and piece[0] in " \t":
            held += piece
            continue
        if held:
            yield held, held_number
        held, held_number = piece, number
    if held:
        yield held, held_number
