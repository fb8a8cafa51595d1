"""A small reference model of a licence matter, written from the law and not from the engine.

It knows nothing of procedures, events or clocks: the ways are written out by hand, and days are counted one by one
with a calendar that is not ours. It says of an act whether it may be, and what the matter is afterwards.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import chinese_calendar

WAYS = {
    "accept": {"review"},
    "review": {"verify"},
    "verify": {"legality", "decide"},
    "legality": {"decide"},
    "decide": {"serve"},
    "serve": {"close"},
}
BACK = {"verify": {"review"}, "legality": {"review"}, "decide": {"review", "verify", "legality"}}
NEEDS_OPINION = {"review", "verify", "legality"}
POSTS = {
    "accept": "窗口受理岗",
    "review": "材料审查岗",
    "verify": "业务审核岗",
    "legality": "法制审核岗",
    "decide": "分管负责人岗",
    "serve": "制证送达岗",
    "close": "制证送达岗",
}
PAUSES = {"hearing", "tender", "auction", "appraisal", "expert_review"}
MOVING = {"accept", "refuse_acceptance", "ask_supplement", "complete", "return", "decide", "close"}
CHINA = timezone(timedelta(hours=8))


def day_of(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


@cache
def is_workday(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


def workdays_after(start: date, count: int, skipped: Any = lambda day: False) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_workday(day) and not skipped(day)
    return day


@dataclass
class Pause:
    ground: str
    since: date
    last: date
    open: bool = True


@dataclass
class LicenceModel:
    """What a licence matter is, told in the simplest words."""

    phase: str = "blank"
    step: str = ""
    seq: int = 0
    materials: bool = False
    materials_day: date = date.min
    asked: bool = False
    waiting: bool = False
    accepted: date = date.min
    decided: bool = False
    extended: int = 0
    opinion: bool = False
    paper: bool = False
    served: bool = False
    pauses: list[Pause] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    insiders: set[str] = field(default_factory=set)
    ending: str = ""

    def after(self, act: dict[str, Any], now: datetime) -> "LicenceModel | None":
        """Return the matter after an act, or None if the act may not be."""
        new = replace(
            self, pauses=[replace(one) for one in self.pauses], done=set(self.done), insiders=set(self.insiders)
        )
        new.time_passes(now)
        if not new.may(act, now):
            return None
        new.do(act, now)
        new.seq += 1
        return new

    # 行政许可法-32(1)(4), -45: silence accepts; a pause ends with the time that was told.
    def time_passes(self, now: datetime) -> None:
        today = day_of(now)
        if self.phase == "received" and not self.waiting and today > workdays_after(self.materials_day, 5):
            self.phase, self.step, self.accepted = "running", "review", self.materials_day
            self.opinion = False
            self.seq += 1
        if self.phase == "running":
            for pause in self.pauses:
                if pause.open and today > pause.last:
                    pause.open = False
                    self.seq += 1

    def may(self, act: dict[str, Any], now: datetime) -> bool:
        kind = act["kind"]
        if kind in MOVING and any(pause.open for pause in self.pauses):
            return False
        return bool(getattr(self, f"may_{kind}")(act, now))

    def in_charge(self, act: dict[str, Any]) -> bool:
        return self.of_body(act) and bool(act["by"]["post"] == POSTS.get(self.step, act["by"]["post"]))

    def of_body(self, act: dict[str, Any]) -> bool:
        return bool(act["by"]["kind"] == "official" and act["by"]["body"] == "320300001")

    def may_open(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase == "blank"

    def may_accept(self, act: dict[str, Any], now: datetime) -> bool:
        complete = self.materials or bool(act.get("materials"))
        return self.phase == "received" and not self.waiting and complete and self.in_charge(act)

    def may_refuse_acceptance(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase == "received" and act["ground"] != "mood" and self.in_charge(act)

    def may_ask_supplement(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase == "received" and not self.asked and self.in_charge(act)

    def may_supplement(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase == "received" and self.waiting

    def may_record(self, act: dict[str, Any], now: datetime) -> bool:
        if self.phase in ("received", "running"):
            return self.in_charge(act)
        return self.phase == "closed" and self.of_body(act)

    def may_complete(self, act: dict[str, Any], now: datetime) -> bool:
        if self.phase != "running" or self.step in ("decide", "close") or not self.in_charge(act):
            return False
        if self.step in NEEDS_OPINION and not (self.opinion or act.get("opinion")):
            return False
        if self.step == "serve" and not self.served:
            return False
        return act["to"] in WAYS[self.step] or (not act["to"] and len(WAYS[self.step]) == 1)

    def may_return(self, act: dict[str, Any], now: datetime) -> bool:
        allowed = BACK.get(self.step, set()) & self.done
        return self.phase == "running" and not self.decided and self.in_charge(act) and act["to"] in allowed

    # R16: who accepted or examined does not decide; 003-31(4): a refusal states its reasons.
    def may_decide(self, act: dict[str, Any], now: datetime) -> bool:
        outcome = act["outcome"]
        reasoned = outcome["result"] == "granted" or bool(outcome.get("reasons"))
        here = self.phase == "running" and self.step == "decide" and self.in_charge(act)
        return here and reasoned and act["by"]["id"] not in self.insiders

    def may_serve(self, act: dict[str, Any], now: datetime) -> bool:
        if not self.paper:
            return False
        return self.in_charge(act) if self.phase == "running" else self.phase == "closed" and self.of_body(act)

    def may_suspend(self, act: dict[str, Any], now: datetime) -> bool:
        again = any(pause.open and pause.ground == act["ground"] for pause in self.pauses)
        told = "told" in act and "told_by" in act
        return self.phase == "running" and self.in_charge(act) and act["ground"] in PAUSES and not again and told

    def may_resume(self, act: dict[str, Any], now: datetime) -> bool:
        stands = any(pause.open and pause.ground == act["ground"] for pause in self.pauses)
        return self.phase == "running" and self.in_charge(act) and stands

    # 行政许可法-42(1): once, ten days at most, by the head of the organ, while the twenty days run.
    def may_extend(self, act: dict[str, Any], now: datetime) -> bool:
        if self.phase != "running" or self.decided or self.extended or not self.in_charge(act):
            return False
        approval = act["approval"]
        lawful = approval["role"] == "organ_head" and approval["by"] != act["by"]["id"] and act["value"] <= 10
        return lawful and act["limit"] == "decide" and day_of(now) <= self.due()

    def due(self) -> date:
        """The last day of the twenty (thirty) days, paused days not counted; far away while it stands still."""

        def paused(day: date) -> bool:
            return any(pause.since < day <= pause.last for pause in self.pauses)

        return workdays_after(self.accepted, 20 + self.extended, paused)

    def may_withdraw(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase in ("received", "running") and not self.decided and act["by"]["id"] == "P1"

    def may_terminate(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase == "running" and self.in_charge(act) and act["ground"] == "party_gone" and not self.decided

    def may_transfer(self, act: dict[str, Any], now: datetime) -> bool:
        lawful = act["ground"] == "not_competent" and not self.decided
        return self.phase in ("received", "running") and self.in_charge(act) and lawful

    def may_merge(self, act: dict[str, Any], now: datetime) -> bool:
        return False  # only penalty cases are joined (003-30)

    def may_close(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase == "running" and self.step == "close" and self.decided and self.in_charge(act)

    def may_archive(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase == "closed" and self.of_body(act)

    def may_correct(self, act: dict[str, Any], now: datetime) -> bool:
        return self.phase != "blank" and self.of_body(act) and act["event"] <= self.seq

    def do(self, act: dict[str, Any], now: datetime) -> None:
        """Carry an act out that may be."""
        kind, today = act["kind"], day_of(now)
        if act["by"]["kind"] == "official" and self.step in ("accept", "review") and kind != "correct":
            self.insiders.add(act["by"]["id"])
        self.materials = self.materials or bool(act.get("materials"))
        self.paper = self.paper or bool(act.get("documents"))
        if kind == "open":
            self.phase, self.step, self.materials_day = "received", "accept", today
        elif kind == "accept":
            self.phase, self.accepted = "running", today
            self.go("review")
        elif kind == "ask_supplement":
            self.asked = self.waiting = True
        elif kind == "supplement":
            self.waiting, self.materials_day = False, today
        elif kind == "complete":
            self.go(act["to"] or min(WAYS[self.step]))
        elif kind == "return":
            self.step, self.opinion = act["to"], False
        elif kind == "decide":
            self.decided = True
            self.go("serve")
        else:
            self.do_other(act, today)

    def do_other(self, act: dict[str, Any], today: date) -> None:
        """Carry out what is not on the way."""
        endings = {
            "refuse_acceptance": "not_accepted",
            "withdraw": "withdrawn",
            "terminate": "terminated",
            "transfer": "transferred",
            "close": "finished",
        }
        kind = act["kind"]
        if kind in endings:
            self.phase, self.step, self.ending = "closed", "", endings[kind]
        elif kind == "archive":
            self.phase = "archived"
        elif kind == "serve":
            self.served = True
        elif kind == "extend":
            self.extended = act["value"]
        elif kind == "suspend":
            self.pauses.append(Pause(act["ground"], today, workdays_after(today, act["told"])))
        elif kind == "resume":
            for pause in self.pauses:
                if pause.open and pause.ground == act["ground"]:
                    pause.open, pause.last = False, min(pause.last, today)

    def go(self, to: str) -> None:
        self.done.add(self.step)
        self.step, self.opinion = to, False
