"""Proposals that follow an alert: an item that nobody asks for may be suspended on its body's application (003-18; L12)."""

from datetime import timedelta

from domain.supervision.proposals import Proposal, load_proposals
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.powers import power
from resolvers.supervision_cases import CaseDraft, case_title
from resolvers.supervision_reading import AlertRow, alert
from resolvers.supervision_rules import rule


async def proposal(ctx: Context, row: AlertRow) -> Proposal | None:
    """Return what is proposed about the item of an alert that the actor was shown; None where nothing is."""
    if row.subject != "item" or row.state != "open":
        return None
    versions = await rule(ctx, row.rule_code)
    found = load_proposals().get(versions[0].rule.condition)
    if found is None:
        return None
    try:
        item = (await power(ctx, row.item_code)).row
    except NotFound:
        return None
    told = {"item": item.name, "code": item.code, "body": item.body_name, "months": f"{row.measure.split('.')[0]}"}
    return found.filled(told | {"since": row.occasion})


async def proposed_case(ctx: Context, alert_id: int) -> CaseDraft | None:
    """Return a proposal as the beginning of a supervision case. Raises ``NotFound`` for an alert that may not be seen."""
    row = (await alert(ctx, alert_id)).row
    found = await proposal(ctx, row)
    if found is None:
        return None
    until = ctx.today + timedelta(days=found.days)
    return CaseDraft(row.body_code, case_title(found.title), "", row.message, found.requirement, until)
