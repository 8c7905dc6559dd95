"""Reads ``appinfo/info.xml``, checks it against our schema, and puts the publisher's addresses into it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

HERE = Path(__file__).parent
INFO = HERE / "appinfo" / "info.xml"
SCHEMA = HERE / "info.xsd"
PUBLISHER = HERE / "publisher.toml"
UNKNOWN = "publisher.invalid"
"""Stands where an address of the publisher belongs. Nothing ever answers there (RFC 6761 section 6.4)."""


class NotReady(Exception):
    """The archive for the store cannot be made yet; each argument is one thing to do."""


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who publishes: where source, pictures and image are. ``screenshots`` ends with ``/``."""

    repository: str
    screenshots: str
    registry: str
    image: str


def publisher_in(path: Path = PUBLISHER) -> Publisher:
    """What the file says. Raises ``NotReady`` that names every line that is empty or cannot be an address."""
    said = tomllib.loads(path.read_text("utf-8"))
    problems = [f"{path.name}: fill in {name!r}." for name in Publisher.__annotations__ if not said.get(name)]
    problems += [
        f"{path.name}: {name!r} starts with https://."
        for name in ("repository", "screenshots")
        if said.get(name) and not said[name].startswith("https://")
    ]
    if said.get("screenshots") and not said["screenshots"].endswith("/"):
        problems.append(f"{path.name}: 'screenshots' ends with /.")
    if problems:
        raise NotReady(*problems)
    return Publisher(**{name: said[name] for name in Publisher.__annotations__})


def problems_of(text: bytes, schema: Path = SCHEMA) -> list[str]:
    """What the schema has against this info.xml, each with its line; nothing where it is right."""
    try:
        document = etree.fromstring(text)
    except etree.XMLSyntaxError as error:
        return [str(error)]
    checked = etree.XMLSchema(etree.parse(str(schema)))
    return [] if checked.validate(document) else [f"line {e.line}: {e.message}" for e in checked.error_log]


def published(text: bytes, publisher: Publisher) -> bytes:
    """The same info.xml with this publisher's addresses, all else as it was. Raises ``NotReady`` where one is left."""
    filled = (
        text.decode("utf-8")
        .replace(f"<registry>{UNKNOWN}</registry>", f"<registry>{publisher.registry}</registry>")
        .replace("<image>hors-les-murs</image>", f"<image>{publisher.image}</image>")
        .replace(f"https://{UNKNOWN}/screenshots/", publisher.screenshots)
        .replace(f"https://{UNKNOWN}/repository", publisher.repository.rstrip("/"))
    )
    document = etree.fromstring(filled.encode())
    left = [e.tag for e in document.iter() if UNKNOWN in (e.text or "") and isinstance(e.tag, str)]
    if left:
        raise NotReady(f"appinfo/info.xml: nothing was put into {', '.join(left)}.")
    return filled.encode()


def version_in(text: bytes) -> str:
    return str(etree.fromstring(text).findtext("version"))
