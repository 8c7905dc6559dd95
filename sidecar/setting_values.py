"""What people write into a setting, read: each function raises ValueError with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sidecar.smtp import Security, Smtp, is_address


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(f"write a whole number from {low} to {high}")
        return value

    return read


def seconds(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:  # also false for "nan"
            raise ValueError(f"write a number of seconds from {low:g} to {high:g}")
        return value

    return read


def one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"write one of: {', '.join(words)}")
        return text.lower()

    return read


def yes_or_no(text: str) -> bool:
    if text.lower() in {"1", "yes", "true", "on"}:
        return True
    if text.lower() in {"0", "no", "false", "off"}:
        return False
    raise ValueError("write yes or no")


def path(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise ValueError("write a path that starts with / (or ~)")
    return path


def host(text: str) -> str:
    if not text or any(character in text for character in "/ @"):
        raise ValueError("write an address to listen on, such as 127.0.0.1 or 0.0.0.0")
    return text


def web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write the address people open, such as https://rotas.example.org")
    if parts.username or parts.password:
        raise ValueError("write it without user and password")
    return text.rstrip("/")


def smtp(text: str) -> Smtp | None:
    if text.lower() == "none":
        return None
    try:
        parts = urlsplit(text)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        name, port = "", None
    known = {security.value: security for security in Security}
    if not name or not _plain(name) or port == 0 or parts.scheme not in known or parts.path.strip("/") or parts.query:
        raise ValueError(
            f"write {', '.join(f'{scheme}://' for scheme in known)}, then user@ if there is one, server and port"
        )
    if parts.password is not None:
        raise ValueError("write it without a password: that stands in a file (HLM_SMTP_PASSWORD_FILE)")
    security, user = known[parts.scheme], unquote(parts.username or "")
    made = Smtp(host=name, port=port or security.port, security=security, user=user)
    if user and security is Security.NONE and not made.on_this_machine:
        raise ValueError("write smtp:// or smtps://, since a password would be read on its way")
    return made


def mail_address(text: str) -> str:
    if not is_address(text):
        raise ValueError("write one mail address without a name around it")
    return text


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def database(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if scheme == "sqlite" and separator and rest.startswith("/"):
        return text
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"} and separator and rest:
        # SQLAlchemy takes psycopg 2 for a bare "postgresql"; the extra `postgres` installs psycopg 3.
        return f"postgresql+psycopg://{rest}"
    raise ValueError("write sqlite:////path/to/file or postgresql://user:password@host/database")
