"""A turn: one act upon one matter while it is being judged; it gathers the consequences and moves through the steps.

R1 (003-29): steps can be neither skipped nor reordered. R17 (003-11): branches and bodies work in parallel and meet at
the join. A turn lives for one decision only; what it has gathered becomes the event.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from domain.engine.acts import ACT_NAMES, Act
from domain.engine.acts_base import Bringing
from domain.engine.clocks import Deadline, deadline_of
from domain.engine.days import civil_day
from domain.engine.events import Arrived, Begun, Effect, Ending, Entered, Joined, Left, Marked, Note, Phased, Pinned
from domain.engine.gates import shut, uncertified
from domain.engine.matter import Matter, Visit
from domain.engine.needs import needs_gaps
from domain.engine.parts import Fact, Opinion
from domain.engine.refusals import (
    ActRefused,
    GatesShut,
    NoSuchWay,
    NotInThisStep,
    ReasonsMissing,
    UnknownThing,
    WrongPost,
)
from domain.engine.rulebook import Rulebook
from domain.engine.scenes import Scene
from domain.gate_names import GateName
from domain.procedure_parts import FUNCTION_NAMES, Function, Owned, ProcedureStep, Way

SEQUENCE = "003-29"
POSTS = "003-14"
APART = "002-4.2.1"
REASONS = "003-31(4)"


@dataclass
class Turn:
    """One act being judged."""

    matter: Matter
    act: Act
    book: Rulebook
    now: datetime
    effects: list[Effect] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    # -- where the act is done -------------------------------------------------------------------------------------

    def visit(self, *functions: Function) -> Visit:
        """Return the open visit that is meant, in a step of one of the functions; refused if there is none."""
        visits = self.matter.open_visits
        if self.act.visit is not None:
            visits = tuple(one for one in visits if one.number == self.act.visit)
        if functions:
            visits = tuple(one for one in visits if self.step(one).function in functions)
        if not visits:
            raise self.not_here(functions)
        if len(visits) > 1:
            names = "、".join(self.step(one).name for one in visits)
            raise NoSuchWay(f"现有多个环节并行办理：{names}", SEQUENCE, "请指明办理的是哪一个环节")
        return visits[0]

    def not_here(self, functions: tuple[Function, ...] = ()) -> ActRefused:
        """Return the refusal for an act that does not belong to where the matter is."""
        here = "、".join(self.step(one).name for one in self.matter.open_visits) or "无"
        wanted = "、".join(FUNCTION_NAMES[one] for one in functions)
        todo = f"“{ACT_NAMES[self.act.kind]}”只能在{wanted}环节办理" if wanted else "请按流程办理当前环节"
        return NotInThisStep(f"当前环节（{here}）不能{ACT_NAMES[self.act.kind]}", SEQUENCE, todo)

    def step(self, visit: Visit) -> ProcedureStep:
        """Return the step of a visit; refused if the procedure brought does not have it."""
        step = self.book.procedure.by_key.get(visit.step)
        if step is None:
            raise UnknownThing(f"办理流程中没有环节“{visit.step}”", SEQUENCE, "请使用受理时的流程版本")
        return step

    def scene(self, visit: Visit) -> Scene:
        """Return what gates look at."""
        return Scene(self.matter, self.act, self.step(visit), visit, self.book, self.now)

    @property
    def today(self) -> date:
        """The civil day of the act."""
        return civil_day(self.now)

    def limit(self, name: str) -> Deadline | None:
        """Return a running limit of the matter by its name; None if there is none."""
        return deadline_of(self.matter, self.book, name) if name else None

    # -- who acts --------------------------------------------------------------------------------------------------

    # 003-14: the internal flow goes down to the post; 004-12 and R16 are gates of the steps.
    def on_post(self, visit: Visit) -> None:
        """Refuse an act in a visit by anybody but the official of its body, post and assignment."""
        self.of_body(visit.body or self.matter.body)
        step, by = self.step(visit), self.act.by
        if step.post and by.post != step.post:
            raise WrongPost(f"“{step.name}”由{step.post}办理", POSTS, "请由该岗位人员办理")
        self.certified(visit, self.act.by.id)
        if visit.assignee and visit.assignee != by.id:
            raise WrongPost(
                f"“{step.name}”已分派给{self.book.name(visit.assignee)}", POSTS, "请由承办人办理或者重新分派"
            )

    # 004-11, 004-12: in an enforcement step nobody acts without a valid certificate, in whichever way.
    def certified(self, visit: Visit, *officers: str) -> None:
        """Refuse officers without a certificate valid on the day, where the step asks for one."""
        step = self.step(visit)
        if "certified_officers" not in self.book.procedure.gates_of(step):
            return
        gaps = tuple(uncertified(self.scene(visit), officers))
        if gaps:
            raise GatesShut(gaps[0].message, gaps[0].clause, gaps[0].remedy, gaps)

    # R17: in a joint handling the bodies do their own part; what concerns the whole is for the leading body.
    def in_charge(self) -> None:
        """Refuse an act upon the whole matter by anybody but the leading body's official on the post of an open step."""
        lead = self.matter.body
        self.of_body(lead)
        visits = [visit for visit in self.matter.open_visits if (visit.body or lead) == lead]
        refusals: list[ActRefused] = []
        for visit in visits:
            try:
                self.on_post(visit)
            except (WrongPost, GatesShut) as refused:
                refusals.append(refused)
        if visits and len(refusals) == len(visits):
            raise refusals[0]

    def of_body(self, body: str) -> None:
        """Refuse everybody but an official of the body."""
        if self.act.by.kind != "official" or self.act.by.body != body:
            raise WrongPost("只有承办机关的工作人员可以办理", POSTS, "请由承办机关办理")
        together = self.act.officers if isinstance(self.act, Bringing) else ()
        if named := sorted(self.book.barred.intersection((self.act.by.id, *together))):
            message = f"{self.book.name(named[0])}参与办理过被评价的办件，不能办理本件"
            raise WrongPost(message, APART, "请由没有参与办理的人员办理")

    # 003-40, 003-41, 003-49: what is asked, by when, and what is found is the bureau's to say; answers are the undertaking body's.
    def of_maker(self, rule: Owned) -> None:
        """Refuse an official of a body whose document or fact it is not."""
        by, matter = self.act.by, self.matter
        if by.kind == "official" and not rule.is_of(by.body, matter.body, matter.bodies):
            whose = "立案的机关" if rule.by == "own" else "承办的机关"
            raise WrongPost(f"“{rule.name}”由{whose}办理", rule.clause, "请由该机关办理")

    def of_party(self) -> None:
        """Refuse everybody but the party of this matter; who acts for it is for the caller to verify."""
        if self.act.by.kind != "party" or not self.matter.party or self.act.by.id != self.matter.party:
            raise WrongPost("只有本件的当事人可以办理", "003-31(1)", "请由当事人办理")

    def of_party_or_in_charge(self) -> None:
        """Refuse everybody but the party, or the official who records for it what it said or handed in."""
        if self.act.by.kind == "official":
            self.in_charge()
        else:
            self.of_party()

    def of_time(self) -> None:
        """Refuse everybody but the system."""
        if self.act.by.kind != "system":
            raise WrongPost(f"“{ACT_NAMES[self.act.kind]}”由系统依期限自动记录", "003-32(4)", "无需人工办理")

    # -- what the act brings ---------------------------------------------------------------------------------------

    def check_brought(self) -> None:
        """Take up what the act brings: refuse documents, recordings and facts that the procedure does not know, and bare negative opinions."""
        act, procedure = self.act, self.book.procedure
        if not isinstance(act, Bringing):
            return
        if act.by.kind == "party":
            self._check_party_brings(act)
        for document in act.documents:
            if document.code not in procedure.documents:
                raise UnknownThing(f"本流程没有名为“{document.code}”的文书", "003-31(5)", "请选用流程规定的文书")
            self.of_maker(procedure.documents[document.code])
            if mark := procedure.documents[document.code].made_marks:
                self.effects.append(Marked(name=mark, at=self.now))
        for recording in act.recordings:
            if recording.code not in procedure.recordings:
                raise UnknownThing(f"本流程没有名为“{recording.code}”的音像记录", "004-4", "请选用流程规定的记录")
            if recording.ended > self.now:
                raise UnknownThing("音像记录的结束时间晚于登记时间", "004-4", "请核对记录时间")
        for fact in act.facts:
            self._check_fact(fact)
        self._check_receipts(act)
        self.check_opinion(act.opinion)

    # R15: each receipt of the bank counts once.
    def _check_receipts(self, act: Bringing) -> None:
        numbers = [one.number for one in (*self.matter.receipts, *act.receipts)]
        if act.receipts and len(set(numbers)) != len(numbers):
            raise UnknownThing("银行回执的编号重复", "行政处罚法-67(3)", "请核对回执编号")
        if any(one.paid_on > self.today for one in act.receipts):
            raise UnknownThing("银行回执的日期晚于今天", "行政处罚法-67(3)", "请核对缴款日期")

    # 003-26(2), 003-36(3): what comes from outside is material, never a document or a finding of the organ.
    def _check_party_brings(self, act: Bringing) -> None:
        own = act.documents or act.recordings or act.receipts or act.opinion or act.officers
        facts = act.facts and (self.book.procedure.kind != "case" or self.matter.phase == "running")
        if own or facts or any(one.by != "party" for one in act.materials):
            raise WrongPost("当事人只能提交材料和填写申请信息", "003-31(3)", "请改为提交材料")

    def _check_fact(self, fact: Fact) -> None:
        rule = self.book.procedure.facts.get(fact.code)
        if rule is not None:
            self.of_maker(rule)
        if rule is not None and fact.type != rule.type:
            raise UnknownThing(f"“{rule.name}”的数据类型不符", rule.clause, "请按规定的类型填写")

    def check_opinion(self, opinion: Opinion | None) -> None:
        """Refuse a negative opinion without reasons (003-31(4))."""
        if opinion is not None and opinion.verdict == "disagree" and not opinion.reasons:
            raise ReasonsMissing("否定意见没有说明理由", REASONS, "请填写理由")

    # -- what is missing -------------------------------------------------------------------------------------------

    def pass_gates(self, visit: Visit, more: tuple[GateName, ...] = ()) -> None:
        """Refuse to leave a visit while anything it needs is missing; everything is told at once."""
        scene = self.scene(visit)
        gates = tuple(dict.fromkeys((*self.book.procedure.gates_of(scene.step), *more)))
        gaps = (*needs_gaps(scene), *shut(scene, gates))
        if gaps:
            words = "；".join(gap.message for gap in gaps)
            todo = "；".join(dict.fromkeys(gap.remedy for gap in gaps if gap.remedy))
            raise GatesShut(f"“{scene.step.name}”还不能办结：{words}", gaps[0].clause, todo, gaps)

    # -- moving ----------------------------------------------------------------------------------------------------

    def way(self, visit: Visit, to: str) -> tuple[Way, ...]:
        """Return the ways that are taken from a visit: all of a fork, else the chosen or the only one."""
        step = self.step(visit)
        ways = self.book.procedure.forward(step.key)
        if step.fork or not ways:
            chosen: tuple[Way, ...] = ways if not to else ()
        else:
            chosen = tuple(way for way in ways if way.target == to) if to else ways
        if (ways and not chosen) or (not ways and to):
            raise NoSuchWay(f"“{step.name}”之后没有通往“{to}”的流转", SEQUENCE, "请按流程规定的流转办理")
        if len(chosen) > 1 and not step.fork:
            names = "、".join(self.book.procedure.step(way.target).name for way in chosen)
            raise NoSuchWay(f"“{step.name}”之后有多个去向：{names}", SEQUENCE, "请选择下一环节")
        return chosen

    def forward(self, visit: Visit, ways: tuple[Way, ...]) -> None:
        """Leave a visit and enter what follows: branches of a fork, a join when all have come, or the next step."""
        step, splits = self.step(visit), visit.splits
        target = ways[0].target if len(ways) == 1 else ""
        self.effects.append(Left(visit=visit.number, how="completed", to=target))
        self.effects.extend(Marked(name=mark, at=self.now) for mark in self.book.procedure.marks_of(step))
        if step.each and visit.body:
            group = splits[-1]
            if any(one.splits == splits and one.number != visit.number for one in self.matter.open_visits):
                return
            self.effects.append(Joined(split=group))
            splits = splits[:-1]
        if step.fork:
            split = self._new_split()
            for way in ways:
                self._enter(way.target, (*splits, split))
        elif ways:
            self._go(ways[0].target, splits)

    def _go(self, target: str, splits: tuple[int, ...]) -> None:
        fork = self.book.procedure.step(target).join
        if not fork:
            self._enter(target, splits)
            return
        arrived = sum(one.split == splits[-1] for one in self.matter.waiting) + 1
        if arrived < len(self.book.procedure.forward(fork)):
            self.effects.append(Arrived(split=splits[-1], at=target))
            return
        self.effects.append(Joined(split=splits[-1]))
        self._enter(target, splits[:-1])

    def _enter(self, target: str, splits: tuple[int, ...]) -> None:
        """Enter a step; one that several bodies do is entered once by each of them."""
        step, bodies = self.book.procedure.step(target), self.matter.bodies
        if step.each == "other":
            bodies = tuple(body for body in bodies if body != self.matter.body)
        if step.each and len(bodies) > (0 if step.each == "other" else 1):
            splits = (*splits, self._new_split())
            for body in bodies:
                self._append_entered(target, splits, body)
        else:
            self._append_entered(target, splits, "")

    def _append_entered(self, target: str, splits: tuple[int, ...], body: str) -> None:
        number = len(self.matter.visits) + sum(isinstance(one, Entered) for one in self.effects) + 1
        self.effects.append(Entered(visit=number, step=target, splits=splits, body=body))

    def _new_split(self) -> int:
        made = [one.splits[-1] for one in self.effects if isinstance(one, Entered) and one.splits]
        return max((self.matter.splits, *made)) + 1

    def back(self, visit: Visit, earlier: Visit) -> None:
        """Return to an earlier visit's step: it is visited anew, and branches that began after it are taken back."""
        depth, ended = len(earlier.home), set(visit.splits[len(earlier.home) :])
        for one in self.matter.open_visits:
            within = one.splits[:depth] == earlier.home and len(one.splits) > depth
            if one.number == visit.number:
                self.effects.append(Left(visit=one.number, how="returned", to=earlier.step))
            elif within and one.splits[: depth + 1] == visit.splits[: depth + 1]:
                self.effects.append(Left(visit=one.number, how="cancelled", to=earlier.step))
                ended |= set(one.splits[depth:])
        self.effects.extend(Joined(split=split) for split in sorted(ended))
        self._enter(earlier.step, earlier.home)

    # -- ending ----------------------------------------------------------------------------------------------------

    def end(self, ending: Ending, how: Literal["completed", "cancelled"] = "cancelled") -> None:
        """End the matter: every open visit is left, waiting branches are given up."""
        self.effects.extend(Left(visit=one.number, how=how) for one in self.matter.open_visits)
        self.effects.extend(Joined(split=split) for split in sorted({one.split for one in self.matter.waiting}))
        self.effects += [Marked(name="closed", at=self.now), Phased(phase="closed", ending=ending)]

    def begin(self) -> None:
        """The matter begins in the first step of the procedure."""
        procedure = self.book.procedure
        self.effects.append(Begun(matter_kind=procedure.kind, procedure=procedure.id, version=procedure.version))
        self._append_entered(procedure.start.key, (), "")

    def accepted(self, at: datetime) -> None:
        """The matter is accepted at a moment: the clock starts, the rulebook is fixed (R1)."""
        self.effects += [
            Marked(name="accepted", at=at),
            Phased(phase="running"),
            Pinned(pins=self.book.pins),
        ]
