"""One resource has one href, however it is spelt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.errors import BadAnswer
from calendars.hrefs import collection_href, is_member, member_href, normal_href


@pytest.mark.parametrize(
    ("spelt", "normal"),
    [
        ("/a b/é.ics", "/a%20b/%C3%A9.ics"),
        ("/a%20b/%c3%a9.ics", "/a%20b/%C3%A9.ics"),
        ("/x@y/", "/x%40y/"),
        ("/x%2fy", "/x%2Fy"),
        ("/%7Euser/%2d", "/~user/-"),
        ("https://cloud.example/dav/a.ics?x=1#y", "/dav/a.ics"),
        ("http://cloud.example", "/"),
        ("/50%.ics", "/50%25.ics"),
        ("/%ff", "/%FF"),
    ],
)
def test_spellings_have_one_normal_form(spelt: str, normal: str) -> None:
    assert normal_href(spelt) == normal
    assert normal_href(normal) == normal


@pytest.mark.parametrize("bad", ["", "a.ics", "../a", "/a/../b", "/a/%2e%2e/b", "/a/./b", "mailto:x", "http://[bad/"])
def test_what_is_no_href_is_refused(bad: str) -> None:
    with pytest.raises(BadAnswer):
        normal_href(bad)


@given(st.text(min_size=1).filter(lambda name: name not in (".", "..")))
def test_every_name_has_an_href_that_stays_in_its_collection(name: str) -> None:
    href = member_href("/rota/é", name)
    assert normal_href(href) == href
    assert is_member(href, collection_href("/rota/é"))


def test_a_folder_below_is_no_member() -> None:
    assert not is_member("/rota/sub/a.ics", "/rota/")
    assert not is_member("/rota/", "/rota/")
    assert not is_member("/other/a.ics", "/rota/")
