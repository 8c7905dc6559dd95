"""Says whether what this container started answers: exit code 0 or 1, one line where it does not. Needs nothing but Python.

Asks ``/healthz`` where ``serve`` listens: HaRP's socket, AppAPI's address, or our own port.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

SECONDS = 4.0
TUNNEL = Path("/tmp/frpc.pid")  # noqa: S108 - start.sh writes it there
SOCKET = "/tmp/exapp.sock"  # noqa: S108 - HaRP's own name for it


class _Unix(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self._path)


def connection(environ: Mapping[str, str]) -> http.client.HTTPConnection:
    """Where ``serve`` listens, by the variables that it goes by itself (``sidecar.config``)."""
    external = bool(environ.get("APP_SECRET"))
    if external and environ.get("HP_SHARED_KEY"):
        return _Unix(environ.get("HP_EXAPP_SOCK") or SOCKET)
    host = environ.get("HLM_HOST") or (environ.get("APP_HOST") if external else "") or "127.0.0.1"
    port = environ.get("HLM_PORT") or (environ.get("APP_PORT") if external else "") or "8765"
    return http.client.HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port), timeout=SECONDS)  # noqa: S104


def trouble(environ: Mapping[str, str], tunnel: Path = TUNNEL) -> str:
    """What is wrong, "" where nothing is."""
    if environ.get("HP_SHARED_KEY") and not _runs(tunnel):
        return "frpc has ended, so HaRP does not reach us"
    asked = connection(environ)
    try:
        asked.request("GET", "/healthz")
        answer = asked.getresponse()
        said = answer.read(500).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {error}"
    finally:
        asked.close()
    return "" if answer.status == 200 else f"{answer.status}: {said}"


def _runs(tunnel: Path) -> bool:
    try:
        # One that ended and was not waited for yet stands there as a zombie, so its state is asked for.
        state = Path(f"/proc/{int(tunnel.read_text())}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError):
        return False
    return state != "Z"


if __name__ == "__main__":
    wrong = trouble(os.environ)
    if wrong:
        print(wrong, file=sys.stderr)
    sys.exit(1 if wrong else 0)
