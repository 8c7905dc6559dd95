"""A world on one of three servers whose data can be put aside and put back, as backups are."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from calendars.dav import connect
from calendars.sync.memory_server import MemoryServer
from calendars.sync.ports import Home
from tests.rows.world import Over, World
from tests.servers import Served

SERVERS = ("twin", "radicale", "xandikos")


@dataclass
class Place:
    """``over`` reaches the account; ``take`` puts its data aside and gives what puts them back."""

    over: Over
    folder: Path
    served: Served | None = None

    @classmethod
    def on(cls, name: str, folder: Path, served: Served | None) -> Place:
        if served is None:
            return cls(Over(name=name, twin=MemoryServer(), user="service"), folder)
        user, password = served.new_user()
        home = connect(served.url, user, password)
        return cls(Over(name=name, user=user, password=password, url=served.url, home=home), folder, served)

    def world(self, name: str = "rota", **options: object) -> World:
        folder = self.folder / name
        folder.mkdir()
        return World.on(self.over, "nextcloud_calendar", folder, **options)

    def opened(self) -> Home:
        return self.over.opened()

    def take(self) -> Callable[[], None]:
        """A backup of all that the account holds; calling what comes back restores it."""
        if self.over.twin is not None:
            twin, kept = self.over.twin, self.over.twin.snapshot()
            return lambda: twin.restore(kept)
        data, aside = self._data(), self.folder / f"backup{len(list(self.folder.glob('backup*')))}"
        shutil.copytree(data, aside)

        def put_back() -> None:
            shutil.rmtree(data)
            shutil.copytree(aside, data)

        return put_back

    def _data(self) -> Path:
        """Where the server keeps what is this account's; both read it anew with every request."""
        assert self.served is not None
        folder, user = self.served.users.parent, self.over.user
        found = folder / "data" / ("collection-root" if self.over.name == "radicale" else "") / user
        assert found.is_dir(), found
        return found
