"""The register of enforcement certificates, kept by the legal office of a government (G3: 004-11, 004-12).

A certificate is entered and may be ended once; it never changes otherwise. Whether it carries an act is asked for the
day of the act, so ending one today changes nothing about what was done yesterday.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from domain.access import Permission, Target
from domain.tables.accounts import Account
from domain.tables.base import key_of
from domain.tables.bodies import Body
from domain.tables.certificates import Certificate
from resolvers import record
from resolvers.context import Context, UnitOfWork, unit_of_work
from resolvers.errors import Conflict, FieldProblem, InvalidInput, NotFound
from resolvers.permits import permit

LIST: Final = """
SELECT c.number, c.officer, a.name, c.body_code, c.fields, c.valid_from, c.valid_until, c.aide, c.legal_qualification,
  c.ended_on, c.end_reason
FROM certificate c JOIN account a ON a.id = c.officer WHERE c.body_code = $1 ORDER BY c.number LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate to enter. ``fields`` are category codes (none: all of the body); ``valid_until`` is its last day."""

    number: str
    officer: UUID
    body: str
    valid_from: date
    valid_until: date
    fields: tuple[str, ...] = ()
    aide: bool = False
    legal_qualification: bool = False


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate in the register."""

    number: str
    officer: UUID
    name: str
    body: str
    fields: tuple[str, ...]
    valid_from: date
    valid_until: date
    aide: bool
    legal_qualification: bool
    ended_on: date | None
    end_reason: str


async def enter(ctx: Context, new: NewCertificate) -> int:
    """Enter a certificate and return its id. Raises ``NotPermitted``, ``InvalidInput``, ``Conflict``, ``NotFound``."""
    if new.valid_until < new.valid_from or not new.number.strip():
        problem = FieldProblem("valid_until", "OUT_OF_ORDER", "证件编号或者有效期有误。", "请核对证件。")
        raise InvalidInput("证件编号或者有效期有误。", "请核对证件。", (problem,))
    async with unit_of_work(ctx) as uow:
        await _permitted(uow, Permission.CERTIFICATE_ENTER, new.body)
        if await uow.session.get(Account, new.officer) is None:
            raise NotFound("账号")
        row = Certificate(
            number=new.number.strip(),
            officer=new.officer,
            body_code=new.body,
            fields=list(new.fields),
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            aide=new.aide,
            legal_qualification=new.legal_qualification,
            entered_at=ctx.now,
        )
        uow.session.add(row)
        try:
            await uow.session.flush()
        except IntegrityError as error:
            raise Conflict(f"证件“{new.number}”已经登记。", "请核对证件编号。") from error
        told: dict[str, Any] = {
            "aide": new.aide,
            "body": new.body,
            "fields": list(new.fields),
            "legal_qualification": new.legal_qualification,
            "officer": str(new.officer),
            "until": new.valid_until.isoformat(),
            "valid_from": new.valid_from.isoformat(),
        }
        await record.append(uow, f"certificate:{row.number}", "certificate.entered", told, body_code=new.body)
        return key_of(row)


async def end(ctx: Context, number: str, on: date, reason: str) -> None:
    """End a certificate from a day on, not before today; once. Raises ``NotFound``, ``Conflict``, ``InvalidInput``."""
    if not reason.strip() or (on < ctx.today and ctx.actor.kind != "system"):
        problem = FieldProblem("reason", "MISSING", "没有写明原因，或者日期早于今天。", "请补充。")
        raise InvalidInput("没有写明原因，或者日期早于今天。", "请补充。", (problem,))
    async with unit_of_work(ctx) as uow:
        chosen = select(Certificate).where(col(Certificate.number) == number).with_for_update()
        row = (await uow.session.exec(chosen)).one_or_none()
        if row is None:
            raise NotFound("执法证件")
        await _permitted(uow, Permission.CERTIFICATE_END, row.body_code)
        if row.ended_at is not None:
            raise Conflict(f"证件“{number}”已于{row.ended_on}终止。", "无需重复办理。")
        row.ended_on, row.ended_at, row.end_reason = on, ctx.now, reason.strip()
        uow.session.add(row)
        told = {"on": on.isoformat(), "reason": reason.strip()}
        await record.append(uow, f"certificate:{number}", "certificate.ended", told, body_code=row.body_code)


async def list_certificates(ctx: Context, body: str) -> tuple[CertificateRow, ...]:
    """Return the certificates of a body, ended ones included. Raises ``NotFound`` for what the actor may not see."""
    government = await ctx.db.reads.fetchval("SELECT government_id FROM body WHERE code = $1", body)
    if government is None:
        raise NotFound("机关")
    permit(ctx, Permission.CERTIFICATE_READ, Target(government, body))
    return tuple(
        CertificateRow(
            number=row["number"],
            officer=row["officer"],
            name=row["name"],
            body=row["body_code"],
            fields=tuple(row["fields"]),
            valid_from=row["valid_from"],
            valid_until=row["valid_until"],
            aide=row["aide"],
            legal_qualification=row["legal_qualification"],
            ended_on=row["ended_on"],
            end_reason=row["end_reason"],
        )
        for row in await ctx.db.reads.fetch(LIST, body)
    )


async def _permitted(uow: UnitOfWork, permission: Permission, body: str) -> None:
    chosen = select(Body.government_id).where(col(Body.code) == body)
    government = (await uow.session.exec(chosen)).one_or_none()
    permit(uow.ctx, permission, Target(government, body))
    if government is None:
        raise NotFound("机关")
