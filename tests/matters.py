"""A matter in the hands of a test: acts are done one after the other, and the events are kept as a record."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from domain.benchmarks import CountCondition, DiscretionBenchmark, DiscretionTier, FineRange
from domain.calendar import Calendar, published_years
from domain.engine.acts import ACT
from domain.engine.deciding import decide
from domain.engine.events import Event
from domain.engine.matter import BLANK, Matter, apply
from domain.engine.parts import Doer
from domain.engine.rulebook import Certificate, FeeStandard, Rulebook
from domain.powers import Guide, Material, PowerContent
from domain.procedure_files import load_procedures
from domain.procedures import Procedure
from domain.profiles import load_profiles

BODY = "320300001"
CALENDAR = Calendar(published_years())
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Xuzhou, a Monday without holidays near."""

VIOLATION = "擅自占用道路"


def sha(text: str) -> str:
    return (text.encode().hex() + "0" * 64)[:64]


def item(category: str = "licence", **more: Any) -> PowerContent:
    fields: dict[str, Any] = {
        "scheme": "hubei-16",
        "code": "320300001XK00100" if category == "licence" else "320300001CF00100",
        "name": "测试事项",
        "category": category,
        "body": BODY,
    }
    if category == "licence":
        fields["guide"] = Guide(materials=(Material(name="申请表"), Material(name="照片", required=False)))
    else:
        fields["benchmarks"] = (benchmark(),)
    return PowerContent(**(fields | more))


def benchmark() -> DiscretionBenchmark:
    often = CountCondition(kind="count", fact="一年内受到处罚的次数", at_least=1)
    return DiscretionBenchmark(
        violation=VIOLATION,
        basis="某条例第十条",
        range=FineRange(lowest=Decimal(500), highest=Decimal(5000)),
        tiers=(
            DiscretionTier(name="较轻", fine=FineRange(lowest=Decimal(500), highest=Decimal(1500)), measure="罚款"),
            DiscretionTier(
                name="较重",
                conditions=(often,),
                fine=FineRange(lowest=Decimal(1500), highest=Decimal(5000)),
                measure="罚款",
            ),
        ),
    )


@cache
def procedure(name: str, profile: str = "demo-city") -> Procedure:
    return load_procedures(load_profiles()[profile])[name]


def certificate(officer: str, **more: Any) -> Certificate:
    fields: dict[str, Any] = {
        "officer": officer,
        "number": f"证{officer}",
        "body": BODY,
        "valid_from": "2020-01-01",
        "valid_until": "2030-12-31",
    }
    return Certificate(**(fields | more))


def rulebook(name: str = "licence", **more: Any) -> Rulebook:
    kind = "penalty" if name.startswith("penalty") else "licence"
    fields: dict[str, Any] = {
        "procedure": procedure(name),
        "calendar": CALENDAR,
        "item": item(kind),
        "item_version": 1,
        "fees": (FeeStandard(name="工本费", most=Decimal(10), clause="行政许可法-59"),),
        "certificates": tuple(certificate(one) for one in ("inv1", "inv2")),
    }
    return Rulebook(**(fields | more))


class Run:
    """One matter under one rulebook; time goes on by itself a minute at each act."""

    def __init__(self, book: Rulebook, start: datetime = MONDAY) -> None:
        self.book, self.now = book, start
        self.matter: Matter = BLANK
        self.events: list[Event] = []
        self.number = 0

    def go(self, kind: str, who: str = "", /, **fields: Any) -> tuple[Event, ...]:
        """Do an act, as the official of the open step's post unless somebody is named, and keep its events."""
        self.number += 1
        act = ACT.validate_python({"kind": kind, "key": f"k{self.number}", "by": self.doer(who)} | fields)
        events = decide(self.matter, act, self.book, self.now)
        for event in events:
            self.matter = apply(self.matter, event)
        self.events += events
        self.now += timedelta(minutes=1)
        return events

    def doer(self, who: str) -> Doer:
        if who == "party":
            return Doer(kind="party", id="P1")
        if who == "time":
            return Doer(kind="system", id="time")
        visits = self.matter.open_visits
        step = self.book.procedure.step(visits[0].step) if visits else None
        post = step.post if step else ""
        body = (visits[0].body if visits else "") or BODY
        return Doer(kind="official", id=who or self.habit(post), body=body, post=post)

    def habit(self, post: str) -> str:
        return {"执法办案岗": "inv1"}.get(post, f"of{post}" if post else "clerk")

    def later(self, **span: int) -> None:
        self.now += timedelta(**span)

    @property
    def steps(self) -> list[str]:
        return [visit.step for visit in self.matter.open_visits]

    # -- whole ways ------------------------------------------------------------------------------------------------

    def opened(self, **fields: Any) -> "Run":
        materials = [{"name": "申请表", "digest": sha("a")}]
        self.go("open", "party", **({"matter": "M1", "body": BODY, "party": "P1", "materials": materials} | fields))
        return self

    def licence_at(self, step: str) -> "Run":
        """Bring a licence application to a step."""
        self.opened()
        ways: dict[str, tuple[str, dict[str, Any]]] = {
            "accept": ("accept", {}),
            "review": ("complete", {"opinion": {"verdict": "agree"}}),
            "verify": ("complete", {"opinion": {"verdict": "agree"}, "to": "decide"}),
            "decide": ("decide", {"outcome": {"result": "granted"}}),
            "serve": ("complete", {}),
        }
        while self.steps != [step]:
            here = self.steps[0]
            if here == "serve":
                self.deliver("decision")
            kind, fields = ways[here]
            self.go(kind, **fields)
        return self

    def deliver(self, document: str, **fields: Any) -> None:
        """Make a document and serve it."""
        self.go("record", documents=[{"code": document, "digest": sha(document)}])
        self.go("serve", document=document, method="direct", **fields)

    def penalty_at(self, step: str, amount: str = "1000", measures: tuple[str, ...] = ("fine",)) -> "Run":
        """Bring an ordinary penalty case to a step, with a fine that needs no hearing unless asked otherwise."""
        self.opened(materials=[])
        outcome = penalty(amount, measures)
        while self.steps != [step]:
            here = self.steps[0]
            if here == "notify":
                self.deliver("penalty_notice")
            if here == "hear":
                self.go("exercise", "party", right="statement", waive=True)
            if here == "serve":
                self.deliver("penalty_decision")
            kind, who, fields = self.penalty_step(here, outcome, amount)
            self.go(kind, who, **fields)
        return self

    def penalty_step(self, step: str, outcome: dict[str, Any], amount: str) -> tuple[str, str, dict[str, Any]]:
        """Return the act that ends a step, who does it and with what."""
        evidence = {
            "code": "evidence_taking",
            "digest": sha("v"),
            "began": self.now - timedelta(hours=1),
            "ended": self.now,
        }
        agree: dict[str, Any] = {"opinion": {"verdict": "agree"}}
        until = {"code": "statement_until", "day": "2026-03-10"}
        receipt = {"number": "B1", "amount": amount, "paid_on": "2026-03-02"}
        report = paper("investigation_report")
        ways: dict[str, tuple[str, str, dict[str, Any]]] = {
            "source": ("complete", "clue", {}),
            "file": ("accept", "", {"documents": [paper("filing_approval")]}),
            "investigate": ("complete", "", {"officers": ["inv2"], "documents": [report], "recordings": [evidence]}),
            "discuss_first": ("complete", "", {"proposal": outcome, "to": "notify"} | agree),
            "notify": ("complete", "", {"officers": ["inv2"], "facts": [until]}),
            "hear": ("complete", "", agree),
            "discuss_second": ("complete", "", {"to": "decide"} | agree),
            "decide": ("decide", "", {"outcome": outcome}),
            "serve": ("complete", "", {}),
            "execute": ("complete", "", {"receipts": [receipt]}),
        }
        return ways[step]


def paper(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "digest": sha(code)} | more


def penalty(amount: str = "1000", measures: tuple[str, ...] = ("fine",), **fine: Any) -> dict[str, Any]:
    fines = [{"violation": VIOLATION, "tier": "较轻", "amount": amount} | fine] if "fine" in measures else []
    return {"result": "penalty", "reasons": "事实清楚、证据确凿", "measures": measures, "fines": fines}
