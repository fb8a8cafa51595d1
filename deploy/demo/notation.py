"""The short notation of the data files: fields in one line, separated by bars, so that an item stays readable.

A limit is written "20工作日", "90日", "3个月" or "即时"; a basis "law|article|gist"; a step
"key|name|post|duty|limit|requirement；requirement"; a condition "count|fact|at least|at most|1年".
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from domain.benchmarks import DiscretionBenchmark, FineRange
from domain.flows import Flow, Limit, LimitUnit, RiskPoint, Step, Transition
from domain.powers import Entrustment, Fee, LegalBasis, Material, ResponsibilityMatter, SupervisionMeasure

UNITS: dict[str, LimitUnit] = {
    "工作日": "workday",
    "日": "day",
    "个月": "month",
    "年": "year",
    "小时": "hour",
}
WINDOWS = {"日": "day", "个月": "month", "年": "year"}
AMOUNT = re.compile(r"^([0-9]+)(工作日|日|个月|年|小时)$")
STEP_START = "step_entered"
SAMPLE_ENDINGS = ("申请书", "申请表", "登记表", "备案表", "登记申请书", "承诺书")


def fields(text: str, least: int, most: int) -> list[str]:
    """Split a line at its bars and fill up with empty fields; ValueError when there are too few or too many."""
    parts = [part.strip() for part in text.split("|")]
    if not least <= len(parts) <= most:
        raise ValueError(f"expected {least} to {most} fields separated by bars, found {len(parts)}: {text}")
    return parts + [""] * (most - len(parts))


def limit(text: str, start: str, clause: str = "", note: str = "") -> Limit:
    """Read a limit such as 20工作日 or 即时."""
    if text == "即时":
        return Limit(value=0, unit="immediate", start=start, clause=clause, note=note)
    match = AMOUNT.match(text)
    if match is None:
        raise ValueError(f"not a limit: {text}")
    return Limit(value=int(match[1]), unit=UNITS[match[2]], start=start, clause=clause, note=note)


def statutory(parts: Sequence[str], start: str) -> Limit:
    """Read [limit, clause, note, start event]; the last two may be left out."""
    amount, clause, note, own_start = [*parts, "", "", ""][:4]
    return limit(amount, own_start or start, clause, note)


def step(text: str) -> Step:
    """Read one step of a chart; the post may name its unit as well: "unit·post"."""
    key, name, place, duty, amount, wishes = fields(text, 2, 6)
    unit, _, post = place.rpartition("·")
    return Step(
        key=key,
        name=name,
        unit=unit,
        post=post,
        duty=duty,
        limit=limit(amount, STEP_START) if amount else None,
        requirements=tuple(wish for wish in wishes.split("；") if wish),
    )


def transition(text: str) -> Transition:
    """Read a way "from>to|condition"."""
    way, condition = fields(text, 1, 2)
    source, _, target = way.partition(">")
    return Transition(source=source, target=target, condition=condition)


def flow(name: str, steps: Iterable[str], ways: Iterable[str] = ()) -> Flow:
    """Build a flow from its lines."""
    return Flow(
        name=name, steps=tuple(step(line) for line in steps), transitions=tuple(transition(line) for line in ways)
    )


def fitted(drawn: Flow, promised: str) -> Flow:
    """Shorten the steps' limits in proportion, so that together they keep the promised working days (003-14).

    A step that would keep less than a day is done at once.
    """
    match = AMOUNT.match(promised)
    if promised == "即时":
        days = 0
    elif match is None or match[2] != "工作日":
        return drawn
    else:
        days = int(match[1])
    given = [step.limit.value if step.limit and step.limit.unit == "workday" else 0 for step in drawn.steps]
    total = sum(given)
    if total <= days:
        return drawn
    shares = [value * days // total for value in given]
    shares[given.index(max(given))] += days - sum(shares)
    steps = tuple(
        step.model_copy(update={"limit": limit(f"{share}工作日" if share else "即时", STEP_START)}) if value else step
        for step, value, share in zip(drawn.steps, given, shares, strict=True)
    )
    return Flow(name=drawn.name, steps=steps, transitions=drawn.transitions)


def risk(text: str) -> RiskPoint:
    """Read "step|risk|grade|measure；measure|post"."""
    key, what, grade, measures, post = fields(text, 4, 5)
    return RiskPoint.model_validate(
        {"step": key, "risk": what, "grade": grade, "measures": tuple(measures.split("；")), "post": post}
    )


def basis(text: str, laws: dict[str, dict[str, Any]]) -> LegalBasis:
    """Read "law|article|gist"; the law's kind, full title, number and dates come from laws.toml.

    The text names law and article first, as published lists do, so that it also stands alone.
    """
    short, article, gist = fields(text, 2, 3)
    if short not in laws:
        raise ValueError(f"laws.toml has no law {short}")
    law = laws[short]
    return LegalBasis(**law, article=article, text=f"《{law['title']}》{article}：{gist}")


def responsibility(text: str) -> ResponsibilityMatter:
    """Read "heading|text"."""
    heading, matter = fields(text, 2, 2)
    return ResponsibilityMatter(heading=heading, text=matter)


def material(text: str, sample: str) -> Material:
    """Read "name|source|note"; a name that begins with ? is not required, a form to fill in gets the sample note."""
    name, source, note = fields(text, 1, 3)
    bare = name.lstrip("?")
    fill_in = bare.endswith(SAMPLE_ENDINGS)
    return Material(
        name=bare,
        required=not name.startswith("?"),
        source=source or ("申请人自备" if not fill_in else "政务服务窗口或者网上下载"),
        sample=sample if fill_in else "",
        note=note,
    )


def fee(text: str) -> Fee:
    """Read "name|basis|standard"."""
    name, ground, standard = fields(text, 3, 3)
    return Fee(name=name, basis=ground, standard=standard)


def supervision(text: str) -> SupervisionMeasure:
    """Read "target|content|method|procedure|measures"."""
    target, content, method, procedure, measures = fields(text, 3, 5)
    return SupervisionMeasure(target=target, content=content, method=method, procedure=procedure, measures=measures)


def entrustment(table: dict[str, Any], names: dict[str, tuple[str, str]]) -> Entrustment:
    """Build an entrustment; `to` is the code of the entrusted body, its name and credit code are looked up."""
    name, usc_code = names[table["to"]]
    rest = {key: value for key, value in table.items() if key != "to"}
    return Entrustment(entrusted=name, usc_code=usc_code, **rest)


def condition(text: str) -> dict[str, Any]:
    """Read a condition: count|fact|from|to|window, amount|fact|unit|from|below or stated|fact."""
    kind, *rest = [part.strip() for part in text.split("|")]
    if kind == "count":
        fact, least, most, window = fields("|".join(rest), 3, 4)
        match = re.match(r"^([0-9]+)(日|个月|年)$", window)
        if window and match is None:
            raise ValueError(f"not a window: {window}")
        return {
            "kind": kind,
            "fact": fact,
            "at_least": int(least or 0),
            "at_most": int(most) if most else None,
            "window_value": int(match[1]) if match else None,
            "window_unit": WINDOWS[match[2]] if match else None,
        }
    if kind == "amount":
        fact, unit, least, below = fields("|".join(rest), 3, 4)
        return {
            "kind": kind,
            "fact": fact,
            "unit": unit,
            "at_least": Decimal(least) if least else None,
            "below": Decimal(below) if below else None,
        }
    if kind == "stated":
        return {"kind": kind, "fact": fields("|".join(rest), 1, 1)[0]}
    raise ValueError(f"not a condition: {text}")


def fine(text: str) -> FineRange | None:
    """Read a range of fines: "50000-100000元", "1-5倍|违法所得", "1-2%|合同价款" or "-20000元" without a minimum."""
    if not text:
        return None
    body, base = fields(text, 1, 2)
    match = re.match(r"^([0-9.]*)-([0-9.]*)(元|倍|%)$", body)
    if match is None:
        raise ValueError(f"not a range of fines: {text}")
    unit = {"元": "yuan", "倍": "multiple", "%": "percent"}[match[3]]
    return FineRange.model_validate(
        {
            "lowest": Decimal(match[1] or 0),
            "highest": Decimal(match[2]) if match[2] else None,
            "unit": unit,
            "base": base,
        }
    )


def benchmark(table: dict[str, Any]) -> DiscretionBenchmark:
    """Build a benchmark; its tiers are tables of name, when (conditions), text, fine and measure."""
    tiers = [
        {
            "name": tier["name"],
            "conditions": [condition(line) for line in tier.get("when", ())],
            "text": tier.get("text", ""),
            "fine": fine(tier.get("fine", "")),
            "measure": tier["measure"],
        }
        for tier in table["tiers"]
    ]
    return DiscretionBenchmark.model_validate(
        {
            "violation": table["violation"],
            "basis": table["basis"],
            "range_text": table["law"],
            "range": fine(table.get("range", "")),
            "tiers": tiers,
        }
    )
