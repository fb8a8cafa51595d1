"""Mutations on reports and notices: typed inputs, results that say what was done or why not, an idempotency key each (N1)."""

from typing import Annotated, Any, Final, cast

import strawberry

from resolvers import notices_reading, reports
from resolvers.reading.reports import REPORT
from resolvers.reports import ReportDone
from schema.acting import Made, mutation, same_key
from schema.acting import _key as key_field
from schema.acting_inputs import made
from schema.acting_table import Doing
from schema.fields import computed
from schema.loading import Info
from schema.node import integer_key, key_of
from schema.reports import Report
from schema.sources import Source, rows_of

SAVE: Final = Doing("reportSave", "save", "保存报告: save the texts of a report that is being written (003-10(2)).")
COUNT: Final = Doing("reportCount", "count", "取数: fetch the figures of a report as they are now (003-10(2)).")
SUBMIT: Final = Doing("reportSubmit", "submit", "提交报告: hand a report in, and get a receipt (003-10(1)).")
RETURN: Final = Doing("reportReturn", "return", "退回报告: send a report back, with reasons (003-10).")
ACCEPT: Final = Doing(
    "reportAccept", "accept", "接收报告: accept a report and publish it; nobody accepts one's own (003-6, 003-10)."
)
CORRECT: Final = Doing(
    "reportCorrect", "correct", "更正报告: begin a new edition of what was published (003-6, 003-10)."
)
READ: Final = Doing("noticesMarkRead", "read", "已读: mark your notices as read, up to one (003-10).")

REPORT_ID: Final = (strawberry.ID, strawberry.field(description="报告: global id of the report."))
SEEN: Final = (
    int,
    strawberry.field(description="已知序号: `seq` you last saw; if others acted since, nothing is done."),
)
REASON: Final = (str, strawberry.field(description="理由: why; of a correction it is published."))


@strawberry.input(description="一部分的文字: the text of a section.")
class ReportTextInput:
    """A text."""

    code: str = strawberry.field(description="代码: code of the section.")
    text: str = strawberry.field(description="内容: what it says.")


TEXTS: Final = (
    list[ReportTextInput],
    strawberry.field(description="内容: the texts of all sections; one left out is emptied."),
)
NOTE: Final = (str, strawberry.field(default="", description="更正说明: what a later edition corrects and why."))


@strawberry.type(description="已办理: what an act on a report did.")
class ReportActed:
    """What an act did."""

    done: strawberry.Private[ReportDone]

    @computed()
    def seq(self) -> int:
        """序号: the report's number now; send it as `seen` next time."""
        return self.done.no

    @computed()
    def receipt(self) -> str | None:
        """记录凭证: for whoever handed a report in; null where none is given (003-33)."""
        return self.done.receipt or None

    @computed()
    async def report(self, info: Info) -> Annotated[Report, strawberry.lazy("schema.reports")] | None:
        """报告: the report as it is now."""
        row = await info.context.loaders.one(REPORT, rows_of(REPORT)).load(self.done.report_id)
        return cast("Report | None", None if row is None else Source("Report", row))


@strawberry.type(description="已读: your notices were marked as read.")
class NoticesRead:
    """What was marked."""

    newest: strawberry.ID = strawberry.field(description="最新: the notice up to which they were marked.")


def _number(given: Any) -> int:
    return integer_key(key_of(given.report, "Report", "report"), "report")


def _save() -> Any:
    fields = {"report": REPORT_ID, "idempotency_key": key_field(), "seen": SEEN, "texts": TEXTS, "note": NOTE}

    async def resolve(info: Info, input_: Any) -> Any:
        same_key(info, input_.idempotency_key)
        texts = {one.code: one.text for one in input_.texts}
        return ReportActed(done=await reports.save(info.context.ctx, _number(input_), texts, input_.note, input_.seen))

    return mutation(SAVE, resolve, made("ReportSaveInput", fields, SAVE.words), ReportActed)


def _count() -> Any:
    fields = {"report": REPORT_ID, "idempotency_key": key_field(), "seen": SEEN}

    async def resolve(info: Info, input_: Any) -> Any:
        same_key(info, input_.idempotency_key)
        return ReportActed(done=await reports.recount(info.context.ctx, _number(input_), input_.seen))

    return mutation(COUNT, resolve, made("ReportCountInput", fields, COUNT.words), ReportActed)


def _submit() -> Any:
    return _keyed(SUBMIT, reports.submit)


def _accept() -> Any:
    return _keyed(ACCEPT, reports.accept)


def _keyed(doing: Doing, act: Any) -> Any:
    fields = {"report": REPORT_ID, "idempotency_key": key_field(), "seen": SEEN}

    async def resolve(info: Info, input_: Any) -> Any:
        key = same_key(info, input_.idempotency_key)
        return ReportActed(done=await act(info.context.ctx, _number(input_), input_.seen, key))

    return mutation(doing, resolve, made(f"{doing.title}Input", fields, doing.words), ReportActed)


def _return() -> Any:
    return _reasoned(RETURN, reports.send_back)


def _correct() -> Any:
    return _reasoned(CORRECT, reports.correct)


def _reasoned(doing: Doing, act: Any) -> Any:
    fields = {"report": REPORT_ID, "idempotency_key": key_field(), "seen": SEEN, "reason": REASON}

    async def resolve(info: Info, input_: Any) -> Any:
        key = same_key(info, input_.idempotency_key)
        return ReportActed(done=await act(info.context.ctx, _number(input_), input_.reason, input_.seen, key))

    return mutation(doing, resolve, made(f"{doing.title}Input", fields, doing.words), ReportActed)


def _read() -> Any:
    newest = (strawberry.ID, strawberry.field(description="最新: global id of the newest notice that you have seen."))
    fields = {"newest": newest, "idempotency_key": key_field()}

    async def resolve(info: Info, input_: Any) -> Any:
        same_key(info, input_.idempotency_key)
        number = integer_key(key_of(input_.newest, "Notice", "newest"), "newest")
        await notices_reading.mark_own_read(info.context.ctx, number)
        return NoticesRead(newest=input_.newest)

    return mutation(READ, resolve, made("NoticesMarkReadInput", fields, READ.words), NoticesRead)


def acts() -> list[Made]:
    """Return the mutations of this file."""
    of_ = ((SAVE, _save), (COUNT, _count), (SUBMIT, _submit), (RETURN, _return), (ACCEPT, _accept), (CORRECT, _correct))
    return [Made(doing.name, make()) for doing, make in (*of_, (READ, _read))]
