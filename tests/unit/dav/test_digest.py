"""Digest: asked for once, whoever sends."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from calendars.dav.servers import ServerTraits
from calendars.errors import Unauthorised
from tests.unit.dav.standin import HREF, Asked, multistatus, raw, row, standing_in

ASKS = 'Digest realm="there", qop="auth", nonce="n1", opaque="o1"'
FOUND = "<d:getetag>&quot;1&quot;</d:getetag><c:calendar-data>x</c:calendar-data>"


def answer(asked: Asked) -> bytes:
    if 'nonce="n1"' not in asked.headers.get("authorization", ""):
        return raw(401, WWW_Authenticate=ASKS)
    hrefs = re.findall(r"<d:href>([^<]+)</d:href>", asked.body.decode())
    return raw(207, multistatus(*(row(href, FOUND) for href in hrefs)))


def test_requests_at_the_same_time_answer_one_challenge() -> None:
    hrefs = [f"{HREF}{number}.ics" for number in range(9)]
    with standing_in(answer) as there:
        collection = there.collection(replace(ServerTraits(), multiget=1, concurrency=3))
        assert [r.href for r in collection.fetch(hrefs[:1])] == hrefs[:1]
        refused = len(there.asked) - 1
        assert [r.href for r in collection.fetch(hrefs)] == hrefs
    assert refused == 1
    assert len(there.asked) == 1 + 1 + len(hrefs)
    assert all(asked.headers["authorization"].startswith("Digest ") for asked in there.asked[1:])


def test_a_password_that_is_refused_is_not_tried_for_ever() -> None:
    with standing_in(lambda _: raw(401, WWW_Authenticate=ASKS)) as there:
        for _ in range(2):
            with pytest.raises(Unauthorised):
                list(there.collection().fetch([HREF + "a.ics"]))
        assert len(there.asked) <= 4
