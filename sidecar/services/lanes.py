"""Many servers at once, one space of each at a time: none holds up another's, and those that are away only each other."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from sidecar.domain.bindings import Space
from sidecar.observability import get_logger
from sidecar.services.access import server_of

log = get_logger(__name__)
AT_ONCE = 4
"""Servers that are asked at the same time. Each pass holds two connections to a shared database, of fifteen in all."""
FOR_THE_AWAY = 1
"""Lanes beside those, for servers that could not be reached when they were asked last."""
AWAY_ENOUGH = 2
"""A server that could not be reached so many times in a row is left until the next turn."""
LONGEST_AWAY = 64
"""Turns by which a server that is away for long comes after those that are away for short, at most."""


class Passed(Enum):
    """How it went with one space. AWAY: its server could not be reached; BUSY: somebody else is passing it; UNASKED: nothing
    was asked of its server."""

    DONE = auto()
    AWAY = auto()
    BUSY = auto()
    UNASKED = auto()


PassSpace = Callable[[Space], Passed]


@dataclass(eq=False)
class _Server:
    """``waiting``: its spaces in the order in which they are passed, ``urgent`` of them before other servers' too.

    ``asked``: the one that is being passed; ``lined_up``: it waits for a lane. ``away``: how often in a row it could not be
    reached; ``due``: the turn to try it again, to be compared with others that are away.
    """

    name: str
    waiting: OrderedDict[str, tuple[Space, PassSpace]] = field(default_factory=OrderedDict)
    urgent: set[str] = field(default_factory=set)
    asked: str = ""
    lined_up: bool = False
    away: int = 0
    due: int = 0


class Lanes:
    """Whoever waited longest has the next free lane, space by space, so that a server with a hundred spaces takes turns with
    those that have one. Once ``stop`` is set no other space is begun."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._changed = threading.Condition()
        # All below is read and changed by whoever holds that alone.
        self._servers: dict[str, _Server] = {}
        self._living: deque[_Server] = deque()
        self._away: deque[_Server] = deque()
        self._tried: dict[str, int] = {}
        self._turn = 0
        self._running = 0
        self._closing = False
        self._threads: list[threading.Thread] = []

    def begin(self, spaces: Iterable[Space], pass_space: PassSpace) -> None:
        """A turn: pass these, without waiting for it; ``pass_space`` passes one, in a thread of its lane.

        What still waits since the turn before keeps its place, and what is being passed at this moment is left to that.
        """
        with self._changed:
            self._turn += 1
            # Who waited longest comes first: else a server that is often away would always be tried with the same ones.
            for space in sorted(spaces, key=lambda space: self._tried.get(space.id, 0)):
                server = self._server_of(space)
                if space.id not in server.waiting and space.id != server.asked:
                    server.waiting[space.id] = (space, pass_space)
                    self._line_up(server)
            self._start()

    def hasten(self, spaces: Iterable[Space], pass_space: PassSpace) -> None:
        """Pass these before all others; one that is being passed at this moment, once more after that."""
        with self._changed:
            for space in reversed(list(spaces)):
                server = self._server_of(space)
                server.waiting[space.id] = (space, pass_space)
                server.waiting.move_to_end(space.id, last=False)
                server.urgent.add(space.id)
                self._line_up(server)
            self._start()

    def finish(self) -> None:
        """Wait until all are through."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._running or self._living or self._away))

    def close(self) -> None:
        """As ``finish``; the threads end."""
        self.finish()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads, self._closing = [], False

    def _server_of(self, space: Space) -> _Server:
        name = server_of(space.url)
        return self._servers.setdefault(name, _Server(name))

    def _line_up(self, server: _Server) -> None:
        """Where it waits for a lane, if it has something to be passed for and is not being asked."""
        if server.asked or not server.waiting:
            return
        line = self._away if server.away else self._living
        if server.urgent:
            if server.lined_up:
                line.remove(server)
            line.appendleft(server)
        elif not server.lined_up:
            line.append(server)
        server.lined_up = True

    def _start(self) -> None:
        if not self._threads:
            # Made here: threads do not live through a fork.
            lines = [self._living] * AT_ONCE + [self._away] * FOR_THE_AWAY
            self._threads = [
                threading.Thread(target=self._work, args=(line,), name=f"lane-{number}", daemon=True)
                for number, line in enumerate(lines)
            ]
            for thread in self._threads:
                thread.start()
        self._changed.notify_all()

    def _work(self, line: deque[_Server]) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or line)
                if not line:
                    return
                if self._stop.is_set():
                    self._leave_all()
                    continue
                server, space, pass_space = self._next(line)
            passed = _passed(space, pass_space)
            with self._changed:
                self._back(server, passed)

    def _next(self, line: deque[_Server]) -> tuple[_Server, Space, PassSpace]:
        server = line[0]
        if server.away:
            # Of those that are away, whoever is so for long comes after whoever may be back.
            server = min(line, key=lambda one: (not one.urgent, one.due))
        line.remove(server)
        server.lined_up = False
        space_id, (space, pass_space) = server.waiting.popitem(last=False)
        server.urgent.discard(space_id)
        server.asked = space_id
        self._tried[space_id] = self._turn
        self._running += 1
        return server, space, pass_space

    def _back(self, server: _Server, passed: Passed) -> None:
        self._running -= 1
        server.asked = ""
        if passed is Passed.DONE:
            server.away = 0
        elif passed is Passed.AWAY:
            server.away += 1
            server.due = self._turn + min(2 ** min(server.away - 1, 10), LONGEST_AWAY)
            if server.away >= AWAY_ENOUGH and server.waiting:
                log.warning("server_left", spaces=len(server.waiting))
                server.waiting.clear()
                server.urgent.clear()
        self._line_up(server)
        self._changed.notify_all()

    def _leave_all(self) -> None:
        for line in (self._living, self._away):
            while line:
                server = line.pop()
                server.waiting.clear()
                server.urgent.clear()
                server.lined_up = False
        self._changed.notify_all()


def _passed(space: Space, pass_space: PassSpace) -> Passed:
    try:
        return pass_space(space)
    except Exception:
        # A fault of ours with one space is told where admins look, and keeps nobody from the others.
        log.exception("pass_broke", space=space.id)
        return Passed.UNASKED
