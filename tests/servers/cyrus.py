"""Cyrus IMAP's calendars and contacts (Debian's cyrus-caldav), which delivers invitations between its accounts.

Its programs refuse to run as root, and read no password but over SASL. So they run as whoever runs the tests, or as the
package's own user where that is root; and the passwords are checked here, in the place of saslauthd.
"""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from sidecar.demo_server import HOST, LoopbackServer, free_port, start_child

_BIN = Path("/usr/lib/cyrus/bin")
_PROGRAMS = ("master", "ctl_cyrusdb", "httpd", "imapd")
_DROPPED_TO = "cyrus"
_ADMIN = ("admin", "admin-secret")
_ZONE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//hors-les-murs//FR
BEGIN:VTIMEZONE
TZID:Europe/Paris
X-LIC-LOCATION:Europe/Paris
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
END:VCALENDAR
"""


def installed() -> bool:
    return all((_BIN / name).exists() for name in _PROGRAMS) and (os.geteuid() != 0 or _dropped_to() is not None)


def _dropped_to() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_DROPPED_TO)
    except KeyError:
        return None


def start(also: ExitStack) -> tuple[LoopbackServer, Callable[[str, str], None]]:
    """The running server, and how it gets a user with a password. ``also`` ends what checks passwords.

    Its data lie in a folder of their own: what pytest gives to root nobody else may enter.
    """
    home = Path(tempfile.mkdtemp(prefix="hlm-cyrus-"))
    also.callback(shutil.rmtree, home, ignore_errors=True)
    passwords = dict([_ADMIN])
    also.enter_context(_Passwords(home / "mux", passwords))
    for name in ("conf/db", "conf/proc", "conf/lock", "conf/log", "conf/msg", "conf/socket", "spool", "zones/Europe"):
        (home / name).mkdir(parents=True)
    # libical's own form. Without a single zone httpd says "No timezones found" and ends; without X-LIC-LOCATION it dies of
    # the first event with a TZID.
    (home / "zones/zones.tab").write_text("+0485200 +0022000 Europe/Paris\n", encoding="utf-8")
    (home / "zones/Europe/Paris.ics").write_text(_ZONE, encoding="utf-8", newline="\r\n")
    account = _dropped_to() if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    if account is None:
        raise LookupError(_DROPPED_TO)
    (home / "imapd.conf").write_text(_settings(home, account.pw_name), encoding="utf-8")
    mail = free_port()

    def command(port: int) -> list[str]:
        (home / "cyrus.conf").write_text(_services(home, port, mail), encoding="utf-8")
        files = ["-C", str(home / "imapd.conf"), "-M", str(home / "cyrus.conf"), "-p", str(home / "master.pid")]
        return [*_as(account), str(_BIN / "master"), *files]

    if os.geteuid() == 0:
        for path in (home, *home.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
    child = start_child(command, log=home / "server.log", leads=True)

    def add(user: str, password: str) -> None:
        # A person has calendars once they have a mailbox.
        passwords[user] = password
        with imaplib.IMAP4(HOST, mail, timeout=20) as admin:
            admin.login(*_ADMIN)
            done, said = admin.create(f"user/{user}")
        if done != "OK":
            raise RuntimeError(f"Cyrus did not create {user}: {said!r}")

    return child, add


def _as(account: pwd.struct_passwd) -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"]


def _settings(home: Path, user: str) -> str:
    settings = {
        "configdirectory": home / "conf",
        "partition-default": home / "spool",
        "cyrus_user": user,
        "admins": _ADMIN[0],
        "servername": "localhost",
        "sasl_pwcheck_method": "saslauthd",
        "sasl_saslauthd_path": home / "mux",
        "sasl_mech_list": "PLAIN",
        "allowplaintext": "yes",
        "httpmodules": "caldav carddav",
        "calendar_user_address_set": "example.org",
        "zoneinfo_dir": home / "zones",
        # Else it tells nobody of what is over for a week, and the tests' weeks lie in any year.
        "caldav_historical_age": "36500d",
    }
    return "".join(f"{name}: {value}\n" for name, value in settings.items())


def _services(home: Path, port: int, mail: int) -> str:
    known = f"-C {home / 'imapd.conf'}"
    return f"""START {{
  recover cmd="{_BIN}/ctl_cyrusdb {known} -r"
}}
SERVICES {{
  http cmd="{_BIN}/httpd {known}" listen="{HOST}:{port}" proto="tcp4" prefork=2 maxchild=20
  imap cmd="{_BIN}/imapd {known}" listen="{HOST}:{mail}" proto="tcp4" prefork=0 maxchild=4
}}
EVENTS {{
}}
"""


class _Passwords:
    """Answers in saslauthd's place at ``path``: user, password, service and realm come, "OK" or "NO" goes."""

    def __init__(self, path: Path, known: Mapping[str, str]) -> None:
        self._known = known
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        path.chmod(0o666)
        self._socket.listen(32)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> _Passwords:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                asking, _ = self._socket.accept()
            except OSError:
                return
            with asking, asking.makefile("rb") as said:
                user, password, _service, _realm = (_field(said.read) for _ in range(4))
                answer = b"OK" if self._known.get(user.decode()) == password.decode() else b"NO"
                asking.sendall(struct.pack(">H", len(answer)) + answer)


def _field(read: Callable[[int], bytes]) -> bytes:
    return read(struct.unpack(">H", read(2))[0])
