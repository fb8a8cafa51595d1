"""The engine: one pure core that every matter runs on (house rule: one procedure, one act, one event).

`acts` are what people and time do, `matter` is the state that folding `events` gives, `rulebook` is what a decision
rests upon, `deciding` is the one entrance: ``decide(matter, act, book, now) -> events``, or a refusal that names its
clause. `clocks` answers with receipts, `gates` are the conditions of steps. Nothing here reads, writes or asks the time.
"""
