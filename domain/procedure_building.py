"""From an item's own internal flow to its procedure (003-29: every item has its own fixed internal flow).

The flow gives steps, posts, duties, times and ways; the template of the item's category (`licence.toml`,
`penalty-ordinary.toml` …) gives what the law asks: limits, grounds, documents, and the gates of each function. What a
step is for is known by its key or by words in its name, which are data of the template; a caller may say it instead.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from domain.flows import Flow, Limit, RiskPoint, Step
from domain.powers import PowerContent
from domain.procedure_files import ProcedureError
from domain.procedure_parts import Function, Needs, ProcedureLimit, ProcedureStep, StepLimit, Way
from domain.procedures import Procedure

STEP_TIME = "003-14"
PROMISED = "promised"
STATUTORY = "decide"
ORDER: tuple[Function, ...] = (
    "legality_review",
    "hearing",
    "discussion",
    "notice",
    "intake",
    "source",
    "decision",
    "service",
    "execution",
    "closure",
    "investigation",
    "review",
)
"""Words of the earlier functions win: 法制审核 is also 审核, and a step that approves a filing is no decision."""


def procedure_of(
    template: Procedure,
    flow: Flow,
    item: PowerContent,
    version: int,
    *,
    risks: Sequence[RiskPoint] = (),
    functions: Mapping[str, Function] | None = None,
) -> Procedure:
    """Build the procedure of one version of an item; ProcedureError names the item, the key and the reason.

    Risk points on steps that this flow does not have (those of an external chart) are left to the item's page.
    """
    own = functions or {}
    known = {step.key: _function(template, step, own) for step in flow.steps}
    _only_one_intake(flow, known, own)
    _only_one_decision(flow, known, own)
    steps, ways = _steps(template, flow, known), _ways(flow)
    steps, ways = _with_intake(template, steps, ways)
    document = template.model_dump(exclude_defaults=True) | {
        "id": f"item:{item.code}",
        "version": version,
        "name": flow.name or f"{item.name}办理流程",
        "categories": (),
        "stages": tuple(dict.fromkeys((*template.stages, *(step.name for step in steps)))),
        "steps": steps,
        "ways": ways,
        "limits": _limits(template, item),
        "pauses": _pauses(template, item),
        "risk_points": tuple(risk for risk in risks or item.risk_points if risk.step in {step.key for step in steps}),
    }
    try:
        return Procedure.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "(flow)"
        raise ProcedureError(f"item {item.code}", key, first["msg"].removeprefix("Value error, ")) from error


def _function(template: Procedure, step: Step, own: Mapping[str, Function]) -> Function:
    if step.key in own:
        return own[step.key]
    for function in ORDER:
        rule = template.functions.get(function)
        if rule is not None and any(word in step.name for word in rule.words):
            return function
    for function in ORDER:
        rule = template.functions.get(function)
        if rule is not None and step.key in rule.keys:
            return function
    return "handling"


def _only_one_intake(flow: Flow, known: dict[str, Function], own: Mapping[str, Function]) -> None:
    """Only the first step accepts by its name, or the second after a source: a later 受理 or 立案 is work like other work."""
    if "intake" in own.values():
        return
    keys = [step.key for step in flow.steps]
    lead = 1 if len(keys) > 1 and [known[key] for key in keys[:2]] == ["source", "intake"] else 0
    for number, key in enumerate(keys):
        kept = number <= lead and known[keys[lead]] == "intake"
        if known[key] in ("source", "intake") and not kept:
            known[key] = "handling"


def _only_one_decision(flow: Flow, known: dict[str, Function], own: Mapping[str, Function]) -> None:
    """The last step that decides by its name is the decision; approvals before it are reviews on the way."""
    deciding = [step.key for step in flow.steps if known[step.key] == "decision" and step.key not in own]
    for key in deciding[:-1] if "decision" not in own.values() else deciding:
        known[key] = "review"


def _steps(template: Procedure, flow: Flow, known: Mapping[str, Function]) -> tuple[ProcedureStep, ...]:
    sources = {way.source for way in _ways(flow) if not way.back}
    return tuple(
        ProcedureStep(
            key=step.key,
            name=step.name,
            function=known[step.key],
            unit=step.unit,
            post=step.post,
            duty=step.duty,
            requirements=step.requirements,
            limit=_step_limit(step.limit),
            gates=_gates(template, known[step.key]),
            needs=_needs(template, known, step.key),
            end=step.key not in sources,
        )
        for step in flow.steps
    )


def _gates(template: Procedure, function: Function) -> tuple[Any, ...]:
    """What the template asks of its own steps of a function, beyond the function's rule."""
    return tuple(dict.fromkeys(gate for step in template.steps if step.function == function for gate in step.gates))


def _needs(template: Procedure, known: Mapping[str, Function], key: str) -> Needs:
    """What the template's step of a function needs, where both have exactly one such step."""
    function = known[key]
    same = [step for step in template.steps if step.function == function]
    return same[0].needs if len(same) == 1 and list(known.values()).count(function) == 1 else Needs()


# 003-14: each post has its time; where the flow names no clause of its own, this is the one that asks for it.
def _step_limit(limit: Limit | None) -> StepLimit | None:
    if limit is None:
        return None
    return StepLimit(value=limit.value, unit=limit.unit, clause=limit.clause or STEP_TIME)


def _ways(flow: Flow) -> tuple[Way, ...]:
    """Tell the ways on from the returns: a return leads to a step listed before, from which one comes here."""
    order = {step.key: number for number, step in enumerate(flow.steps)}
    drawn = flow.transitions or flow.ways()
    onward = {
        key: {way.target for way in drawn if way.source == key and order[way.target] > order[key]} for key in order
    }
    found = []
    for way in drawn:
        back = order[way.target] <= order[way.source] and way.source in _reached(way.target, onward)
        found.append(Way(source=way.source, target=way.target, condition=way.condition, back=back))
    return tuple(found)


def _reached(start: str, onward: Mapping[str, set[str]]) -> set[str]:
    found, frontier = {start}, [start]
    while frontier:
        fresh = onward[frontier.pop()] - found
        found |= fresh
        frontier.extend(fresh)
    return found


Path = tuple[tuple[ProcedureStep, ...], tuple[Way, ...]]


def _with_intake(template: Procedure, steps: tuple[ProcedureStep, ...], ways: tuple[Way, ...]) -> Path:
    """A flow that does not begin with an acceptance gets what the template does before and for it."""
    if any(step.function == "intake" for step in steps):
        return steps, ways
    before = [step for step in template.steps if step.function in ("source", "intake")]
    taken = {step.key for step in steps}
    renamed = [step.model_copy(update={"key": _free(step.key, taken), "stage": ""}) for step in before]
    chain = [*renamed, steps[0]]
    return (*renamed, *steps), (*(Way(source=a.key, target=b.key) for a, b in pairwise(chain)), *ways)


def _free(key: str, taken: set[str]) -> str:
    return key if key not in taken else f"{key}_first"


def _limits(template: Procedure, item: PowerContent) -> dict[str, ProcedureLimit]:
    """The template's limits; the item's statutory limit takes the place of the general one (行政许可法-42(1))."""
    limits = dict(template.limits)
    general, own, promised = limits.get(STATUTORY), item.statutory_limit, item.promised_limit
    if own is not None and (general is None or (own.value, own.unit) != (general.value, general.unit)):
        limits[STATUTORY] = ProcedureLimit(
            name="法定期限", value=own.value, unit=own.unit, clause=own.clause or "003-13(1)", note=own.note
        )
    if promised is not None:
        limits[PROMISED] = ProcedureLimit(
            name="承诺期限", value=promised.value, unit=promised.unit, clause=promised.clause or "002-4.2.5"
        )
    return limits


def _pauses(template: Procedure, item: PowerContent) -> dict[str, Any]:
    """What a body promised of its own will stands still on every ground."""
    if item.promised_limit is None:
        return dict(template.pauses)
    return {
        key: ground.model_copy(update={"stops": (*ground.stops, PROMISED)}) for key, ground in template.pauses.items()
    }
