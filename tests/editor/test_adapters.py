"""The HTTP side of the tests' own client: conditions on writes, answers told apart, collections found."""

from __future__ import annotations

import pytest
import responses

from tests.editor import Changed, Found, HttpAdapter, Missing, Refused, find_collections

URL = "http://127.0.0.1:5232/u/cal/"


def multistatus(*parts: str) -> str:
    return (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
        f' xmlns:a="urn:ietf:params:xml:ns:carddav">{"".join(parts)}</d:multistatus>'
    )


def response(href: str, *props: str) -> str:
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{''.join(props)}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def adapter() -> HttpAdapter:
    return HttpAdapter(URL, "u", "pw", user_agent="Some/1")


@responses.activate
def test_a_listing_holds_objects_and_not_the_collection_itself() -> None:
    body = multistatus(
        response("/u/cal/", '<d:getetag>"c"</d:getetag><d:resourcetype><d:collection/></d:resourcetype>'),
        response("http://127.0.0.1:5232/u/cal/a.ics", '<d:getetag>"1"</d:getetag><d:resourcetype/>'),
        response("/u/cal/b%20c.ics", '<d:getetag>"2"</d:getetag><d:resourcetype/>'),
    )
    responses.add("PROPFIND", URL, body=body, status=207)
    assert adapter().list() == {"/u/cal/a.ics": '"1"', "/u/cal/b%20c.ics": '"2"'}


@responses.activate
def test_a_replacement_names_the_version_it_replaces_and_a_creation_none() -> None:
    responses.add("PUT", f"{URL}a.ics", status=204)
    adapter().put("/u/cal/a.ics", "é", '"1"')
    adapter().put("/u/cal/a.ics", "é", None)
    replaced, created = (call.request for call in responses.calls)
    assert (replaced.headers.get("If-Match"), replaced.headers.get("If-None-Match")) == ('"1"', None)
    assert (created.headers.get("If-Match"), created.headers.get("If-None-Match")) == (None, "*")
    assert replaced.body == "é".encode()
    assert replaced.headers["User-Agent"] == "Some/1"


@responses.activate
@pytest.mark.parametrize(
    ("status", "error"), [(412, Changed), (404, Missing), (410, Missing), (403, Refused), (302, Refused)]
)
def test_answers_that_are_no_success_are_told_apart(status: int, error: type[Exception]) -> None:
    responses.add("DELETE", f"{URL}a.ics", status=status, headers={"Location": "http://elsewhere.example/"})
    with pytest.raises(error):
        adapter().delete("/u/cal/a.ics", '"1"')
    assert len(responses.calls) == 1


@responses.activate
def test_collections_are_found_by_way_of_the_principal() -> None:
    base = "http://127.0.0.1:5232/"
    principal = response("/", "<d:current-user-principal><d:href>/u/</d:href></d:current-user-principal>")
    homes = response(
        "/u/",
        "<c:calendar-home-set><d:href>/u/cals/</d:href></c:calendar-home-set>",
        "<a:addressbook-home-set><d:href>/u/books/</d:href></a:addressbook-home-set>",
    )
    calendar = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Sorties</d:displayname>"
    book = "<d:resourcetype><d:collection/><a:addressbook/></d:resourcetype>"
    plain = "<d:resourcetype><d:collection/></d:resourcetype>"
    responses.add("PROPFIND", base, body=multistatus(principal), status=207)
    responses.add("PROPFIND", f"{base}u/", body=multistatus(homes), status=207)
    cals = multistatus(response("/u/cals/", plain), response("/u/cals/s/", calendar))
    responses.add("PROPFIND", f"{base}u/cals/", body=cals, status=207)
    responses.add("PROPFIND", f"{base}u/books/", body=multistatus(response("/u/books/k/", book)), status=207)
    assert find_collections(base, "u", "pw") == [
        Found(f"{base}u/books/k/", "addressbook", ""),
        Found(f"{base}u/cals/s/", "calendar", "Sorties"),
    ]
