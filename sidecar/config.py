"""Settings of the process, read from the environment once and handed on as one frozen ``Config``.

Bindings, secrets of servers and thresholds of centres are data and stand in the database; here is only what has to be
known before a database can be opened. ``SETTINGS`` is the one list of variables: ``load`` reads by it, ``describe``
prints it. Nothing here touches the disk but ``data_dir`` and ``secret_key``, which say so.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sidecar import setting_values as written
from sidecar.exapp import ExApp, from_environment
from sidecar.keys import KeyFileError, Keys, read, read_or_make
from sidecar.smtp import Smtp, is_address

PREFIX = "HLM_"
LANGUAGES = ("fr", "en")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")
_MAY_HOLD_A_PASSWORD = ("HLM_DATABASE_URL", "HLM_SMTP_URL")
_OF_THE_TESTS = ("HLM_TEST_", "HLM_REQUIRE_SYSTEM")
"""Variables that steer the test suite; a process started by a test inherits them."""


class ConfigError(Exception):
    """Settings that cannot be used. ``problems`` holds one sentence a variable, with what to write instead."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True, kw_only=True)
class Config:
    """How this process runs. Times are in seconds; ``database_url`` may hold a password and is never printed.

    ``exapp``: what Nextcloud's AppAPI says, where it started this process. It gives folder, address and port then, unless
    a variable of ours says otherwise.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8765
    base_url: str = "http://127.0.0.1:8765"
    secret_key_file: Path
    language: str = "fr"
    sync_interval: int = 60
    tell_after: int = 120
    dav_timeout: float = 30.0
    muted: bool = False
    workers: int = 1
    threads: int = 8
    smtp_url: Smtp | None = None
    smtp_password_file: Path | None = None
    mail_from: str = ""
    log_level: str = "info"
    log_format: str = "console"
    exapp: ExApp | None = None

    def ensure_data_dir(self) -> Path:
        """The data directory, made for this user alone if it is not there yet."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.data_dir

    def secret_key(self) -> bytes:
        """The key that encrypts secrets and signs links, as Fernet takes it. As ``keys``."""
        return self.keys().current

    def keys(self) -> Keys:
        """The key, and those that can still be read (``sidecar.keys``); made at the first call.

        Raises ``ConfigError`` when the file is there and holds something else.
        """
        try:
            return read_or_make(self.secret_key_file)
        except KeyFileError as error:
            told = "is not a key (32 bytes in URL-safe base64). Restore it from a backup."
            raise ConfigError([f"HLM_SECRET_KEY_FILE: {self.secret_key_file} {told}"]) from error

    def keys_anew(self) -> tuple[bytes, ...]:
        """All keys that the file holds now, the one that encrypts first; none while it is away or being copied.

        Nothing is made here: a process that knows its key must not take another one for a file that was moved for a moment.
        """
        try:
            return read(self.secret_key_file).all
        except (KeyFileError, OSError):
            return ()


# --- The list -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One variable: ``default`` as a person would write it, or how it is found when that depends on others."""

    name: str
    default: str
    meaning: str
    example: str
    read: Callable[[str], Any] = field(repr=False)

    @property
    def attribute(self) -> str:
        return self.name.removeprefix(PREFIX).lower()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="HLM_DATA_DIR",
        default="$XDG_DATA_HOME/hors-les-murs, else ~/.local/share/hors-les-murs",
        meaning="Folder of everything kept on this machine: database, key, locks. Back it up.",
        example="/var/lib/hors-les-murs",
        read=written.path,
    ),
    Setting(
        name="HLM_DATABASE_URL",
        default="sqlite:///HLM_DATA_DIR/hors-les-murs.sqlite",
        meaning="Database: SQLite for one machine, PostgreSQL for several.",
        example="postgresql://hlm:secret@db.example.org/hlm",
        read=written.database,
    ),
    Setting(
        name="HLM_SECRET_KEY_FILE",
        default="HLM_DATA_DIR/secret.key",
        meaning="File of the key that encrypts the passwords of servers; made at the first start. Back it up apart.",
        example="/run/secrets/hlm-key",
        read=written.path,
    ),
    Setting(
        name="HLM_HOST",
        default="127.0.0.1",
        meaning="Address that `serve` listens on; 0.0.0.0 in a container.",
        example="0.0.0.0",  # noqa: S104 - an example for people, nothing binds to it
        read=written.host,
    ),
    Setting(
        name="HLM_PORT",
        default="8765",
        meaning="Port that `serve` listens on; 0 takes a free one.",
        example="8080",
        read=written.whole(0, 65535),
    ),
    Setting(
        name="HLM_BASE_URL",
        default="http://HLM_HOST:HLM_PORT",
        meaning="Address under which people reach the pages; links in feeds and events start with it.",
        example="https://rotas.example.org",
        read=written.web_address,
    ),
    Setting(
        name="HLM_LANGUAGE",
        default="fr",
        meaning="Language of pages and of what the command line says: fr or en.",
        example="en",
        read=written.one_of(*LANGUAGES),
    ),
    Setting(
        name="HLM_SYNC_INTERVAL",
        default="60",
        meaning="Seconds between two looks at the calendars, 15 to 86400.",
        example="300",
        read=written.whole(15, 86_400),
    ),
    Setting(
        name="HLM_TELL_AFTER",
        default="120",
        meaning="Seconds for which a change that people are told of rests, so that a slip can be undone; 0 to 900.",
        example="300",
        read=written.whole(0, 900),
    ),
    Setting(
        name="HLM_DAV_TIMEOUT",
        default="30",
        meaning="Seconds to wait for a calendar server's answer, 1 to 600.",
        example="120",
        read=written.seconds(1, 600),
    ),
    Setting(
        name="HLM_MUTED",
        default="no",
        meaning="yes: read calendars, write to none of them and send nothing. For a restored copy or a rehearsal.",
        example="yes",
        read=written.yes_or_no,
    ),
    Setting(
        name="HLM_WORKERS",
        default="1",
        meaning="Processes of `serve`, 1 to 64. More than one wants PostgreSQL.",
        example="2",
        read=written.whole(1, 64),
    ),
    Setting(
        name="HLM_THREADS",
        default="8",
        meaning="Threads of each process of `serve`, 1 to 128.",
        example="16",
        read=written.whole(1, 128),
    ),
    Setting(
        name="HLM_SMTP_URL",
        default="none",
        meaning="Server that takes our mail: smtp:// with STARTTLS, smtps:// encrypted from the start, smtp+plain:// never.",
        example="smtp://rotas%40example.org@mail.example.org:587",
        read=written.smtp,
    ),
    Setting(
        name="HLM_SMTP_PASSWORD_FILE",
        default="HLM_DATA_DIR/smtp.password",
        meaning="File with the password of the user in `HLM_SMTP_URL`; read again for every connection.",
        example="/run/secrets/smtp-password",
        read=written.path,
    ),
    Setting(
        name="HLM_MAIL_FROM",
        default="the user in HLM_SMTP_URL",
        meaning="Address that our mail comes from; what cannot be delivered goes back to it.",
        example="rotas@example.org",
        read=written.mail_address,
    ),
    Setting(
        name="HLM_LOG_LEVEL",
        default="info",
        meaning="What is logged, to standard error: debug, info, warning or error.",
        example="debug",
        read=written.one_of(*LOG_LEVELS),
    ),
    Setting(
        name="HLM_LOG_FORMAT",
        default="console",
        meaning="console: lines for people; json: one object a line, for log collectors.",
        example="json",
        read=written.one_of(*LOG_FORMATS),
    ),
)


def describe() -> list[Mapping[str, str]]:
    """Name, default, meaning and example of every variable, in the order of ``SETTINGS``."""
    return [{"name": s.name, "default": s.default, "meaning": s.meaning, "example": s.example} for s in SETTINGS]


def load(environ: Mapping[str, str]) -> Config:
    """The settings of this environment. Raises ``ConfigError`` that names every wrong and every unknown variable.

    A variable that is set to nothing counts as not set.
    """
    given = {name: text.strip() for name, text in environ.items() if name.startswith(PREFIX) and text.strip()}
    exapp, problems = from_environment(environ)
    problems += _unknown(given)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        if setting.name not in given:
            continue
        try:
            values[setting.attribute] = setting.read(given[setting.name])
        except ValueError as error:
            shown = "its value" if setting.name in _MAY_HOLD_A_PASSWORD else repr(given[setting.name])
            problems.append(f"{setting.name}: {shown} does not do; {error}. Example: {setting.example}")
    smtp = values.get("smtp_url")
    if smtp is not None and not values.setdefault("mail_from", smtp.user if is_address(smtp.user) else ""):
        problems.append("HLM_MAIL_FROM: mail has to come from somebody; write the sender's address beside HLM_SMTP_URL.")
    if problems:
        raise ConfigError(problems)
    if exapp is not None:
        values = {"host": exapp.host, "port": exapp.port, "base_url": exapp.page_url, "exapp": exapp} | values
        if exapp.storage is not None:
            values.setdefault("data_dir", exapp.storage)
    return _complete(values, environ)


def spoken_language(environ: Mapping[str, str]) -> str:
    """The language to speak before settings are read, or when they cannot be: that of HLM_LANGUAGE, else French."""
    wanted = environ.get("HLM_LANGUAGE", "").strip().lower()
    return wanted if wanted in LANGUAGES else Config.language


def _unknown(given: Mapping[str, str]) -> list[str]:
    names = [setting.name for setting in SETTINGS]
    problems = []
    for name in sorted(given):
        if name in names or name.startswith(_OF_THE_TESTS):
            continue
        nearest = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {nearest[0]}?" if nearest else " The README lists those there are."
        problems.append(f"{name}: there is no such setting.{hint}")
    return problems


def load_apart(environ: Mapping[str, str], data_dir: Path, port: int) -> Config:
    """The settings of this environment in a folder and on a port of its own, whatever the machine runs besides.

    For a demonstration: database, key, address, muting and mail of the real installation do not count, and nothing rests
    before people are told. Raises ``ConfigError``.
    """
    apart = {"HLM_DATA_DIR", "HLM_DATABASE_URL", "HLM_SECRET_KEY_FILE", "HLM_HOST", "HLM_BASE_URL", "HLM_PORT", "HLM_MUTED"}
    apart |= {"HLM_SMTP_URL", "HLM_SMTP_PASSWORD_FILE", "HLM_MAIL_FROM"}
    kept = {name: value for name, value in environ.items() if name not in apart | {"APP_SECRET"}}
    return load({"HLM_TELL_AFTER": "0"} | kept | {"HLM_DATA_DIR": str(data_dir), "HLM_PORT": str(port)})


def _complete(values: dict[str, Any], environ: Mapping[str, str]) -> Config:
    """Fill in what depends on other settings; the rest has its default in ``Config``."""
    data_dir: Path = values.setdefault("data_dir", _default_data_dir(environ))
    values.setdefault("database_url", f"sqlite:///{data_dir / 'hors-les-murs.sqlite'}")
    values.setdefault("secret_key_file", data_dir / "secret.key")
    values.setdefault("smtp_password_file", data_dir / "smtp.password")
    if "base_url" not in values:
        host = values.get("host", Config.host)
        # Nobody can open "every address": links of a machine that listens on all of them point to itself.
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        values["base_url"] = f"http://{host}:{values.get('port', Config.port)}"
    return Config(**values)


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    """Of the user, not of the checkout (XDG Base Directory Specification; a relative XDG_DATA_HOME is ignored)."""
    stated = Path(environ.get("XDG_DATA_HOME", ""))
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return (stated if stated.is_absolute() else home / ".local" / "share") / "hors-les-murs"


def numeric_log_level(config: Config) -> int:
    """``log_level`` as the standard library counts it."""
    return logging.getLevelNamesMapping()[config.log_level.upper()]
