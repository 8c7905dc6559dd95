"""Serving with gunicorn, as a library: threads, a graceful stop, no tokens in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from sidecar.app import create_app
from sidecar.bootstrap import Application
from sidecar.exapp import ExApp
from sidecar.nextcloud.refusing import refusing_app
from sidecar.services.keeping import Keeper


class _Server(BaseApplication):
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def serve(
    application: Application, *, host: str, port: int, workers: int, threads: int, keeper: Keeper | None = None,
    socket: Path | None = None,
) -> None:  # fmt: skip
    """Serve until stopped, and keep syncing where a ``keeper`` is given.

    Nothing is logged per request: feeds' addresses are secrets. The keeper's thread runs in a worker, never in the
    process that forks them: a fork would copy its locks in whatever state they are. ``socket``: listen there, in place of
    ``host`` and ``port``.
    """
    options: dict[str, Any] = _options(_bind(host, port, socket), workers, threads)
    if keeper is not None:
        options["post_worker_init"] = lambda worker: keeper.start()
        options["worker_exit"] = lambda server, worker: keeper.stop()
    _Server(create_app(application), options).run()


def serve_refusal(exapp: ExApp, sentence: str) -> None:
    """Answer Nextcloud's life-cycle calls, and nothing else, with why this program cannot work here."""
    _Server(refusing_app(exapp, sentence), _options(_bind(exapp.host, exapp.port, exapp.socket), 1, 4)).run()


def _bind(host: str, port: int, socket: Path | None) -> str:
    return f"unix:{socket}" if socket is not None else f"{host}:{port}"


def _options(bind: str, workers: int, threads: int) -> dict[str, Any]:
    return {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "accesslog": None,
        "loglevel": "warning",
        "graceful_timeout": 20,
        "timeout": 60,
        "control_socket_disable": True,
        # Out of the box a peer on this machine, or at the socket, may set path and scheme by a header, and a proxy hands on
        # what its clients send. Our addresses come from the settings.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
    }
