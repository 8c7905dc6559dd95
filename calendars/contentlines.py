"""Content lines of iCalendar and vCard without loss: what is not touched comes back byte for byte.

RFC 5545 section 3.1 and RFC 6350 section 3.2 (lines, folding), RFC 6868 (carets in parameters). ``parse`` makes a
``Document`` of components and lines; ``str(document)`` is the text again, folds, line endings, case and white space
included. A line is only taken apart when it is asked for its name, parameters or value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from calendars.errors import UnreadableText
from calendars.kept import Kept
from calendars.logical_lines import BREAK, logical_lines

MAX_CHARACTERS = 32 * 1024 * 1024
MAX_DEPTH = 50
LINE_OCTETS = 75
"""Longest line before folding, without its ending (RFC 5545 section 3.1)."""

_FOLD = re.compile(rf"{BREAK}[ \t]")
_PLAIN_NAME = re.compile(r"([A-Za-z0-9-]+)([:;])")
_OCTET = re.compile("[\udc80-\udcff]")
_OCTETS = re.compile("[\udc80-\udcff]+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udc7f\udd00-\udfff\ufffe\uffff]")
"""What no content line may hold (RFC 5545 section 3.1) and no XML can carry, tabs and line feeds aside."""
_CARETS = {"^n": "\n", "^^": "^", "^'": '"'}


def read_bytes(data: bytes) -> str:
    """UTF-8 as text; octets that are none survive as surrogates, so that ``write_bytes`` gives the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def write_bytes(text: str) -> bytes:
    """The inverse of ``read_bytes``. Raises UnreadableText for a surrogate that stands for no octet."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise UnreadableText("a character that UTF-8 cannot say", line=text.count("\n", 0, error.start) + 1) from error


@dataclass(frozen=True)
class ContentLine:
    """One logical line with its folds and ending as they stand in ``raw``. ``number`` is 1-based, 0 for a new line."""

    raw: str
    number: int = field(default=0, compare=False)

    @classmethod
    def make(
        cls,
        name: str,
        value: str,
        params: Sequence[tuple[str, Sequence[str]]] = (),
        group: str = "",
        *,
        ending: str = "\r\n",
    ) -> ContentLine:
        """A new line, folded at 75 octets. ``value`` is raw: a TEXT has to be escaped before (``escape_text``).

        Whatever ``value`` holds, one line comes of it: breaks are escaped, control characters left out.
        """
        head = f"{group}.{name}" if group else name
        head = ";".join([head, *(_written_param(param, values) for param, values in params)])
        return cls(folded(f"{head}:{_one_line(value)}", ending))

    @Kept
    def unfolded(self) -> str:
        text = self.raw.rstrip("\r\n")
        if "\n" in text or "\r" in text:
            text = _FOLD.sub("", text)
            if _OCTET.search(text):
                # A fold inside of a character left its octets apart (RFC 5545 section 3.1 warns of it).
                text = _OCTETS.sub(lambda m: read_bytes(write_bytes(m[0])), text)
        return text.removeprefix("\ufeff")

    @Kept
    def _head(self) -> tuple[str, str]:
        """What stands before the colon that ends name and parameters, and the raw value."""
        text, quoted = self.raw.rstrip("\r\n"), False
        if "\n" in text or "\r" in text or text.startswith("\ufeff"):
            text = self.unfolded
        head, colon, value = text.partition(":")
        if '"' not in head:
            return (head, value) if colon else (text, "")
        for position, character in enumerate(text):
            if character == '"':
                quoted = not quoted
            elif character == ":" and not quoted:
                return text[:position], text[position + 1 :]
        # A quote that never closes: the first colon of the line has to do.
        return (head, value) if colon else (text, "")

    @Kept
    def _label(self) -> str:
        """Group and name; "" for a line without a colon, which is no content line."""
        return self._head[0].partition(";")[0].strip() if len(self._head[0]) < len(self.unfolded) else ""

    @property
    def group(self) -> str:
        """The vCard group before the dot, "" for none (RFC 6350 section 3.3)."""
        return self._label.rpartition(".")[0]

    @Kept
    def name(self) -> str:
        """The property's name in upper case, without group; "" for a line that is none."""
        plain = _PLAIN_NAME.match(self.raw)
        if plain is not None and (plain[2] == ":" or ":" in self.raw):
            # Most lines are asked for their name and nothing else.
            return plain[1].upper()
        return self._label.rpartition(".")[2].upper()

    @property
    def value(self) -> str:
        """The raw value, unfolded, still escaped."""
        return self._head[1]

    @Kept
    def params(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Parameters in order, names as written, values without quotes and with RFC 6868 carets decoded."""
        _, _, rest = self._head[0].partition(";")
        found = []
        for part in _split(rest, ";") if rest else ():
            name, equals, values = part.partition("=")
            texts = tuple(_read_param(v) for v in _split(values, ",")) if equals else (name.strip(),)
            found.append((name.strip() if equals else "TYPE", texts))
        return tuple(found)

    def param(self, name: str) -> str | None:
        """The first value of a parameter, whatever its case; None where it is absent."""
        for found, values in self.params:
            if found.upper() == name and values:
                return values[0]
        return None

    def param_values(self, name: str) -> tuple[str, ...]:
        """All values of a parameter, repeated ones together."""
        return tuple(v for found, values in self.params if found.upper() == name for v in values)

    def with_value(self, value: str, *, ending: str) -> ContentLine:
        """The same group, name and parameters, to the letter, with another raw value."""
        return ContentLine(folded(f"{self._head[0]}:{_one_line(value)}", ending), self.number)

    def with_params(self, changes: Mapping[str, str | Sequence[str] | None], *, ending: str) -> ContentLine:
        """The same line with parameters set, or taken away (None); the others stay to the letter, quotes too."""
        left = dict(changes)
        label, _, rest = self._head[0].partition(";")
        written = [label]
        for part in _split(rest, ";") if rest else ():
            name = part.partition("=")[0].strip().upper() if "=" in part else "TYPE"
            if name not in changes:
                written.append(part)
            elif (new := left.pop(name, None)) is not None:
                written.append(_written_param(name, new))
        written.extend(_written_param(name, value) for name, value in left.items() if value is not None)
        return ContentLine(folded(f"{';'.join(written)}:{self.value}", ending), self.number)


@dataclass
class Component:
    """BEGIN to END with what lies between, in order. ``begin`` and ``end`` are kept as written."""

    begin: ContentLine
    end: ContentLine
    items: list[ContentLine | Component] = field(default_factory=list)

    @classmethod
    def make(cls, name: str, items: Iterable[ContentLine | Component] = (), *, ending: str = "\r\n") -> Component:
        begin, end = ContentLine.make("BEGIN", name, ending=ending), ContentLine.make("END", name, ending=ending)
        return cls(begin, end, list(items))

    @Kept
    def name(self) -> str:
        return self.begin.value.strip().upper()

    def lines(self, *names: str) -> list[ContentLine]:
        """The lines of these names (all lines where none is given), in order, without those of sub-components."""
        return [i for i in self.items if isinstance(i, ContentLine) and (not names or i.name in names)]

    def by_name(self) -> dict[str, list[ContentLine]]:
        """All lines by their names, in order, without those of sub-components."""
        found: dict[str, list[ContentLine]] = {}
        for item in self.items:
            if isinstance(item, ContentLine):
                plain = _PLAIN_NAME.match(item.raw)
                # As ``ContentLine.name`` has it, without asking each line.
                name = plain[1].upper() if plain is not None and plain[2] == ":" else item.name
                found.setdefault(name, []).append(item)
        return found

    def first(self, name: str) -> ContentLine | None:
        return next((i for i in self.items if isinstance(i, ContentLine) and i.name == name), None)

    def value(self, name: str) -> str:
        """The raw value of the first line of that name, "" where there is none."""
        line = self.first(name)
        return line.value if line is not None else ""

    def components(self, *names: str) -> list[Component]:
        return [i for i in self.items if isinstance(i, Component) and (not names or i.name in names)]

    def replace(self, old: ContentLine, new: ContentLine) -> None:
        """Put ``new`` where ``old`` (the very same object) stands."""
        self.items[self._index(old)] = new

    def remove(self, old: ContentLine | Component) -> None:
        del self.items[self._index(old)]

    def add(self, line: ContentLine, after: Iterable[str] = ()) -> None:
        """Add a line behind the last one of the names in ``after``, else behind the last line before sub-components."""
        names = set(after)
        places = [n for n, i in enumerate(self.items) if isinstance(i, ContentLine) and i.name in names]
        if not places:
            places = [n for n, i in enumerate(self.items) if isinstance(i, ContentLine)]
            first_part = next((n for n, i in enumerate(self.items) if isinstance(i, Component)), len(self.items))
            places = [n for n in places if n < first_part]
        self.items.insert(places[-1] + 1 if places else 0, line)

    def _index(self, item: ContentLine | Component) -> int:
        return next(n for n, i in enumerate(self.items) if i is item)

    def parts(self) -> Iterator[str]:
        yield self.begin.raw
        for item in self.items:
            if isinstance(item, Component):
                yield from item.parts()
            else:
                yield item.raw
        yield self.end.raw


@dataclass
class Document:
    """A whole text. ``items`` are components and the odd lines around them; ``ending`` is how new lines end."""

    items: list[ContentLine | Component]
    ending: str

    def __str__(self) -> str:
        return "".join(
            part for item in self.items for part in (item.parts() if isinstance(item, Component) else (item.raw,))
        )

    def components(self, *names: str) -> list[Component]:
        return [i for i in self.items if isinstance(i, Component) and (not names or i.name in names)]


def parse(text: str) -> Document:
    """Read a text. Raises UnreadableText where BEGIN and END do not pair, naming the line.

    A line that is no content line at all is kept as it is; only the structure has to be sound.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableText(f"the text is longer than {MAX_CHARACTERS} characters")
    document = Document([], "\n" if "\n" in text and "\r\n" not in text else "\r\n")
    stack: list[tuple[ContentLine, list[ContentLine | Component]]] = []
    current = document.items
    make = object.__new__
    for raw, number in logical_lines(text):
        # ``ContentLine(raw, number)`` without the detour of what is frozen: most of a text's time goes into making lines.
        line = make(ContentLine)
        kept = line.__dict__
        kept["raw"], kept["number"] = raw, number
        # Only these letters begin what opens or closes a component; no other line is taken apart here.
        if raw[0] not in "bBeE\ufeff":
            current.append(line)
            continue
        keyword = "BEGIN" if raw.startswith("BEGIN:") else "END" if raw.startswith("END:") else line.name
        if keyword == "BEGIN":
            if len(stack) >= MAX_DEPTH:
                raise UnreadableText("components are nested too deep", line=line.number)
            stack.append((line, current))
            current = []
        elif keyword == "END":
            if not stack:
                raise UnreadableText(f"END:{line.value} without its BEGIN", line=line.number)
            begin, outer = stack.pop()
            # Written alike from the colon on, as nearly always, neither is taken apart.
            alike = begin.raw[5:] == line.raw[3:] and line.raw[3] == ":"
            if not alike and begin.value.strip().upper() != line.value.strip().upper():
                raise UnreadableText(f"END:{line.value} does not end BEGIN:{begin.value}", line=line.number)
            outer.append(Component(begin, line, current))
            current = outer
        else:
            current.append(line)
    if stack:
        begin = stack[-1][0]
        raise UnreadableText(f"BEGIN:{begin.value} has no END", line=begin.number)
    return document


def folded(line: str, ending: str = "\r\n") -> str:
    """A logical line cut into pieces of at most 75 octets, never inside a character."""
    if len(line) <= LINE_OCTETS // 4 or (line.isascii() and len(line) <= LINE_OCTETS):
        return line + ending
    pieces: list[str] = []
    while line:
        # A continuation spends one octet on its leading space.
        room = LINE_OCTETS - (1 if pieces else 0)
        piece = line[:room]
        over = _octets(piece) - room
        while over > 0:
            over -= _octets(piece[-1])
            piece = piece[:-1]
        pieces.append(piece)
        line = line[len(piece) :]
    return f"{ending} ".join(pieces) + ending


def _octets(text: str) -> int:
    """In UTF-8; a surrogate of ``read_bytes`` is one."""
    return len(text.encode("utf-8", "replace"))


def plain_text(text: str) -> str:
    """The text as it comes back once it is written: line breaks are line feeds, no other control character but tabs."""
    if text.isprintable():
        return text
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _one_line(value: str) -> str:
    if value.isprintable():
        return value
    return plain_text(value).replace("\n", "\\n")


def escape_text(text: str) -> str:
    """A TEXT value as written (RFC 5545 section 3.3.11)."""
    plain = plain_text(text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ATOMS = re.compile(r"\\?.", re.DOTALL)


def unescape_text(value: str) -> str:
    """What a TEXT value says. A backslash before anything that needs none is dropped, as most programs do.

    Octets that are no UTF-8 show as U+FFFD: a person can read around them, a database can keep them.
    """
    if not value.isascii():
        value = _OCTET.sub("\ufffd", value)
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)


def split_value(value: str, separator: str) -> list[str]:
    """A raw value cut at unescaped separators; the parts are still escaped."""
    if "\\" not in value:
        return value.split(separator)
    parts = [""]
    for piece in _ATOMS.findall(value):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _split(text: str, separator: str) -> list[str]:
    """Cut outside of double quotes."""
    if '"' not in text:
        return text.split(separator)
    parts, part, quoted = [], "", False
    for character in text:
        if character == '"':
            quoted = not quoted
        if character == separator and not quoted:
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part]


def _read_param(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return re.sub(r"\^[n^']", lambda m: _CARETS[m[0]], value) if "^" in value else value


def _written_param(name: str, values: str | Sequence[str]) -> str:
    return f"{name}=" + ",".join(_written(v) for v in ((values,) if isinstance(values, str) else values))


def _written(value: str) -> str:
    text = plain_text(value).replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    return f'"{text}"' if any(c in text for c in ":;,") else text
