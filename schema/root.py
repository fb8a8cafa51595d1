"""The one root schema of the process: it composes what the other files declare, and declares nothing itself."""

from typing import Final

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types import ExecutionContext

from schema.acting import acts
from schema.acting_errors import HANDLERS
from schema.acting_openings import openings
from schema.assessments import AssessmentScore, list_scores, scores_listing
from schema.assessments_acting import assessing
from schema.benchmarks import DiscretionBenchmark, benchmarks_listing, list_benchmarks
from schema.bodies import (
    Body,
    Government,
    bodies_listing,
    body_listing,
    governments_listing,
    list_bodies,
    list_governments,
    one_body,
)
from schema.calendar import CalendarDay, Deadline
from schema.complaints import (
    Complaint,
    ComplaintFollow,
    complaint_follow,
    complaint_mutations,
    complaints_listing,
    list_complaints,
)
from schema.cost import PAGED, Cost, ListSize
from schema.facets import Facets, power_facets
from schema.fields import computed
from schema.inspections import Inspection, inspection_listing, inspections_listing, list_inspections, one_inspection
from schema.inspections_acting import inspecting
from schema.laws import Law, LegalBasis, bases_listing, laws_listing, list_bases, list_laws
from schema.library import (
    CALENDAR_SIZE,
    Library,
    about_library,
    calendar_days,
    count_deadline,
    list_categories,
    list_levels,
)
from schema.matters import Case, Matter, PenaltyCase, RatingReview, SupervisionCase
from schema.matters_limits import MatterCount, matter_counts
from schema.matters_lists import list_matters, matter_listing, matters_listing, one_matter
from schema.matters_news import Subscription
from schema.matters_status import MatterStatus, matter_status
from schema.node import Node
from schema.nodes import NODES_SIZE, many_nodes, node_listing, one_node
from schema.open_data import OPEN_CHANGES, OpenChanges, list_open_changes
from schema.operations import PreparedOperation, Runner
from schema.opinions import (
    OpinionAnswer,
    OpinionCall,
    answers_listing,
    list_opinion_answers,
    list_opinions,
    opinions_listing,
)
from schema.paging import Connection
from schema.powers import (
    PowerItem,
    compare_versions,
    item_listing,
    items_listing,
    list_items,
    list_versions,
    one_item,
    versions_listing,
)
from schema.profiles import Category, Level
from schema.ratings import RatingFigure, list_ratings, ratings_listing
from schema.reads import Reads
from schema.reports import (
    AnnualReport,
    Bulletin,
    MetricFigure,
    Notice,
    Report,
    annual_listing,
    bulletins_listing,
    list_annual_reports,
    list_bulletins,
    list_metrics,
    list_notices,
    list_reports,
    metrics_listing,
    notices_listing,
    reports_listing,
)
from schema.reports_acting import acts as report_acts
from schema.reports_values import MetricDefinition, metric_definitions
from schema.results import PublishedResult, list_results, results_listing
from schema.scalars import SCALARS
from schema.score_items import ScoreItem, list_score_items, proposing
from schema.score_items import items_listing as items_of_scores
from schema.score_objections import ScoreObjection, list_objections, objections_listing
from schema.supervision import (
    Alert,
    SupervisionRule,
    alerts_listing,
    cases_listing,
    list_alerts,
    list_cases,
    list_rules,
)
from schema.supervision_acting import supervising
from schema.supervision_board import BodyRiskGrade, SupervisionBoard, board, risk_grades
from schema.versions import FieldDifference, PowerVersion, changes_listing, list_changes


def _mutations() -> type:
    """Return the root of all mutations, made of their table."""
    fields = {
        one.name: one.field
        for one in (
            *openings(),
            *acts(),
            *supervising(),
            *inspecting(),
            *assessing(),
            *proposing(),
            *report_acts(),
            *complaint_mutations(),
        )
    }
    space = {**fields, "__doc__": "The root of all mutations.", "__annotations__": {}}
    words = "办理: acts on matters; each takes one `input` with an idempotency key, and says what was done or why not."
    return strawberry.type(type("Mutation", (), space), description=words)


Mutation: Final = _mutations()


@strawberry.type(
    description="查询: read only; what concerns running matters is seen by those who may see it, everything else by everybody."
)
class Query:
    """The root of all queries. A field without ``reads`` is no read of rows: what is above it says why."""

    power_items: Connection[PowerItem] = computed(PAGED, reads=Reads("page", items_listing))(list_items)
    power_item: PowerItem | None = computed(reads=Reads("one", item_listing))(one_item)
    # Counts over everything that a search finds.
    power_item_facets: Facets = computed(Cost(weight=20))(power_facets)
    versions: list[PowerVersion] = computed(ListSize(assumed_size=5), reads=Reads("all", versions_listing))(
        list_versions
    )
    # Two documents, compared field by field in the domain's words.
    diff: list[FieldDifference] | None = computed(ListSize(assumed_size=10))(compare_versions)
    changes: Connection[PowerVersion] = computed(PAGED, reads=Reads("page", changes_listing))(list_changes)
    benchmarks: Connection[DiscretionBenchmark] = computed(PAGED, reads=Reads("page", benchmarks_listing))(
        list_benchmarks
    )
    legal_bases: Connection[LegalBasis] = computed(PAGED, reads=Reads("page", bases_listing))(list_bases)
    laws: Connection[Law] = computed(PAGED, reads=Reads("page", laws_listing))(list_laws)
    bodies: Connection[Body] = computed(PAGED, reads=Reads("page", bodies_listing))(list_bodies)
    body: Body | None = computed(reads=Reads("one", body_listing))(one_body)
    governments: list[Government] = computed(reads=Reads("all", governments_listing))(list_governments)
    # Categories and levels are the profile's, and in no table; the library is counted; days are the calendar's.
    categories: list[Category] = computed()(list_categories)
    levels: list[Level] = computed()(list_levels)
    library: Library = computed()(about_library)
    calendar: list[CalendarDay] = computed(CALENDAR_SIZE)(calendar_days)
    deadline: Deadline = computed()(count_deadline)
    matters: Connection[Matter] = computed(PAGED, reads=Reads("page", matters_listing))(list_matters)
    # A code opens it, and what it tells is worked out of rules and calendar.
    matter_status: MatterStatus | None = computed(Cost(weight=10))(matter_status)
    # Counts, in which small ones are hidden.
    matter_counts: list[MatterCount] = computed(Cost(weight=50), ListSize(assumed_size=24))(matter_counts)
    matter: Matter | None = computed(reads=Reads("one", matter_listing))(one_matter)
    published_results: Connection[PublishedResult] = computed(PAGED, reads=Reads("page", results_listing))(list_results)
    ratings: Connection[RatingFigure] = computed(PAGED, reads=Reads("page", ratings_listing))(list_ratings)
    alerts: Connection[Alert] = computed(PAGED, reads=Reads("page", alerts_listing))(list_alerts)
    supervision_cases: Connection[SupervisionCase] = computed(PAGED, reads=Reads("page", cases_listing))(list_cases)
    assessment_scores: Connection[AssessmentScore] = computed(PAGED, reads=Reads("page", scores_listing))(list_scores)
    score_items: Connection[ScoreItem] = computed(PAGED, reads=Reads("page", items_of_scores))(list_score_items)
    score_objections: Connection[ScoreObjection] = computed(PAGED, reads=Reads("page", objections_listing))(
        list_objections
    )
    inspections: Connection[Inspection] = computed(PAGED, reads=Reads("page", inspections_listing))(list_inspections)
    inspection: Inspection | None = computed(reads=Reads("one", inspection_listing))(one_inspection)
    # Rules stand in tables, but what they found and how right they were is counted and judged.
    supervision_rules: list[SupervisionRule] = computed(Cost(weight=20), ListSize(assumed_size=40))(list_rules)
    # Counts of open alerts by grade, over seven groupings and by week.
    board: SupervisionBoard | None = computed(Cost(weight=50))(board)
    # Points for each hundred matters, by the scheme of grades.
    risk_grades: list[BodyRiskGrade] = computed(Cost(weight=50), ListSize(assumed_size=40))(risk_grades)
    bulletins: Connection[Bulletin] = computed(PAGED, reads=Reads("page", bulletins_listing))(list_bulletins)
    annual_reports: Connection[AnnualReport] = computed(PAGED, reads=Reads("page", annual_listing))(list_annual_reports)
    metrics: Connection[MetricFigure] = computed(PAGED, reads=Reads("page", metrics_listing))(list_metrics)
    # In the order of commits, up to where none is still open; rows of every table.
    open_changes: OpenChanges = computed(Cost(weight=20), OPEN_CHANGES)(list_open_changes)
    # The program's own definitions, and in no table.
    metric_definitions: list[MetricDefinition] = computed(ListSize(assumed_size=30))(metric_definitions)
    reports: Connection[Report] = computed(PAGED, reads=Reads("page", reports_listing))(list_reports)
    notices: Connection[Notice] = computed(PAGED, reads=Reads("page", notices_listing))(list_notices)
    complaints: Connection[Complaint] = computed(PAGED, reads=Reads("page", complaints_listing))(list_complaints)
    opinions: Connection[OpinionCall] = computed(PAGED, reads=Reads("page", opinions_listing))(list_opinions)
    opinion_answers: Connection[OpinionAnswer] = computed(PAGED, reads=Reads("page", answers_listing))(
        list_opinion_answers
    )
    # A code opens it, and the sealed words with it.
    complaint_follow: ComplaintFollow | None = computed(Cost(weight=10))(complaint_follow)
    node: Node | None = computed(reads=Reads("node", node_listing))(one_node)
    # Rows of many types at once, each under a guard of its own: one statement for each type.
    nodes: list[Node | None] = computed(NODES_SIZE)(many_nodes)


class PublishedSchema(strawberry.Schema):
    """Strawberry's schema; errors are logged where they are labelled, once, and a client's mistakes not at all."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing here."""


class Names(NameConverter):
    """The names of the contract; each is made once, since every argument of every call is looked up by its name."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, str] = {}

    def apply_naming_config(self, name: str) -> str:
        """Return a name of ours as the contract writes it."""
        if name not in self._made:
            self._made[name] = super().apply_naming_config(name)
        return self._made[name]


schema: Final = PublishedSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Case, PenaltyCase, RatingReview, SupervisionCase],
    exception_handlers=HANDLERS,
    extensions=[PreparedOperation],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True, name_converter=Names()),
)
runner: Final = Runner(schema)
"""Runs all operations of the process; a wrong declaration stops it here, at start."""
