"""What forgers send: addresses of other hosts, tokens and encodings no page of ours would send. Always a refusal."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from portal.forms import COOKIE
from portal.view import View
from tests.desks import Visitor
from tests.portal.conftest import Visits

BOUNDARY = "boundary"


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "///evil.example/a"])
def test_a_switch_of_language_never_leads_to_another_host(path: str) -> None:
    address = View("zh-Hans", "standard", path, ()).switched(lang="en")
    assert address.startswith("/evil.example")


def test_a_switch_of_language_keeps_the_address() -> None:
    view = View("zh-Hans", "standard", "/powers/甲?1", (("q", "许可"), ("lang", "en")))
    assert view.switched(lang="zh-Hant") == "/powers/%E7%94%B2%3F1?q=%E8%AE%B8%E5%8F%AF&lang=zh-Hant"


async def test_a_body_that_nobody_has_has_no_sitemap(visits: Visits) -> None:
    assert (await visits.ask("/sitemaps/bodies/nobody.xml")).status_code == 404


async def test_a_token_beyond_ascii_is_a_forgery(published: Starlette) -> None:
    visitor = Visitor(published)
    await visitor.token()
    answer = await visitor.client.post("/desk/sign-in", data={"csrf_token": "é" * 64})
    assert answer.status_code == 403


async def test_an_origin_that_is_no_address_is_a_forgery(published: Starlette) -> None:
    visitor = Visitor(published)
    fields = {"csrf_token": await visitor.token()}
    answer = await visitor.client.post("/desk/sign-in", data=fields, headers={"Origin": "http://["})
    assert answer.status_code == 403


@pytest.mark.parametrize("charset", ["unicode_escape", "punycode", "undefined", "utf-16"])
async def test_a_form_in_another_encoding_is_refused(published: Starlette, charset: str) -> None:
    """Python's own encodings could make lone surrogates, which no database holds."""
    visitor = Visitor(published)
    token = await visitor.token()
    fields = {"csrf_token": token, "login": "\\ud800", "password": "\\ud800"}
    part = '--{}\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(part.format(BOUNDARY, *one) for one in fields.items()) + f"--{BOUNDARY}--\r\n"
    kind = f"multipart/form-data; boundary={BOUNDARY}; charset={charset}"
    assert COOKIE in visitor.client.cookies
    answer = await visitor.client.post("/desk/sign-in", content=body.encode(), headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert "UTF-8" in answer.text


async def test_nobody_fills_the_disk_through_a_form_without_files(published: Starlette) -> None:
    visitor = Visitor(published)
    fields, files = {"csrf_token": await visitor.token()}, {"login": ("a.bin", b"x" * 100)}
    assert (await visitor.client.post("/desk/sign-in", data=fields, files=files)).status_code == 400


async def test_a_form_longer_than_any_of_ours_is_not_read(published: Starlette) -> None:
    visitor = Visitor(published)
    fields = {"csrf_token": await visitor.token()} | {f"f{number}": "x" * 100_000 for number in range(45)}
    assert (await visitor.client.post("/desk/sign-in", data=fields)).status_code == 413

    async def undeclared() -> AsyncIterator[bytes]:
        for number in range(45):
            yield f"f{number}={'x' * 100_000}&".encode()

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await visitor.client.post("/desk/sign-in", content=undeclared(), headers=kind)).status_code == 413


async def test_who_tries_too_often_is_told_when_to_come_back(published: Starlette) -> None:
    visitor = Visitor(published, "203.0.113.77")
    answers = [await visitor.sign_in("nobody.at.all", "a wrong password") for _ in range(12)]
    assert answers[0].status_code == 400
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
