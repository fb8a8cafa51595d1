"""Where matters and their events live, and who may see which: officials of their bodies, and who supervises them."""

from typing import Final

from domain.access import Permission
from resolvers.reading.declarations import Column, Entity, Filter, Order, Registry, Relation
from resolvers.reading.guards import permission_guard

GUARD: Final = permission_guard(Permission.MATTER_READ, bodies="{m}.bodies", government="{m}.government_id")
ITS_BODY: Final = " JOIN body {b} ON {b}.code = {m}.body_code"

# The state names steps by their keys and officials by their accounts; whoever reads it wants the names. Each of these
# is one object with one list, so that a list is read as every other part of a document is.
_STEP_NAME: Final = (
    "SELECT s.d ->> 'name' FROM procedure_version p, jsonb_array_elements(p.document -> 'steps') s(d)"
    " WHERE p.id = {m}.procedure_id AND s.d ->> 'key' ="
)
_VISITS: Final = (
    "jsonb_build_object('visits', coalesce((SELECT jsonb_agg(v.d || jsonb_build_object('name', coalesce("
    f"({_STEP_NAME} v.d ->> 'step' LIMIT 1), v.d ->> 'step')) ORDER BY v.n)"
    " FROM jsonb_array_elements({m}.state -> 'visits') WITH ORDINALITY v(d, n)), jsonb_build_array()))"
)
_OPINIONS: Final = (
    "jsonb_build_object('opinions', coalesce((SELECT jsonb_agg(o.d || jsonb_build_object('name', coalesce("
    f"({_STEP_NAME} o.d ->> 'step' LIMIT 1), ''), 'by_name', coalesce((SELECT e.actor_name FROM event e"
    " WHERE e.stream = 'matter:' || {m}.id::text AND e.seq = (o.d ->> 'seq')::int), '')) ORDER BY o.n)"
    " FROM jsonb_array_elements({m}.state -> 'opinions') WITH ORDINALITY o(d, n)), jsonb_build_array()))"
)
_FACTS: Final = (
    "jsonb_build_object('facts', coalesce((SELECT jsonb_agg(f.value ORDER BY f.key COLLATE \"C\")"
    " FROM jsonb_each({m}.state -> 'facts') f), jsonb_build_array()))"
)

# A stay is one visit of a step from entering to leaving, in civil days; the value holds the step's name and more than how many.
_STAYED: Final = (
    "EXISTS (SELECT FROM jsonb_array_elements({m}.state -> 'visits') v(d) WHERE v.d ->> 'left' IS NOT NULL"
    " AND extract(epoch FROM (v.d ->> 'left')::timestamptz - (v.d ->> 'entered')::timestamptz) / 86400 > (:value)[2]::numeric"
    f" AND coalesce(({_STEP_NAME} v.d ->> 'step' LIMIT 1), v.d ->> 'step') = (:value)[1])"
)
# 002-4.3.3: cases with a finding, opened from alerts of a body (the first value) since a moment (the second).
_FOUND_OF: Final = (
    "{m}.state -> 'outcome' ->> 'result' IN ('established', 'partly') AND EXISTS (SELECT FROM alert x WHERE x.case_id = {m}.id"
    " AND x.body_code = (:value)[1] AND x.opened_at >= (:value)[2]::timestamptz AND NOT x.trial"
    " AND x.lift_ground NOT IN ('unfounded', 'objective'))"
)

MATTER: Final = Entity(
    name="matter",
    source=f"matter {{m}}{ITS_BODY}",
    key="id",
    unique=(("number",),),
    guard=GUARD,
    columns={
        "id": Column("{m}.id", "bigint"),
        "number": Column("{m}.number"),
        "stream": Column("'matter:' || {m}.id::text"),
        "kind": Column("{m}.kind"),
        "government_id": Column("{m}.government_id", "bigint"),
        "body_code": Column("{m}.body_code"),
        "body_name": Column("{b}.name"),
        "bodies": Column("{m}.bodies", "text[]"),
        "item_code": Column("{m}.item_code"),
        "item_version_id": Column("{m}.item_version_id", "bigint", nullable=True),
        "procedure_id": Column("{m}.procedure_id", "bigint"),
        "title": Column("{m}.title"),
        "category": Column("{m}.category"),
        "phase": Column("{m}.phase"),
        "ending": Column("{m}.ending"),
        "steps": Column("{m}.steps", "text[]"),
        "step_names": Column("{m}.step_names", "text[]"),
        "posts": Column("{m}.posts", "text[]"),
        "assignees": Column("{m}.assignees", "text[]"),
        "due_on": Column("{m}.due_on", "date", nullable=True),
        "due_rank": Column("{m}.due_rank", "date"),
        "due_name": Column("{m}.due_name"),
        "due_provisional": Column("{m}.due_provisional", "boolean"),
        "paused": Column("{m}.paused", "boolean"),
        "opened_at": Column("{m}.opened_at", "timestamptz"),
        "accepted_at": Column("{m}.accepted_at", "timestamptz", nullable=True),
        "decided_at": Column("{m}.decided_at", "timestamptz", nullable=True),
        "closed_at": Column("{m}.closed_at", "timestamptz", nullable=True),
        "changed_at": Column("{m}.changed_at", "timestamptz"),
        "party": Column("{m}.party"),
        "party_kind": Column("{m}.party_kind"),
        "origin": Column("{m}.origin"),
        "seq": Column("{m}.seq", "integer"),
        "state": Column("{m}.state", "jsonb"),
        "visits": Column(_VISITS, "jsonb"),
        "opinions": Column(_OPINIONS, "jsonb"),
        "facts": Column(_FACTS, "jsonb"),
    },
    filters={
        "id": Filter("{m}.id = :value", "bigint", ("id",)),
        "exactly": Filter("{m}.number = :value", columns=("number",)),
        # Title and number only: nothing of a party can be found here.
        "search": Filter("strpos({m}.title_key, lower(:value)) > 0", columns=("title",), skewed=True),
        "items": Filter("{m}.item_code = ANY(:value)", "text[]", ("item_code",), skewed=True),
        "number": Filter("starts_with({m}.number, upper(:value))", columns=("number",), skewed=True),
        "bodies": Filter("{m}.bodies && :value", "text[]", ("bodies",), skewed=True),
        "principal": Filter("{m}.body_code = ANY(:value)", "text[]", ("body_code",), skewed=True),
        "opened_from": Filter("{m}.opened_at >= :value", "timestamptz", ("opened_at",), skewed=True),
        "opened_before": Filter("{m}.opened_at < :value", "timestamptz", ("opened_at",), skewed=True),
        "stayed": Filter(_STAYED, "text[]", ("state", "procedure_id"), skewed=True),
        "follows": Filter(
            "{m}.kind = 'supervision_case' AND {m}.origin = :value", columns=("kind", "origin"), skewed=True
        ),
        "found_of": Filter(_FOUND_OF, "text[]", ("state",), skewed=True),
        "assignee": Filter("{m}.assignees @> ARRAY[:value]", columns=("assignees",), skewed=True),
        "step": Filter("{m}.steps @> ARRAY[:value]", columns=("steps",), skewed=True),
        "mine": Filter(
            "(cardinality({m}.posts) = 0 OR {m}.posts && :value)"
            " AND (cardinality({m}.assignees) = 0 OR {m}.assignees && :value)",
            "text[]",
            ("posts", "assignees"),
            skewed=True,
        ),
        "party": Filter("{m}.party = :value", columns=("party",), skewed=True),
        "item": Filter("{m}.item_code = :value", columns=("item_code",), skewed=True),
        "phase": Filter("{m}.phase = ANY(:value)", "text[]", ("phase",), skewed=True),
        "kind_is": Filter("{m}.kind = :value", columns=("kind",)),
        "kind": Filter("{m}.kind = ANY(:value)", "text[]", ("kind",), skewed=True),
        "category": Filter("{m}.category = ANY(:value)", "text[]", ("category",), skewed=True),
        "due_before": Filter("{m}.due_on < :value", "date", ("due_on",), skewed=True),
        "overdue": Filter(
            "({m}.due_on < :today AND NOT {m}.due_provisional) = :value", "boolean", ("due_on",), skewed=True
        ),
    },
    orders={
        "due": Order(("due_rank", "id")),
        "opened": Order(("opened_at", "id"), descending=True),
        "number": Order(("number",)),
    },
    # Lists are planned for their actor: of what a guard leaves to nobody there is then nothing to walk through. One matter
    # is found by a key, for any actor by one plan.
    scopes={"open": "{m}.phase IN ('received', 'running')", "all": "true", "one": "true"},
    skewed_scopes=frozenset({"open", "all"}),
    relations={"events": Relation("connection", "matter_event", "id", "matter_id", "told")},
    dispensable={"b": ITS_BODY},
)

ITS_MATTER: Final = (
    " JOIN matter {m} ON {m}.id = CASE WHEN starts_with({e}.stream, 'matter:') THEN substr({e}.stream, 8)::bigint END"
)

MATTER_EVENT: Final = Entity(
    name="matter_event",
    # From an event to its matter by the key, from a matter to its events by the stream: each way has its index.
    source=f"event {{e}}{ITS_MATTER}",
    key="id",
    guard=GUARD,
    columns={
        "id": Column("{e}.id", "bigint"),
        "stream": Column("{e}.stream"),
        "matter_id": Column("{m}.id", "bigint"),
        "number": Column("{m}.number"),
        "seq": Column("{e}.seq", "integer"),
        "kind": Column("{e}.kind"),
        "actor_name": Column("{e}.actor_name"),
        "body_code": Column("{e}.body_code"),
        "at": Column("{e}.at", "timestamptz"),
        "body": Column("{e}.body"),
        "act": Column("{e}.body::jsonb -> 'act'", "jsonb"),
        "act_kind": Column("substr({e}.kind, 8)"),
        "doer": Column("{e}.body::jsonb -> 'act' -> 'by' ->> 'kind'"),
        # What a machine did has a kind and no name.
        "doer_name": Column(
            "CASE WHEN {e}.body::jsonb -> 'act' -> 'by' ->> 'kind' = 'official' THEN {e}.actor_name ELSE '' END"
        ),
        "event_notes": Column("jsonb_build_object('notes', {e}.body::jsonb -> 'notes')", "jsonb"),
    },
    filters={
        "matter": Filter("{e}.stream = 'matter:' || :value::text AND {m}.id = :value", "bigint", ("matter_id",)),
        "after": Filter("{e}.id > :value", "bigint", ("id",)),
        "bodies": Filter("{m}.bodies && :value", "text[]", skewed=True),
    },
    orders={"told": Order(("seq", "id")), "latest": Order(("id",), descending=True), "arrived": Order(("id",))},
    unchanging=True,
)

# The same events by their places in the log, which are given after the commit: nothing is missed by reading on from one.
MATTER_NEWS: Final = Entity(
    name="matter_news",
    source=f"log_leaf {{l}} JOIN event {{e}} ON {{e}}.id = {{l}}.event_id{ITS_MATTER}",
    key="id",
    unique=(("place",),),
    guard=GUARD,
    columns={**MATTER_EVENT.columns, "place": Column("{l}.place", "bigint")},
    filters={
        "from": Filter("{l}.place >= :value", "bigint", ("place",)),
        "below": Filter("{l}.place < :value", "bigint", ("place",)),
        "bodies": Filter("{m}.bodies && :value", "text[]", skewed=True),
    },
    orders={"place": Order(("place",))},
    unchanging=True,
)

MATTERS: Final = Registry((MATTER, MATTER_EVENT, MATTER_NEWS))
