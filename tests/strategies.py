"""Hypothesis strategies for the content of power items: everything a version can say, in awkward texts."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from domain.benchmarks import AmountCondition, CountCondition, DiscretionBenchmark, DiscretionTier, FineRange
from domain.flows import Flow, Limit, RiskPoint, Step
from domain.powers import (
    Entrustment,
    Fee,
    Guide,
    LegalBasis,
    Material,
    PowerContent,
    ResponsibilityMatter,
    SupervisionMeasure,
)

# Line breaks, full-width and invisible characters, quotes, separators, numbered points, tags, formulas, escapes.
AWKWARD = "甲乙《》【】（）。；、：“”第一条1.2２，,;\"'\n\r\t　 \u200b\ufeff=+-@/\\无_x000D_𠮷é😀|"
TEXTS = st.text(alphabet=AWKWARD, max_size=24)
WORDS = TEXTS.map(str.strip).filter(bool)
DAYS = st.one_of(st.none(), st.dates(date(1949, 10, 1), date(2100, 1, 1)))
AMOUNTS = st.decimals(Decimal(0), Decimal(10**9), places=2)


def many(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return tuples of up to ``most`` values."""
    return st.lists(strategy, max_size=most).map(tuple)


LIMITS = st.one_of(
    st.builds(Limit, value=st.integers(1, 9999), unit=st.sampled_from(["workday", "day", "month"]), note=TEXTS),
    st.just(Limit(value=0, unit="immediate")),
)
BASES = st.builds(
    LegalBasis,
    kind=st.sampled_from(["law", "local_regulation", "rule", "other", "untagged"]),
    title=TEXTS,
    article=TEXTS,
    text=TEXTS,
    document_number=TEXTS,
    in_force_from=DAYS,
)
STEPS = st.builds(Step, key=st.just("step"), name=WORDS, unit=TEXTS, post=TEXTS, duty=TEXTS, limit=st.none() | LIMITS)
FLOWS = st.builds(Flow, name=TEXTS, steps=STEPS.map(lambda step: (step,)))
RISKS = st.builds(
    RiskPoint, step=st.just("step"), risk=WORDS, grade=st.just("low"), measures=WORDS.map(lambda one: (one,))
)
TIERS = st.builds(
    DiscretionTier,
    name=WORDS,
    text=TEXTS,
    measure=WORDS,
    fine=st.none() | st.builds(FineRange, lowest=st.just(Decimal("1.50")), highest=st.just(Decimal(20))),
    conditions=many(
        st.one_of(
            st.builds(CountCondition, kind=st.just("count"), fact=WORDS, at_least=st.integers(0, 5)),
            st.builds(AmountCondition, kind=st.just("amount"), fact=WORDS, unit=st.just("元"), at_least=AMOUNTS),
        ),
        2,
    ),
)
BENCHMARKS = st.builds(DiscretionBenchmark, violation=WORDS, basis=WORDS, tiers=TIERS.map(lambda tier: (tier,)))
GUIDES = st.builds(
    Guide,
    conditions=many(TEXTS),
    materials=many(st.builds(Material, name=WORDS, copies=st.integers(0, 9), note=TEXTS)),
    steps=many(TEXTS),
    hours=TEXTS,
    online=st.booleans(),
)


@st.composite
def power_contents(draw: st.DrawFn, number: int = 1) -> PowerContent:
    """Draw the content of one item; ``number`` makes its code."""
    fields: dict[str, Any] = {
        "scheme": "hubei-16",
        "code": f"990100001XK{number:03}00",
        "name": draw(WORDS),
        "sub_item": draw(TEXTS),
        "category": draw(st.sampled_from(["licence", "penalty", "other_power"])),
        "body": "B001",
        "level": draw(st.sampled_from(["", "prefecture", "county"])),
        "status": draw(st.sampled_from(["in_use", "suspended", "cancelled"])),
        "bases": draw(many(BASES)),
        "responsibilities": draw(many(st.builds(ResponsibilityMatter, heading=TEXTS, text=WORDS))),
        "responsibility_bases": draw(many(BASES, 2)),
        "fees": draw(many(st.builds(Fee, name=WORDS, basis=WORDS, standard=WORDS), 2)),
        "statutory_limit": draw(st.none() | LIMITS),
        "promised_limit": draw(st.none() | LIMITS),
        "external_flow": draw(st.none() | FLOWS),
        "internal_flow": draw(st.none() | FLOWS),
        "risk_points": draw(many(RISKS, 2)),
        "guide": draw(st.none() | GUIDES),
        "benchmarks": draw(many(BENCHMARKS, 2)),
        "supervision": draw(many(st.builds(SupervisionMeasure, target=WORDS, content=WORDS, method=TEXTS), 2)),
        "entrustments": draw(many(st.builds(Entrustment, entrusted=WORDS, scope=WORDS, valid_from=DAYS), 2)),
        "further": draw(st.dictionaries(WORDS, TEXTS.filter(bool), max_size=2)),
    }
    for name in ("body_name", "handling_unit", "authority", "status_reason", "fee_note", "place", "remarks"):
        fields[name] = draw(TEXTS)
    for name in ("duties", "accountable_persons", "accountability", "remedies"):
        fields[name] = draw(many(TEXTS))
    return PowerContent.model_validate(fields)
