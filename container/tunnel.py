"""Writes the settings of frpc, by which HaRP (Nextcloud's proxy for external apps) reaches this container.

frpc connects outwards to HaRP and hands what comes from there to our unix socket. Names and meaning of the variables:
Nextcloud's developer manual, "Adapting ExApps to HaRP".
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

NAMES = ("HP_SHARED_KEY", "HP_FRP_ADDRESS", "HP_FRP_PORT", "APP_ID", "APP_PORT")
CERTIFICATES = Path("/certs/frp")
SOCKET = "/tmp/exapp.sock"  # noqa: S108 - HaRP's own name for it


class Missing(Exception):
    """A variable that HaRP sets is not there, or holds what it cannot hold."""


def settings(environ: Mapping[str, str], certificates: Path = CERTIFICATES) -> str:
    """The settings as frpc reads them (TOML). With TLS where HaRP left its certificates, as it does unless told not to.

    Raises ``Missing``.
    """
    given = {
        name: _needed(environ, name) for name in ("HP_SHARED_KEY", "HP_FRP_ADDRESS", "HP_FRP_PORT", "APP_ID", "APP_PORT")
    }
    for name in ("HP_FRP_PORT", "APP_PORT"):
        if not given[name].isascii() or not given[name].isdigit():
            raise Missing(f"{name}: a port is a number, and this is {given[name]!r}.")
    lines = [
        f"serverAddr = {_text(given['HP_FRP_ADDRESS'])}",
        f"serverPort = {given['HP_FRP_PORT']}",
        "loginFailExit = false",  # HaRP may start after us, and may be away for a while
        'log.level = "warn"',
        f"metadatas.token = {_text(given['HP_SHARED_KEY'])}",
        *_tls(certificates),
        "[[proxies]]",
        f"name = {_text(given['APP_ID'])}",
        'type = "tcp"',
        f"remotePort = {given['APP_PORT']}",
        "[proxies.plugin]",
        'type = "unix_domain_socket"',
        f"unixPath = {_text(environ.get('HP_EXAPP_SOCK', '').strip() or SOCKET)}",
    ]
    return "\n".join(lines) + "\n"


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise Missing(f"{name}: HaRP sets it where it sets HP_SHARED_KEY, and here it is missing.")
    return value


def _tls(certificates: Path) -> list[str]:
    # The folder is part of the image, so that HaRP may write into it: the file in it tells.
    if not (certificates / "client.crt").is_file():
        return ["transport.tls.enable = false"]
    return [
        "transport.tls.enable = true",
        f"transport.tls.certFile = {_text(str(certificates / 'client.crt'))}",
        f"transport.tls.keyFile = {_text(str(certificates / 'client.key'))}",
        f"transport.tls.trustedCaFile = {_text(str(certificates / 'ca.crt'))}",
        'transport.tls.serverName = "harp.nc"',
    ]


def _text(value: str) -> str:
    """A TOML string (TOML 1.0: basic strings escape as JSON does)."""
    return json.dumps(value)


def main(path: str) -> int:
    try:
        text = settings(os.environ)
    except Missing as error:
        print(f"hors-les-murs: {error}", file=sys.stderr)
        return 78
    if "tls.enable = false" in text:
        print("hors-les-murs: no certificates in /certs/frp, so frpc speaks to HaRP without TLS.", file=sys.stderr)
    # It holds the shared key: for this user alone, and never through a file that somebody else put there.
    Path(path).unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
