"""Flows: the external flow chart, the internal flow down to the post, and the risk points on it.

A flow is the shape that every procedure of the house shares: steps with posts, duties and limits, joined by
transitions. The same value is drawn on the item page and will be run by the engine.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from domain.values import Value

LimitUnit = Literal["workday", "day", "month", "year", "hour", "immediate"]


class Limit(Value):
    """A time limit: how much, in what unit, counted from which event, by which clause."""

    value: int = Field(0, ge=0, le=9999, title="期限", description="How many units; 0 only for an immediate act.")
    unit: LimitUnit = Field("workday", title="单位", description="The unit in which the limit is counted.")
    start: str = Field("accepted", title="起算", description="Code of the event from which the limit is counted.")
    clause: str = Field("", title="依据", description="The clause that sets the limit; empty for a mere promise.")
    note: str = Field("", title="说明", description="What is not counted, or how the limit may be extended.")

    @model_validator(mode="after")
    def _value_fits_unit(self) -> Self:
        if (self.value == 0) != (self.unit == "immediate"):
            raise ValueError("a limit of 0 goes with the unit 'immediate', and only with it")
        return self


class Step(Value):
    """One step of a flow: who does what, within what time (003-14: post name, duty, time limit)."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", title="环节标识", description="Short name, unique in its flow.")
    name: str = Field(min_length=1, title="环节", description="Name of the step as published.")
    unit: str = Field("", title="承办机构", description="The unit that carries the step out.")
    post: str = Field("", title="岗位", description="The post that carries the step out.")
    duty: str = Field("", title="工作职责", description="What the post has to do in this step.")
    limit: Limit | None = Field(None, title="办理时限", description="The step's own limit, if it has one.")
    requirements: tuple[str, ...] = Field((), title="办理要求", description="What the step asks for.")


class Transition(Value):
    """A way from one step to the next, with the condition under which it is taken."""

    source: str = Field(title="自", description="Key of the step that is left.")
    target: str = Field(title="至", description="Key of the step that is entered.")
    condition: str = Field("", title="条件", description="When this way is taken; empty: always.")


class Flow(Value):
    """A flow chart: steps and transitions; without transitions the steps follow one another as listed."""

    name: str = Field("", title="流程名称", description="Name of the chart.")
    steps: tuple[Step, ...] = Field(min_length=1, title="环节", description="The steps, in reading order.")
    transitions: tuple[Transition, ...] = Field((), title="流转", description="The ways between steps.")

    @model_validator(mode="after")
    def _is_connected(self) -> Self:
        keys = [step.key for step in self.steps]
        if len(set(keys)) != len(keys):
            raise ValueError("two steps of one flow have the same key")
        unknown = {end for way in self.transitions for end in (way.source, way.target)} - set(keys)
        if unknown:
            raise ValueError(f"transitions name unknown steps: {', '.join(sorted(unknown))}")
        reached, frontier = {keys[0]}, [keys[0]]
        ways = self.ways()
        while frontier:
            here = frontier.pop()
            fresh = {way.target for way in ways if way.source == here} - reached
            reached |= fresh
            frontier.extend(fresh)
        if lost := [key for key in keys if key not in reached]:
            raise ValueError(f"steps that cannot be reached: {', '.join(lost)}")
        return self

    def ways(self) -> tuple[Transition, ...]:
        """Return the transitions, or the implied straight line when none is written."""
        if self.transitions:
            return self.transitions
        pairs = zip(self.steps, self.steps[1:], strict=False)
        return tuple(Transition(source=left.key, target=right.key) for left, right in pairs)


# 000-8: the risk chart names risk points, their grade and the measures for every step.
class RiskPoint(Value):
    """An integrity-risk point on a step, its grade and what is done to prevent it."""

    step: str = Field(title="环节标识", description="Key of the step on which the risk lies.")
    risk: str = Field(min_length=1, title="风险点", description="What could go wrong.")
    grade: Literal["high", "medium", "low"] = Field(title="风险等级", description="Grade of the risk.")
    measures: tuple[str, ...] = Field(min_length=1, title="防控措施", description="What prevents it.")
    post: str = Field("", title="责任岗位", description="The post answerable for the measures.")
