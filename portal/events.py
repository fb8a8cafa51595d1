"""The record on the desk: who did what and when, for the audit administrator; nothing of it can be changed."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.access import ROLE_NAMES, Role
from portal import asking
from portal.desk import method_title
from portal.labels import mark
from portal.rendering import LOCAL, render
from resolvers import record_reading
from resolvers.record_reading import EventFilter, EventRow

ABOUT: Final[dict[str, str]] = {
    "account": mark("账号"),
    "token": mark("接口令牌"),
    "batch": mark("批次"),
    "exchange": mark("数据上报"),
    "government": mark("政府"),
    "body": mark("机构"),
    "item": mark("权力事项"),
    "calendar": mark("日历"),
    "chart": mark("流程图"),
    "document": mark("查询文档"),
    "library": mark("权力库"),
    "portal": mark("公众端"),
    "record": mark("公开日志"),
}
KINDS: Final[dict[str, str]] = {
    "account.created": mark("建立账号"),
    "account.disabled": mark("停用账号"),
    "account.enabled": mark("启用账号"),
    "account.linked": mark("关联统一身份"),
    "account.unlinked": mark("解除统一身份关联"),
    "account.password_changed": mark("修改口令"),
    "account.password_reset": mark("重置口令"),
    "account.sign_in_failed": mark("登录失败"),
    "batch.proposed": mark("提交批次"),
    "batch.confirmed": mark("批次确认入库"),
    "batch.discarded": mark("作废批次"),
    "body.added": mark("登记机构"),
    "batch.cancellation_marked": mark("标记拟取消事项"),
    "batch.decided": mark("批次逐行决定"),
    "batch.evaluated": mark("批次重新核对"),
    "calendar.notice_loaded": mark("载入放假通知"),
    "calendar.seeded": mark("初始化日历"),
    "chart.recorded": mark("登记流程图"),
    "document.named": mark("登记查询文档的编号"),
    "document.registered": mark("登记查询文档"),
    "document.withdrawn": mark("撤回查询文档"),
    "exchange.added": mark("登记上级平台"),
    "exchange.caught_up": mark("数据上报恢复按时"),
    "exchange.contradicted": mark("上级平台的日志根不符"),
    "exchange.ended": mark("停用上级平台"),
    "government.added": mark("登记政府"),
    "library.checked": mark("权力库完整性检查"),
    "portal.closed": mark("关闭公众端"),
    "portal.opened": mark("重新开放公众端"),
    "record.audited": mark("核查记录"),
    "log.restarted": mark("启用新的公开日志"),
    "log.continued": mark("确认公开日志沿用原名称"),
    "archive.made": mark("制作归档包"),
    "archive.removed": mark("记录移入归档包"),
    "archive.restored": mark("归档包的记录放回"),
    "record.drilled": mark("恢复演练"),
    "matter.exported": mark("导出可核验的案卷"),
    "posting.granted": mark("授予岗位"),
    "posting.ended": mark("终止岗位"),
    "second_factor.begun": mark("开始设置验证器"),
    "second_factor.confirmed": mark("启用验证器"),
    "second_factor.reset": mark("重置验证器"),
    "session.opened": mark("登录"),
    "session.ended": mark("结束会话"),
    "token.issued": mark("发放令牌"),
    "token.revoked": mark("撤销令牌"),
    "unit.added": mark("登记内设机构"),
}


DETAILS: Final[dict[str, str]] = {
    "alias": mark("客户端编号"),
    "bodies": mark("新增机构"),
    "cancelled": mark("取消"),
    "count": mark("数量"),
    "counts": mark("处理结果"),
    "expires": mark("到期"),
    "files": mark("文件"),
    "from": mark("起"),
    "hours": mark("小时"),
    "government": mark("政府"),
    "holder": mark("使用单位"),
    "issuer": mark("发行方"),
    "login": mark("登录名"),
    "method": mark("方式"),
    "name": mark("名称"),
    "operations": mark("操作名称"),
    "post": mark("岗位编号"),
    "posting": mark("任职编号"),
    "posts": mark("岗位"),
    "reason": mark("理由"),
    "roles": mark("角色"),
    "root": mark("日志根"),
    "scopes": mark("权限范围"),
    "session": mark("会话编号"),
    "size": mark("日志条数"),
    "subject": mark("标识（sub）"),
    "unit": mark("内设机构"),
    "until": mark("止"),
    "valid_from": mark("生效日期"),
    "verified": mark("已完成验证"),
}
"""Words for the keys of what is recorded; a key without a word is shown as it is."""

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}:\d{2}")


@dataclass(frozen=True, slots=True)
class EventLine:
    """An act in words, with the details that were recorded."""

    event: EventRow
    title: str
    about: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of the record, the latest first."""

    lines: tuple[EventLine, ...]
    previous: str
    following: str
    abouts: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    about: str
    kind: str
    stream: str
    actor: str
    since: str
    until: str


def event_lines(rows: Iterable[EventRow]) -> tuple[EventLine, ...]:
    """Return acts in words; a kind without words shows its code."""
    return tuple(
        EventLine(one, KINDS.get(one.kind, one.kind), ABOUT.get(one.stream.partition(":")[0], ""), _details(one.body))
        for one in rows
    )


def _details(body: str) -> tuple[tuple[str, str], ...]:
    found: Any = json.loads(body)
    if not isinstance(found, dict):
        return (("", body),)
    if isinstance(found.get("method"), str):
        found = {**found, "method": method_title(found["method"])}
    return tuple(
        (DETAILS.get(str(key), str(key)), _plain(value))
        for key, value in found.items()
        if value not in (None, "", [], {})
    )


def _word(text: str) -> str:
    """Return a recorded word as people read it: roles and moments in words, anything else as it is."""
    if text in ROLE_NAMES:
        return ROLE_NAMES[Role(text)]
    if _MOMENT.fullmatch(text):
        return f"{datetime.fromisoformat(text).astimezone(LOCAL):%Y-%m-%d %H:%M}"
    return text


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(_plain, value))
    if isinstance(value, dict):
        return "，".join(f"{DETAILS.get(key, key)} {_plain(one)}" for key, one in value.items() if one)
    text = _word(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"


async def record(request: Request) -> Response:
    """Show the record."""
    since, until = asking.day(request, "since"), asking.day(request, "until")
    where = EventFilter(
        stream=asking.text(request, "stream", 120),
        about=(*asking.choices(request, "about", ABOUT), "")[0],
        kind=(*asking.choices(request, "kind", KINDS), "")[0],
        actor=asking.text(request, "actor", 60),
        since=datetime.combine(since, time.min, LOCAL) if since else None,
        until=datetime.combine(until + timedelta(days=1), time.min, LOCAL) if until else None,
    )
    found = await record_reading.list_events(request.state.context, where, asking.page_request(request))
    page = RecordPage(
        event_lines(found.rows),
        *asking.neighbours(request, found),
        tuple(ABOUT.items()),
        tuple(KINDS.items()),
        where.about,
        where.kind,
        where.stream,
        where.actor,
        since.isoformat() if since else "",
        until.isoformat() if until else "",
    )
    return render(request, "desk/record.html", page)


ROUTES: list[BaseRoute] = [Route("/desk/record", record, methods=["GET"])]
