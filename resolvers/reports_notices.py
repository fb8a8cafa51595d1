"""Who is told what was done to a report: the office when one is handed in, its writers when it comes back or is accepted."""

from typing import Final

from domain.access import Role
from resolvers.context import UnitOfWork
from resolvers.notices import NewNotice, write
from resolvers.reports_opening import office_role
from resolvers.reports_store import Held, kind_name

WRITERS: Final = (Role.BODY_HEAD.value, Role.BODY_EDITOR.value)
TASKS: Final = {"annual_report": "annual_report_receipt", "bulletin": "bulletin"}


async def tell_of(uow: UnitOfWork, held: Held, act: str, number: int, reason: str = "") -> None:
    """Write the notice of an act (``submit``, ``return``, ``accept``) in its transaction."""
    profile, name = uow.ctx.profile, f"{held.period.name}{kind_name(held.kind)}"
    role = office_role(profile, TASKS[held.kind])
    rules = profile.planning.annual_report if held.kind == "annual_report" else profile.planning.bulletin
    clause = rules.clause if rules is not None else profile.regulation.clause
    codes = {"submit": "report_submitted", "return": "report_returned", "accept": "report_accepted"}
    facts = {
        "submit": {"body": held.body_name, "report": name},
        "return": {"report": name, "reason": reason},
        "accept": {"report": name},
    }
    to_office = act == "submit" or held.kind == "bulletin"
    new = NewNotice(
        key=f"report:{held.id}:{number}:{act}",
        template=codes[act],
        clause=clause,
        roles=(role,) if to_office else WRITERS,
        reach="government" if to_office else "body",
        government_id=held.government_id,
        body_code=held.body_code,
        subject=held.stream,
        address=f"/desk/reports/{held.id}",
        facts=facts[act],
    )
    await write(uow, new)
