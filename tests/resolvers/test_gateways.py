"""Channels: a real mail server, a gateway that fails and comes back, signatures, addresses that may not be asked (R5)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from resolvers import notices, notices_reading, outbox
from resolvers.context import Context, unit_of_work
from resolvers.database import Database
from resolvers.gateways import Gateways, Message
from resolvers.gateways_http import SIGNATURE, Forbidden, HttpGateway, allowed, as_notice, as_sms, signature
from resolvers.gateways_mail import Mailer
from resolvers.notices import NewNotice
from resolvers.notices_reading import NoticeWishes
from tests import reporting
from tests.deploy.test_serving import free_port
from tests.reporting import Scene

pytestmark = pytest.mark.clause("R5", "N1")
MORNING = datetime(2026, 12, 8, 3, 0, tzinfo=UTC)
NIGHT = datetime(2026, 12, 8, 15, 0, tzinfo=UTC)
SECRET = "a secret of the gateway"
MESSAGE = Message("mail:1", "head@example.gov.cn", "题目\r\nBcc: x@example.org", "正文", "/desk/reports/1", MORNING.isoformat(), "report_returned")  # fmt: skip


class Postbox:
    """A mail server that keeps what it gets, and refuses so many letters first."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.refuses = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        if self.refuses:
            self.refuses -= 1
            return "451 later"
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    box = Postbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def mailer(port: int) -> Mailer:
    return Mailer("127.0.0.1", port, "power@example.gov.cn", "https://power.example.gov.cn", "阳光 平台", "none")


async def told(of: Scene, gateways: Gateways, now: datetime) -> Context:
    """Tell everything that is due by now; what fails stays."""
    ctx = Context(of.of.ctx.db, now, of.of.ctx.profile, of.of.ctx.actor, gateways=gateways)
    for one in await outbox.claim(ctx):
        try:
            await outbox.deliver(ctx, one.id)
        except Exception:  # noqa: BLE001 - as the relay does
            continue
    return ctx


async def write(of: Scene, key: str, template: str = "report_returned", now: datetime = MORNING) -> None:
    facts = {
        "report": "2026年度年度报告",
        "reason": "请补充",
        "body": "局",
        "count": "3",
        "period": "2026年度",
        "due": "x",
    }
    async with unit_of_work(of.at("", now), unrecorded="a test") as uow:
        await notices.write(uow, NewNotice(key, template, "003-10", ("body_head",), body_code="B001", government_id=1, facts=facts))  # fmt: skip


async def test_a_notice_goes_out_by_mail_to_a_real_server_once(
    database: Database, postbox: tuple[Postbox, int]
) -> None:
    """A server that refuses is asked again; quiet hours hold ordinary letters back and urgent ones not; wishes count."""
    of, (box, port) = await reporting.scene(database, MORNING), postbox
    head, ways = of.at("head", MORNING), Gateways(mail=mailer(port).send)
    await notices_reading.set_wishes(head, NoticeWishes("head@example.gov.cn", "", "en", ("overdue_digest",)))
    box.refuses = 1
    await write(of, "one")
    await write(of, "muted", "overdue_digest")
    for minute in (0, 1, 2, 3):
        await told(of, ways, MORNING + timedelta(minutes=minute))
    (letter,) = box.got
    assert letter.rcpt_tos == ["head@example.gov.cn"]
    assert isinstance(letter.content, bytes)
    text = letter.content.decode()
    assert "A report was sent back" in text
    assert "Message-ID: <" in text
    await write(of, "by night", now=NIGHT)
    await write(of, "urgent", "annual_report_missed", NIGHT)
    await told(of, ways, NIGHT)
    await told(of, ways, NIGHT + timedelta(minutes=1))
    assert len(box.got) == 2
    await told(of, ways, NIGHT + timedelta(hours=10))
    assert len(box.got) == 3
    assert len(await notices_reading.own_notices(of.at("head", NIGHT))) == 4
    assert await database.reads.fetchval("SELECT count(*) FROM outbox WHERE done_at IS NULL") == 0


def test_a_mail_holds_texts_as_data_and_the_same_letter_has_the_same_id() -> None:
    first, again = (mailer(25).written(MESSAGE) for _ in range(2))
    assert first["Message-ID"] == again["Message-ID"]
    assert first["Bcc"] is None
    assert "Bcc: x@example.org" in str(first["Subject"])
    assert "https://power.example.gov.cn/desk/reports/1" in first.get_content()


async def test_gateways_get_signed_json_and_are_tried_until_they_take_it(database: Database, serve_app: Any) -> None:
    got: list[tuple[dict[str, Any], str]] = []
    down = [True]

    async def take(request: Request) -> Response:
        body = await request.body()
        moment, signed = (one.partition("=")[2] for one in request.headers[SIGNATURE].split(","))
        assert signed == signature(SECRET, moment, request.headers["Idempotency-Key"], body)
        if down:
            down.clear()
            return Response(status_code=503)
        got.append((json.loads(body), request.headers["Idempotency-Key"]))
        return Response(status_code=202)

    url = await serve_app(Starlette(routes=[Route("/in", take, methods=["POST"])]))
    hook = HttpGateway(f"{url}/in", lambda message: as_notice(message, "https://x.cn"), SECRET, private=True)
    sms = HttpGateway(f"{url}/in", as_sms, SECRET, private=True)
    of = await reporting.scene(database, MORNING)
    await notices_reading.set_wishes(of.at("head", MORNING), NoticeWishes(phone="13900001234"))
    await write(of, "one")
    for minute in (0, 1, 2, 3):
        await told(of, Gateways(sms=sms.send, webhook=hook.send), MORNING + timedelta(minutes=minute))
    assert len(got) == 2
    assert {key.partition(":")[0] for _, key in got} == {"sms", "webhook"}
    assert {"13900001234", None} == {body.get("to") for body, _ in got}


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/x", "https://localhost/"],
)  # fmt: skip
async def test_a_gateway_is_never_asked_at_an_address_inside(url: str) -> None:
    with pytest.raises(Forbidden):
        await HttpGateway(url, as_sms, SECRET).send(MESSAGE)


def test_addresses_of_the_public_net_alone_are_allowed() -> None:
    assert [allowed(one) for one in ("93.184.216.34", "2606:4700::1111", "::ffff:10.0.0.1", "224.0.0.1", "fe80::1%eth0", "100.64.0.1")] == [True, True, False, False, False, False]  # fmt: skip
