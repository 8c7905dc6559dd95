"""PHP's own web server on loopback, with a few workers, so that requests at the same time are at the same time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sidecar.demo_server import HOST, DemoServerError, LoopbackServer, start_child

WORKERS = 4


@cache
def has_modules(*wanted: str) -> bool:
    """Whether PHP is there with these modules."""
    program = shutil.which("php")
    if program is None:
        return False
    said = subprocess.run([program, "-m"], capture_output=True, text=True, check=False, timeout=20).stdout
    return set(wanted) <= set(said.lower().split())


def serve(router: Path, *, folder: Path, settings: Mapping[str, str], environment: Mapping[str, str]) -> LoopbackServer:
    """Answer every request with ``router``; ``settings`` are those of php.ini."""
    program = shutil.which("php")
    if program is None:
        raise DemoServerError("PHP is not installed")
    quiet = {"display_errors": "0", "log_errors": "1", "error_reporting": "E_ALL & ~E_DEPRECATED & ~E_NOTICE & ~E_WARNING"}
    options = [part for name, value in {**quiet, **settings}.items() for part in ("-d", f"{name}={value}")]
    return start_child(
        lambda port: [program, *options, "-S", f"{HOST}:{port}", str(router)],
        log=folder / "server.log",
        leads=True,
        environment={**environment, "PHP_CLI_SERVER_WORKERS": str(WORKERS)},
    )
