"""Who may do what: a table from permission to small predicates, readable as policy (N5; 003-7, 003-24).

Rights hang on posts. A permission names one operation; it is given when one of its rules holds, and a rule holds
when all its predicates do. What is not in the table is forbidden.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.actors import Actor


class Role(StrEnum):
    """Roles that a post can carry: the offices of 003-7, the posts inside a body, and three administrators apart."""

    SERVICE_OFFICE = "service_office"
    SUPERVISION_BUREAU = "supervision_bureau"
    STAFFING_OFFICE = "staffing_office"
    LEGAL_OFFICE = "legal_office"
    WORK_STYLE_OFFICE = "work_style_office"
    INFORMATION_CENTRE = "information_centre"
    COORDINATION_OFFICE = "coordination_office"
    AUDIT_OFFICE = "audit_office"
    BODY_EDITOR = "body_editor"
    BODY_HEAD = "body_head"
    COMPLAINT_OFFICER = "complaint_officer"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ROLE_NAMES: Final[Mapping[Role, str]] = {
    Role.SERVICE_OFFICE: "政务服务管理机构",
    Role.SUPERVISION_BUREAU: "监察机构",
    Role.STAFFING_OFFICE: "机构编制部门",
    Role.LEGAL_OFFICE: "政府法制机构",
    Role.WORK_STYLE_OFFICE: "作风建设机构",
    Role.INFORMATION_CENTRE: "信息中心",
    Role.COORDINATION_OFFICE: "协调小组办公室",
    Role.AUDIT_OFFICE: "审计部门",
    Role.BODY_EDITOR: "部门清单编制岗",
    Role.BODY_HEAD: "部门负责人",
    Role.COMPLAINT_OFFICER: "投诉举报专办岗",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
}

# Three administrators apart (GB/T 22239 三员): nobody holds two of these.
ADMINISTRATORS: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


class Permission(StrEnum):
    """Operations that need a right, as ``noun.verb``; keep the list in alphabetical order."""

    ACCOUNT_CREATE = "account.create"
    ACCOUNT_DISABLE = "account.disable"
    ACCOUNT_ENABLE = "account.enable"
    ACCOUNT_LINK = "account.link"
    ACCOUNT_READ = "account.read"
    ACCOUNT_RESET = "account.reset"
    ALERT_LIFT = "alert.lift"
    ALERT_READ = "alert.read"
    BATCH_APPLY = "batch.apply"
    BATCH_CONFIRM = "batch.confirm"
    BATCH_DECIDE = "batch.decide"
    BATCH_DISCARD = "batch.discard"
    BATCH_PROPOSE = "batch.propose"
    BATCH_READ = "batch.read"
    BULLETIN_APPROVE = "bulletin.approve"
    BULLETIN_READ = "bulletin.read"
    BULLETIN_WRITE = "bulletin.write"
    CERTIFICATE_END = "certificate.end"
    CERTIFICATE_ENTER = "certificate.enter"
    CERTIFICATE_READ = "certificate.read"
    COMPLAINT_ACT = "complaint.act"
    COMPLAINT_COUNT = "complaint.count"
    COMPLAINT_COUNTERSIGN = "complaint.countersign"
    COMPLAINT_DECIDE = "complaint.decide"
    COMPLAINT_FILE = "complaint.file"
    COMPLAINT_READ = "complaint.read"
    COMPLAINT_REVEAL = "complaint.reveal"
    DESK_READ = "desk.read"
    DOCUMENT_READ = "document.read"
    DOCUMENT_REGISTER = "document.register"
    DOCUMENT_WITHDRAW = "document.withdraw"
    EXCHANGE_READ = "exchange.read"
    EXCHANGE_SET = "exchange.set"
    EXCHANGE_ENTRY_READ = "exchange_entry.read"
    EXCHANGE_ENTRY_RECEIVE = "exchange_entry.receive"
    INSPECTION_READ = "inspection.read"
    LETTERHEAD_SET = "letterhead.set"
    LIBRARY_READ = "library.read"
    LOAD_READ = "load.read"
    MATTER_ACT = "matter.act"
    MATTER_APPLY = "matter.apply"
    MATTER_COUNT = "matter.count"
    MATTER_DESIGNATE = "matter.designate"
    MATTER_EXPORT = "matter.export"
    MATTER_OPEN = "matter.open"
    MATTER_READ = "matter.read"
    OPINION_READ = "opinion.read"
    OPINION_RUN = "opinion.run"
    OPINION_SAY = "opinion.say"
    PAPER_READ = "paper.read"
    PAPER_SAMPLE_READ = "paper_sample.read"
    PARTY_CORRECT = "party.correct"
    PARTY_DECLARE = "party.declare"
    PARTY_ENTER = "party.enter"
    PARTY_FIND = "party.find"
    PARTY_READ = "party.read"
    PARTY_RESEAL = "party.reseal"
    PARTY_REVEAL = "party.reveal"
    PLAN_READ = "plan.read"
    PLAN_REPLAY = "plan.replay"
    PORTAL_CLOSE = "portal.close"
    POSTING_END = "posting.end"
    POSTING_GRANT = "posting.grant"
    RATING_GIVE = "rating.give"
    RATING_PUBLISH = "rating.publish"
    RATING_READ = "rating.read"
    RECORD_READ = "record.read"
    REPORT_ACCEPT = "report.accept"
    REPORT_PLAN = "report.plan"
    REPORT_READ = "report.read"
    REPORT_SUBMIT = "report.submit"
    REPORT_WRITE = "report.write"
    RESULT_PUBLISH = "result.publish"
    RESULT_READ = "result.read"
    RESULT_WITHDRAW = "result.withdraw"
    RESULT_WITHHOLD = "result.withhold"
    SCORE_FREEZE = "score.freeze"
    SCORE_OBJECT = "score.object"
    SCORE_PUBLISH = "score.publish"
    SCORE_READ = "score.read"
    SECOND_FACTOR_RESET = "second_factor.reset"
    SESSION_END = "session.end"
    SUPERVISION_OPEN = "supervision.open"
    SUPERVISION_SWEEP = "supervision.sweep"
    SUPERVISION_RULE_READ = "supervision_rule.read"
    SUPERVISION_RULE_SET = "supervision_rule.set"
    TOKEN_ISSUE = "token.issue"  # noqa: S105 -- the name of an operation
    TOKEN_READ = "token.read"  # noqa: S105 -- the name of an operation
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 -- the name of an operation


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation is about; a field that does not apply stays empty."""

    government_id: int | None = None
    body_code: str = ""
    account_id: UUID | None = None


Predicate = Callable[[Actor, Target], bool]
Rule = tuple[Predicate, ...]


def anybody(actor: Actor, target: Target) -> bool:  # noqa: ARG001 -- one signature for all predicates
    """Hold for everybody: what is public needs no account."""
    return True


def official(actor: Actor, target: Target) -> bool:  # noqa: ARG001 -- one signature for all predicates
    """Hold for a signed-in official with at least one post today."""
    return actor.kind == "official" and bool(actor.postings)


def system(actor: Actor, target: Target) -> bool:  # noqa: ARG001 -- one signature for all predicates
    """Hold for the command line and the workers: whoever operates the server."""
    return actor.kind == "system"


def of_body(actor: Actor, target: Target) -> bool:
    """Hold for an official with a post in the target's body."""
    return actor.kind == "official" and target.body_code in actor.body_codes


def self_only(actor: Actor, target: Target) -> bool:
    """Hold when the account concerned is the actor's own."""
    return actor.kind == "official" and actor.account_id is not None and actor.account_id == target.account_id


def not_self(actor: Actor, target: Target) -> bool:
    """Hold when the account concerned is somebody else's: nobody grants rights to oneself."""
    return not self_only(actor, target)


@dataclass(frozen=True, slots=True)
class Holds:
    """The predicate that holds when one of today's posts carries the role."""

    role: Role

    def __call__(self, actor: Actor, target: Target) -> bool:  # noqa: ARG002 -- one signature for all predicates
        """Say whether the actor holds such a post."""
        return actor.kind == "official" and self.role in actor.roles


@dataclass(frozen=True, slots=True)
class Scoped:
    """The predicate that holds for an integrator whose token carries the scope."""

    scope: str

    def __call__(self, actor: Actor, target: Target) -> bool:  # noqa: ARG002 -- one signature for all predicates
        """Say whether the token carries it."""
        return actor.kind == "integrator" and self.scope in actor.scopes


@dataclass(frozen=True, slots=True)
class HoldsInGovernment:
    """The predicate that holds when a post in the target's own government carries the role."""

    role: Role

    def __call__(self, actor: Actor, target: Target) -> bool:
        """Say whether the actor holds such a post in that government."""
        return actor.kind == "official" and any(
            self.role in posting.roles and posting.government_id == target.government_id for posting in actor.postings
        )


@dataclass(frozen=True, slots=True)
class HoldsInBody:
    """The predicate that holds when a post in the target's own body carries the role."""

    role: Role

    def __call__(self, actor: Actor, target: Target) -> bool:
        """Say whether the actor holds such a post in that body."""
        return actor.kind == "official" and any(
            self.role in posting.roles and posting.body_code == target.body_code for posting in actor.postings
        )


STAFFING: Final = HoldsInGovernment(Role.STAFFING_OFFICE)
COORDINATION: Final = HoldsInGovernment(Role.COORDINATION_OFFICE)
LEGAL: Final = HoldsInGovernment(Role.LEGAL_OFFICE)
SUPERVISION: Final = HoldsInGovernment(Role.SUPERVISION_BUREAU)
SERVICE: Final = HoldsInGovernment(Role.SERVICE_OFFICE)
WORK_STYLE: Final = HoldsInGovernment(Role.WORK_STYLE_OFFICE)
HEAD: Final = HoldsInBody(Role.BODY_HEAD)
OFFICER: Final = HoldsInBody(Role.COMPLAINT_OFFICER)
SYSTEM_ADMIN: Final = Holds(Role.SYSTEM_ADMIN)
SECURITY_ADMIN: Final = Holds(Role.SECURITY_ADMIN)
AUDIT_ADMIN: Final = Holds(Role.AUDIT_ADMIN)
REGISTRAR: Final = Scoped("documents:register")
UPPER: Final = Scoped("exchange:take")

# 003-7, 003-20, 003-24: the staffing office (001-4: the coordination office) checks, confirms and keeps the list;
# the legal office may read what is proposed. The command line acts for whoever operates the server.
PERMISSIONS: Final[Mapping[Permission, tuple[Rule, ...]]] = {
    Permission.ACCOUNT_CREATE: ((SYSTEM_ADMIN,), (system,)),
    Permission.ACCOUNT_DISABLE: ((SYSTEM_ADMIN, not_self), (system,)),
    Permission.ACCOUNT_ENABLE: ((SYSTEM_ADMIN, not_self), (system,)),
    Permission.ACCOUNT_LINK: ((SECURITY_ADMIN, not_self), (system,)),
    Permission.ACCOUNT_READ: ((SYSTEM_ADMIN,), (SECURITY_ADMIN,), (AUDIT_ADMIN,), (self_only,), (system,)),
    Permission.ACCOUNT_RESET: ((SYSTEM_ADMIN, not_self), (system,)),
    # 003-34..42: the supervision bureau watches, lifts and has matters handled; a body knows what was found of its own work.
    Permission.ALERT_LIFT: ((SUPERVISION,), (system,)),
    Permission.ALERT_READ: ((of_body,), (SUPERVISION,), (LEGAL,), (system,)),
    # 003-18: a body applies to the keeper of the list about its own items; what it applies for is a draft.
    Permission.BATCH_APPLY: ((HoldsInBody(Role.BODY_EDITOR),), (HEAD,), (system,)),
    Permission.BATCH_CONFIRM: ((STAFFING,), (COORDINATION,), (system,)),
    Permission.BATCH_DECIDE: ((STAFFING,), (COORDINATION,), (system,)),
    Permission.BATCH_DISCARD: ((STAFFING,), (COORDINATION,), (system,)),
    Permission.BATCH_PROPOSE: ((STAFFING,), (COORDINATION,), (system,)),
    Permission.BATCH_READ: ((STAFFING,), (COORDINATION,), (LEGAL,), (system,)),
    # 003-6: the office in charge compiles the bulletin, and a second person of it approves (the use-case knows who wrote).
    Permission.BULLETIN_APPROVE: ((SERVICE,), (COORDINATION,), (system,)),
    Permission.BULLETIN_READ: ((SERVICE,), (COORDINATION,), (SUPERVISION,), (WORK_STYLE,), (system,)),
    Permission.BULLETIN_WRITE: ((SERVICE,), (COORDINATION,), (system,)),
    # 004-11: the legal office keeps the register of enforcement certificates.
    Permission.CERTIFICATE_END: ((LEGAL,), (system,)),
    Permission.CERTIFICATE_ENTER: ((LEGAL,), (system,)),
    Permission.CERTIFICATE_READ: ((LEGAL,), (SUPERVISION,), (system,)),
    # 003-36(3), 003-38, 000-16: whoever is named for it works on complaints, the head gives the second finding, and the
    # bureau of the government watches that they are answered. Nobody else of a body learns that there is one. Who filed is
    # opened by the one who handles together with the bureau. Filing needs no account.
    Permission.COMPLAINT_ACT: ((OFFICER,), (system,)),
    Permission.COMPLAINT_COUNT: ((system,),),
    Permission.COMPLAINT_COUNTERSIGN: ((SUPERVISION,),),
    Permission.COMPLAINT_DECIDE: ((HEAD,), (system,)),
    Permission.COMPLAINT_FILE: ((anybody,),),
    Permission.COMPLAINT_READ: ((OFFICER,), (HEAD,), (SUPERVISION,), (system,)),
    Permission.COMPLAINT_REVEAL: ((OFFICER,), (HEAD,)),
    Permission.DESK_READ: ((official,),),
    Permission.DOCUMENT_READ: ((system,),),
    Permission.DOCUMENT_REGISTER: ((REGISTRAR,), (system,)),
    Permission.DOCUMENT_WITHDRAW: ((system,),),
    # 003-28, 003-35: a platform above takes the record and nobody else; who watches, who keeps the machines and who audits
    # see how far it is.
    Permission.EXCHANGE_READ: (
        (Holds(Role.SUPERVISION_BUREAU),),
        (Holds(Role.INFORMATION_CENTRE),),
        (SYSTEM_ADMIN,),
        (AUDIT_ADMIN,),
        (system,),
    ),
    Permission.EXCHANGE_SET: ((system,),),
    Permission.EXCHANGE_ENTRY_READ: ((UPPER,),),
    Permission.EXCHANGE_ENTRY_RECEIVE: ((UPPER,),),
    # The head of a body says what it prints on its documents.
    Permission.LETTERHEAD_SET: ((HEAD,), (system,)),
    Permission.LIBRARY_READ: ((anybody,),),
    # 000-14: an inspection is the bureau's; what it finds reaches the body by a supervision case.
    Permission.INSPECTION_READ: ((SUPERVISION,), (system,)),
    # 003-14, 003-34: a matter is run by the officials of its bodies (which of them, the procedure says); the supervision
    # bureau of its government watches. Whoever applies needs no account (003-26).
    Permission.LOAD_READ: ((HEAD,), (SUPERVISION,), (system,)),
    Permission.MATTER_ACT: ((of_body,), (system,)),
    Permission.MATTER_APPLY: ((anybody,),),
    Permission.MATTER_COUNT: ((anybody,),),
    # 行政处罚法-25(2), 004-6: which of two bodies is competent is for their common superior; here its legal office.
    Permission.MATTER_DESIGNATE: ((LEGAL,),),
    Permission.MATTER_EXPORT: ((of_body,), (SUPERVISION,), (system,)),
    Permission.MATTER_OPEN: ((of_body,), (system,)),
    Permission.MATTER_READ: ((of_body,), (SUPERVISION,), (system,)),
    # 002-4.2.8: a body asks the public through whoever keeps its list, or its head; saying something needs no account.
    Permission.OPINION_READ: ((HoldsInBody(Role.BODY_EDITOR),), (HEAD,), (system,)),
    Permission.OPINION_RUN: ((HoldsInBody(Role.BODY_EDITOR),), (HEAD,), (system,)),
    Permission.OPINION_SAY: ((anybody,),),
    # 003-31(5): a document is read where its matter is, and each reading is recorded; templates hold nobody's data.
    Permission.PAPER_READ: ((of_body,), (SUPERVISION,), (system,)),
    Permission.PAPER_SAMPLE_READ: ((SYSTEM_ADMIN,), (Holds(Role.LEGAL_OFFICE),), (system,)),
    # 003-31(1): a party is known to the body that entered it and to those of its matters. ``party.read`` shows it masked,
    # ``party.reveal`` opens it for a purpose, which is recorded. In the hall anybody declares who one is.
    Permission.PARTY_CORRECT: ((of_body,), (system,)),
    Permission.PARTY_DECLARE: ((anybody,),),
    Permission.PARTY_ENTER: ((of_body,), (system,)),
    Permission.PARTY_FIND: ((of_body,), (system,)),
    Permission.PARTY_READ: ((of_body,), (SUPERVISION,), (system,)),
    Permission.PARTY_RESEAL: ((system,),),
    Permission.PARTY_REVEAL: ((of_body,), (SUPERVISION,), (system,)),
    # What will be sent and why, and sending again what did not go out: whoever operates the system.
    Permission.PLAN_READ: ((SYSTEM_ADMIN,), (system,)),
    Permission.PLAN_REPLAY: ((SYSTEM_ADMIN,), (system,)),
    Permission.PORTAL_CLOSE: ((system,),),
    Permission.POSTING_END: ((SECURITY_ADMIN, not_self), (system,)),
    Permission.POSTING_GRANT: ((SECURITY_ADMIN, not_self), (system,)),
    # 003-27: whoever was served rates, by number and code. What a bad rating says is read within its review, by the body's
    # officials who had no part in the matter (the use-case knows who had) and by the bureau.
    Permission.RATING_GIVE: ((anybody,),),
    Permission.RATING_PUBLISH: ((system,),),
    Permission.RATING_READ: ((of_body,), (SUPERVISION,), (system,)),
    Permission.RECORD_READ: ((AUDIT_ADMIN,), (system,)),
    # 003-10: every body reports, its head hands it in, the office in charge receives it; who watches sees who is missing.
    Permission.REPORT_ACCEPT: ((SERVICE,), (COORDINATION,), (system,)),
    Permission.REPORT_PLAN: ((system,),),
    Permission.REPORT_READ: ((of_body,), (SERVICE,), (COORDINATION,), (SUPERVISION,), (WORK_STYLE,), (system,)),
    Permission.REPORT_SUBMIT: ((HEAD,), (system,)),
    Permission.REPORT_WRITE: ((of_body,), (system,)),
    # 004-3: the body that decided publishes; the legal office and the bureau watch that it does, and in time.
    Permission.RESULT_PUBLISH: ((of_body,), (system,)),
    Permission.RESULT_READ: ((of_body,), (SUPERVISION,), (LEGAL,), (system,)),
    Permission.RESULT_WITHDRAW: ((of_body,), (system,)),
    Permission.RESULT_WITHHOLD: ((of_body,), (system,)),
    # 003-36(5), 003-43: the supervision bureau scores and publishes; a body reads its own ledger, and its head objects.
    Permission.SCORE_FREEZE: ((SUPERVISION,), (system,)),
    Permission.SCORE_OBJECT: ((HEAD,), (system,)),
    Permission.SCORE_PUBLISH: ((SUPERVISION,), (system,)),
    Permission.SCORE_READ: ((of_body,), (SUPERVISION,), (system,)),
    Permission.SECOND_FACTOR_RESET: ((SYSTEM_ADMIN, not_self), (system,)),
    Permission.SESSION_END: ((SECURITY_ADMIN,), (self_only,), (system,)),
    Permission.SUPERVISION_OPEN: ((SUPERVISION,), (system,)),
    Permission.SUPERVISION_SWEEP: ((system,),),
    # 003-37: the rules are one library for all governments of the system.
    Permission.SUPERVISION_RULE_READ: ((official,), (system,)),
    Permission.SUPERVISION_RULE_SET: ((Holds(Role.SUPERVISION_BUREAU),), (system,)),
    Permission.TOKEN_ISSUE: ((SYSTEM_ADMIN,), (system,)),
    Permission.TOKEN_READ: ((SYSTEM_ADMIN,), (AUDIT_ADMIN,), (system,)),
    Permission.TOKEN_REVOKE: ((SYSTEM_ADMIN,), (SECURITY_ADMIN,), (system,)),
}


def allowed(actor: Actor, permission: Permission, target: Target | None = None) -> bool:
    """Say whether the actor may carry out the operation on the target."""
    about = target or Target()
    return any(all(predicate(actor, about) for predicate in rule) for rule in PERMISSIONS[permission])


def administrators_clash(roles: frozenset[str]) -> bool:
    """Say whether the roles of one person hold more than one of the three administrators."""
    return len(ADMINISTRATORS & roles) > 1
