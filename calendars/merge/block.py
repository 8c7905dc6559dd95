"""A managed block between two marker lines inside a DESCRIPTION; what people write around it survives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """A DESCRIPTION cut at the markers. ``block`` is None where the text has no whole block: all of it is human."""

    before: str
    block: str | None
    after: str

    @property
    def human(self) -> str:
        """What people wrote: the two parts around the block, a blank line between them, outer white space off."""
        return "\n\n".join(part for part in (self.before.strip(), self.after.strip()) if part)


def split(text: str, opening: str, closing: str) -> Description:
    """Cut at the first line that is ``opening`` and the next that is ``closing`` (white space around them is ignored).

    >>> split("Apporter du café\\n== A ==\\nÉquipe\\n== B ==\\nMerci", "== A ==", "== B ==").human
    'Apporter du café\\n\\nMerci'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    stripped = [line.strip() for line in lines]
    if opening in stripped:
        start = stripped.index(opening)
        if closing in stripped[start:]:
            end = stripped.index(closing, start)
            return Description(
                before="\n".join(lines[:start]),
                block="\n".join(lines[start + 1 : end]),
                after="\n".join(lines[end + 1 :]),
            )
    return Description(before="\n".join(lines), block=None, after="")


def compose(current: str, human: str, block: str | None, opening: str, closing: str) -> str:
    """The DESCRIPTION with ``human`` and ``block``; keeps the layout of ``current`` where its human text is the same.

    ``block`` None leaves the human text alone.
    """
    parts = split(current, opening, closing)
    if block is None:
        return current if parts.block is None and parts.human == human else human
    managed = f"{opening}\n{block}\n{closing}"
    if parts.human == human:
        if parts.block is None:
            return f"{human}\n\n{managed}" if human else managed
        before = f"{parts.before}\n" if parts.before else ""
        after = f"\n{parts.after}" if parts.after else ""
        return f"{before}{managed}{after}"
    return f"{human}\n\n{managed}" if human else managed
