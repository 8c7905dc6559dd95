"""Secrets out of what is logged: by the name of a field, and by the look of a text.

Covered: passwords, tokens, keys and cookies by name; in texts Authorization headers, user and password in addresses,
token parameters, and the paths of private feeds, whose last part opens somebody's agenda to whoever reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"(?:^|[_\-. ])(?:password|passwd|pwd|secret|token|authorization|auth|cookie|api_?key|private_key|secret_key"
    r"|credential)s?$",
    re.IGNORECASE,
)
_HARMLESS_NAMES = frozenset({"sync_token", "sync-token"})
"""DAV sync tokens open nothing (RFC 6578) and are what one looks for in the log of a pass."""

_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # A header, as sent or as a mapping prints it.
        (
            r"(?i)\b((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?)(?:(?:basic|bearer|digest)\s+)?[^\s'\",}]+",
            rf"\1{HIDDEN}",
        ),
        # Its value alone; a digit, a capital or "=" tells credentials from "basic settings".
        (r"\b([Bb]asic|[Bb]earer) +(?=\S*[0-9A-Z=])[\w+/=.~-]{8,}", rf"\1 {HIDDEN}"),
        # User and password in an address.
        (r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s:@]+:[^/\s@]+@", rf"\1{HIDDEN}@"),
        # Parameters and assignments.
        (r"(?i)([?&;](?:token|key|secret|password|signature|sig)=)[^&;\s'\"]+", rf"\1{HIDDEN}"),
        (r"(?i)\b((?:password|secret|token)['\"]?\s*[:=]\s*['\"]?)(?!\[hidden\])[^\s'\",}&;]+", rf"\1{HIDDEN}"),
        # Private feeds.
        (r"(/feeds?/(?:[a-z-]+/)*)[\w~-]{16,}", rf"\1{HIDDEN}"),
    )
)


def redact_text(text: str) -> str:
    """``text`` with ``HIDDEN`` in place of every secret that can be told by its surroundings."""
    for pattern, replacement in _TEXTS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: Any, *, name: str = "") -> Any:
    """``value`` without secrets, mappings and sequences included; a field with a secret's name is hidden whole."""
    if _secret_by_name(name) and value not in (None, "", True, False):
        return HIDDEN
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {key: redact(item, name=str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    # Exceptions, paths, records: what would be printed of them may hold an address with a password.
    return redact_text(str(value))


def _secret_by_name(name: str) -> bool:
    return name.lower() not in _HARMLESS_NAMES and _SECRET_NAME.search(name) is not None
