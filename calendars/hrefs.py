"""Hrefs in one normal form, so that what a server says in another spelling is still the same resource.

Servers answer ``%40`` for ``@``, lower-case hex, or a whole URL for what was asked in another form. Two hrefs are one
when their normal forms are equal.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes, urlsplit

from calendars.errors import BadAnswer


def normal_href(href: str) -> str:
    """The path of ``href``, every segment decoded and encoded again: unreserved characters bare, upper-case hex.

    Takes an absolute path or an absolute URL (RFC 4918 section 8.3, "Simple-ref"); query and fragment are dropped.
    An encoded slash stays encoded (RFC 3986 section 6.2.2). Raises BadAnswer for anything else, dot segments too.

    >>> normal_href("/caf%c3%a9/a@b%7e.ics")
    '/caf%C3%A9/a%40b~.ics'
    """
    text = href.strip()
    if not text.startswith("/"):
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise BadAnswer("An href that cannot be read", href=text[:200]) from error
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise BadAnswer("An href that is neither an absolute path nor a URL", href=text[:200])
        text = parts.path or "/"
    text = text.partition("#")[0].partition("?")[0]
    segments = [unquote_to_bytes(segment) for segment in text.split("/")]
    if b"." in segments or b".." in segments:
        raise BadAnswer("An href with dot segments", href=text[:200])
    return "/".join(quote(segment, safe="") for segment in segments)


def member_href(collection: str, name: str) -> str:
    """The href of the member called ``name`` (not encoded) of a collection.

    >>> member_href("/rota/", "a/b é")
    '/rota/a%2Fb%20%C3%A9'
    """
    return collection_href(collection) + quote(name, safe="")


def collection_href(href: str) -> str:
    """The normal form of a collection's href: it ends with a slash (RFC 4918 section 5.2)."""
    normal = normal_href(href)
    return normal if normal.endswith("/") else normal + "/"


def is_member(href: str, collection: str) -> bool:
    """Whether ``href`` stands directly in the collection; both in normal form."""
    name = href.removeprefix(collection)
    return name != href and bool(name) and "/" not in name
