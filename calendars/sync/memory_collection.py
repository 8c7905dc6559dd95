"""One collection of the in-memory server: texts, etags, revisions and tokens."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field

from calendars.errors import NotThere, PreconditionFailed, TokenRefused
from calendars.sync.ports import Changes, CollectionKind, Resource

Rewrite = Callable[[CollectionKind, str], str]
"""What a server makes of a text before it stores it."""


@dataclass(kw_only=True)
class StoredCollection:
    """``born`` tells it from an earlier one of that name; ``changed_at`` is href -> revision of its change."""

    href: str
    kind: CollectionKind
    owner: str
    display_name: str
    born: int
    grants: dict[str, frozenset[str]]
    texts: dict[str, str] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    changed_at: dict[str, int] = field(default_factory=dict)
    revision: int = 1
    oldest_token: int = 1
    binned: bool = False

    @property
    def token(self) -> str:
        return f"memory:{self.born}:{self.revision}"

    def put(self, href: str, text: str, rewrite: Rewrite | None) -> str:
        """Store; the new etag. As on many servers the same text has the same etag, also after something else."""
        kept = rewrite(self.kind, text) if rewrite is not None else text
        self.texts[href] = kept
        self.etags[href] = '"' + hashlib.sha256(kept.encode()).hexdigest()[:32] + '"'
        self._touch(href)
        return self.etags[href]

    def text_at(self, href: str) -> str:
        if href not in self.texts:
            raise NotThere("Nothing there", href=href, status=404)
        return self.texts[href]

    def remove(self, href: str) -> None:
        self.text_at(href)
        del self.texts[href], self.etags[href]
        self._touch(href)

    def changes(self, token: str, *, refused: bool = False) -> Changes:
        """What changed since the token; one from the future is echoed with nothing, as sabre/dav does."""
        prefix, _, revision = token.rpartition(":")
        since = int(revision) if revision.isdecimal() else 0
        if refused or prefix != f"memory:{self.born}" or since < self.oldest_token:
            raise TokenRefused("The server does not take this sync-token", href=self.href, status=403)
        if since > self.revision:
            return Changes(token=token)
        moved = {href for href, at in self.changed_at.items() if at > since}
        return Changes(
            changed={href: self.etags[href] for href in sorted(moved & self.etags.keys())},
            deleted=frozenset(moved - self.etags.keys()),
            token=self.token,
        )

    def listing(self, *, with_token: bool, without: Set[str] = frozenset()) -> Changes:
        listed = {href: etag for href, etag in self.etags.items() if href not in without}
        return Changes(changed=listed, token=self.token if with_token else None, complete=True)

    def resources(self, hrefs: Iterable[str]) -> list[Resource]:
        return [Resource(href=h, etag=self.etags[h], text=self.texts[h]) for h in hrefs if h in self.texts]

    def prune(self, *, silently: bool) -> None:
        """Forget changes: older tokens are refused, or (``silently``) answer as if nothing had changed."""
        if silently:
            self.changed_at = dict.fromkeys(self.changed_at, 0)
        else:
            self.oldest_token = self.revision

    def holds_uid_of(self, text: str, *, besides: str) -> bool:
        """Whether another object here has the UID of ``text``."""
        uid = uid_of(text)
        return bool(uid) and any(uid in held and uid_of(held) == uid for href, held in self.texts.items() if href != besides)

    def _touch(self, href: str) -> None:
        self.revision += 1
        self.changed_at[href] = self.revision


def uid_of(text: str) -> str:
    """The first UID. Read here in its own way: a twin that shared our parser would share its mistakes."""
    found = re.search(r"^UID(?:;[^:\n]*)?:(.*)$", re.sub(r"\r?\n[ \t]", "", text), re.IGNORECASE | re.MULTILINE)
    return found[1].strip() if found is not None else ""


def base_of(href: str, etag: str) -> str:
    """The etag that a write rests on. Raises PreconditionFailed where there is none."""
    if not etag:
        raise PreconditionFailed("No etag to compare with; read it again first", href=href)
    return etag
