"""Content lines as a tree that can be cut and sewn (RFC 5545 section 3.1, RFC 6350 section 3.3).

Parameters and values stay as they are written: this client passes on what it does not know, as good clients do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

FoldUnit = Literal["octets", "characters"]


@dataclass
class Line:
    """``group.NAME;params:value``. ``params`` is verbatim, with its leading semicolon, or empty."""

    name: str
    value: str
    params: str = ""
    group: str = ""

    @property
    def text(self) -> str:
        return (
            f"{self.group}.{self.name}{self.params}:{self.value}" if self.group else f"{self.name}{self.params}:{self.value}"
        )

    def param(self, name: str) -> str | None:
        """The value of a parameter without its quotes; None when it is not there."""
        for key, value in split_params(self.params):
            if key.upper() == name.upper():
                return value.strip('"')
        return None

    def set_param(self, name: str, value: str | None) -> None:
        """Set in place, add at the end, or take out (None)."""
        kept = [(key, old) for key, old in split_params(self.params)]
        quoted = None if value is None else f'"{value}"' if re.search(r"[,;:]", value) else value
        out: list[tuple[str, str]] = []
        done = False
        for key, old in kept:
            if key.upper() != name.upper():
                out.append((key, old))
            elif quoted is not None and not done:
                out.append((key, quoted))
                done = True
        if quoted is not None and not done:
            out.append((name, quoted))
        self.params = "".join(f";{key}={text}" if text else f";{key}" for key, text in out)

    def copy(self) -> Line:
        return Line(self.name, self.value, self.params, self.group)


@dataclass
class Component:
    """BEGIN:name … END:name; ``items`` in the order of the text."""

    name: str
    items: list[Line | Component] = field(default_factory=list)

    def lines(self, name: str | None = None) -> list[Line]:
        return [i for i in self.items if isinstance(i, Line) and (name is None or i.name.upper() == name)]

    def parts(self, name: str | None = None) -> list[Component]:
        return [i for i in self.items if isinstance(i, Component) and (name is None or i.name == name)]

    def line(self, name: str) -> Line | None:
        return next(iter(self.lines(name)), None)

    def value(self, name: str) -> str | None:
        found = self.line(name)
        return None if found is None else found.value

    def set(self, name: str, value: str | None, params: str = "") -> None:
        """One line of that name, where the first one stood, else after the last property; None removes all."""
        fresh = None if value is None else Line(name, value, params)
        old = self.line(name)
        if old is None:
            if fresh is not None:
                self.add(fresh)
            return
        at = next(n for n, item in enumerate(self.items) if item is old)
        self.items = [i for i in self.items if not (isinstance(i, Line) and i.name.upper() == name)]
        if fresh is not None:
            self.items.insert(at, fresh)

    def add(self, item: Line | Component) -> None:
        """A property before the sub-components, a component after them."""
        if isinstance(item, Component):
            self.items.append(item)
            return
        at = next((n for n, i in enumerate(self.items) if isinstance(i, Component)), len(self.items))
        self.items.insert(at, item)

    def remove(self, item: Line | Component) -> None:
        self.items = [i for i in self.items if i is not item]

    def copy(self) -> Component:
        return Component(self.name, [item.copy() for item in self.items])

    def walk(self) -> Iterator[Component]:
        yield self
        for part in self.parts():
            yield from part.walk()


def split_params(params: str) -> list[tuple[str, str]]:
    """(name, value as written) of each; a vCard 2.1 style bare ``;CELL`` has an empty value."""
    pieces = re.findall(r';((?:[^";]|"[^"]*")*)', params)
    return [(p.partition("=")[0], p.partition("=")[2]) for p in pieces]


def parse(text: str) -> Component:
    """The one outermost component of ``text``. Raises ValueError when there is none or it is not closed."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    stack: list[Component] = []
    for raw in re.split(r"\r?\n", unfolded):
        if not raw.strip():
            continue
        match = re.match(r'(?:([\w-]+)\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)$', raw, re.DOTALL)
        if match is None:
            raise ValueError(f"no content line: {raw!r}")
        group, name, params, value = match.groups()
        if name.upper() == "BEGIN":
            component = Component(value.strip().upper())
            if stack:
                stack[-1].items.append(component)
            stack.append(component)
        elif name.upper() == "END":
            component = stack.pop()
            if component.name != value.strip().upper():
                raise ValueError(f"END:{value} closes {component.name}")
            if not stack:
                return component
        else:
            stack[-1].items.append(Line(name, value, params, group or ""))
    raise ValueError("no closed component")


def render(component: Component, *, width: int = 75, unit: FoldUnit = "octets") -> str:
    """The text with CRLF, folded at ``width`` octets or characters (some clients count the latter)."""
    fold = _fold_octets if unit == "octets" else _fold_characters
    return "".join(f"{fold(line, width)}\r\n" for line in _flat(component))


def _flat(component: Component) -> Iterator[str]:
    yield f"BEGIN:{component.name}"
    for item in component.items:
        if isinstance(item, Component):
            yield from _flat(item)
        else:
            yield item.text
    yield f"END:{component.name}"


def _fold_octets(line: str, width: int) -> str:
    pieces: list[str] = []
    piece, size = "", 0
    for character in line:
        octets = len(character.encode("utf-8"))
        if size + octets > width:
            pieces.append(piece)
            # The space that starts a continuation counts too.
            piece, size = "", 1
        piece += character
        size += octets
    return "\r\n ".join([*pieces, piece])


def _fold_characters(line: str, width: int) -> str:
    pieces = [line[:width]]
    rest = line[width:]
    while rest:
        pieces.append(rest[: width - 1])
        rest = rest[width - 1 :]
    return "\r\n ".join(pieces)


def escape(text: str) -> str:
    """A TEXT value (RFC 5545 section 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)


def reorder(component: Component, rank: Callable[[str], int | str]) -> None:
    """Sort the properties by rank, stable; sub-components keep their order, after them."""
    component.items = [*sorted(component.lines(), key=lambda line: rank(line.name.upper())), *component.parts()]
