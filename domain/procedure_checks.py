"""The shape of a procedure: every step can be reached, every step can reach an end, and every fork has its join.

All faults are told as ValueError in English, for whoever writes a procedure; the file's reader adds file and key.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.procedure_parts import ProcedureStep, Way

Graph = Mapping[str, tuple[str, ...]]


def check_graph(steps: Sequence[ProcedureStep], ways: Sequence[Way]) -> None:
    """Refuse a procedure whose steps do not hang together; ValueError names the steps."""
    by_key = {step.key: step for step in steps}
    if len(by_key) != len(steps):
        raise ValueError("two steps have the same key")
    _refuse("ways name unknown steps", {end for way in ways for end in (way.source, way.target)} - set(by_key))
    if len({(way.source, way.target) for way in ways}) != len(ways):
        raise ValueError("a way is drawn twice between the same steps")
    onward: Graph = {key: tuple(w.target for w in ways if w.source == key and not w.back) for key in by_key}
    _check_ends(by_key, onward)
    _check_intake(steps, onward)
    _check_forks(by_key, onward)
    for way in ways:
        if way.back and way.source not in _reached(way.target, onward):
            raise ValueError(f"the return from {way.source} to {way.target} does not go back")


def _refuse(reason: str, keys: Iterable[str]) -> None:
    if found := sorted(set(keys)):
        raise ValueError(f"{reason}: {', '.join(found)}")


def _reached(start: str, graph: Graph, barred: frozenset[str] = frozenset()) -> set[str]:
    """Return the steps that can be reached from one, itself included, without entering a barred one."""
    found, frontier = {start}, [start]
    while frontier:
        fresh = set(graph[frontier.pop()]) - found - barred
        found |= fresh
        frontier.extend(fresh)
    return found


def _check_ends(by_key: Mapping[str, ProcedureStep], onward: Graph) -> None:
    start = next(iter(by_key))
    _refuse("steps that cannot be reached", set(by_key) - _reached(start, onward))
    ends = {key for key, step in by_key.items() if step.end}
    _refuse("ends that lead on", {key for key in ends if onward[key]})
    _refuse("steps that are a dead end", {key for key in by_key if not onward[key] and key not in ends})
    _refuse("steps from which no end is reached", {key for key in by_key if not _reached(key, onward) & ends})
    looping = {key for key in by_key for following in onward[key] if key in _reached(following, onward)}
    _refuse("steps that lead on in a circle (draw the way back as a return)", looping)


def _check_intake(steps: Sequence[ProcedureStep], onward: Graph) -> None:
    """Acceptance happens in one step, and nothing but the registration of the source goes before it."""
    intakes = [step.key for step in steps if step.function == "intake"]
    if len(intakes) != 1:
        raise ValueError(f"a procedure has exactly one step of the function intake, here: {', '.join(intakes) or '-'}")
    before = _reached(steps[0].key, onward, frozenset(intakes)) if steps[0].key != intakes[0] else set()
    _refuse(
        "steps that go past the acceptance",
        {step.key for step in steps if step.key in before and (step.function != "source" or step.end)},
    )
    _refuse("steps that fork before the acceptance", {s.key for s in steps if s.key in (*before, *intakes) and s.fork})


def _check_forks(by_key: Mapping[str, ProcedureStep], onward: Graph) -> None:
    """Every fork has exactly one join, every branch leads into it, and nothing jumps in or out in between."""
    joins = {step.join: step.key for step in by_key.values() if step.join}
    forks = {key for key, step in by_key.items() if step.fork}
    _refuse("joins of steps that do not fork", set(joins) - forks)
    _refuse("forks without a join", forks - set(joins))
    if len(joins) != sum(bool(step.join) for step in by_key.values()):
        raise ValueError("two steps join the same fork")
    _refuse("forks with fewer than two branches", {key for key in forks if len(onward[key]) < 2})
    several = {key for key, step in by_key.items() if step.each and len(onward[key]) > 1}
    _refuse("steps of several bodies with more than one way on", several)
    _refuse("ends that join", {key for key, step in by_key.items() if step.each and step.end})
    for fork in sorted(forks):
        _check_branches(fork, joins[fork], onward)


def _check_branches(fork: str, join: str, onward: Graph) -> None:
    if join in onward[fork]:
        raise ValueError(f"the fork {fork} leads straight into its join {join}")
    sources: dict[str, set[str]] = {}
    for key, targets in onward.items():
        for target in targets:
            sources.setdefault(target, set()).add(key)
    seen: set[str] = set()
    for head in onward[fork]:
        branch = _reached(head, onward, frozenset({join}))
        _refuse(f"steps in two branches of the fork {fork}", branch & seen)
        seen |= branch
        if any(not onward[key] for key in branch):
            raise ValueError(f"a branch of the fork {fork} does not lead into its join {join}")
    strangers = {key for key in seen for source in sources.get(key, ()) if source not in seen and source != fork}
    _refuse(f"steps of the fork {fork} that are entered from outside", strangers)
    _refuse(f"steps outside the fork {fork} that lead into its join", sources.get(join, set()) - seen)
