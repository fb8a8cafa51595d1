"""Complaints: filed, followed, worked on and counted — the door of all use-cases on 咨询、投诉、求助、举报 (H3–H6, S4).

Edges import from here.
"""

from resolvers.complaints_acting import NAMES, VERBS, act, wrong
from resolvers.complaints_contacts import channels as contact_channels
from resolvers.complaints_contacts import send_code as send_contact_code
from resolvers.complaints_files import MOST_BYTES, MOST_FILES, Freed, Sent, kinds_taken
from resolvers.complaints_filing import (
    LEAST_KEY,
    SCOPE,
    check,
    file,
    file_by_token,
    permit_register,
    register,
)
from resolvers.complaints_following import ask_review, follow, follow_again, own_file, rate, say, withdraw
from resolvers.complaints_opening import ask as ask_identity
from resolvers.complaints_opening import countersign
from resolvers.complaints_opening import read as read_identity
from resolvers.complaints_places import bodies, item_name
from resolvers.complaints_questions import Question, list_questions, take_down, take_down_of
from resolvers.complaints_questions import listing as questions_listing
from resolvers.complaints_questions import publish as publish_question
from resolvers.complaints_reading import (
    ComplaintFilter,
    Extract,
    answer_extract,
    complaint,
    extracts,
    id_of,
    list_complaints,
    listing,
    opened_file,
    visible,
)
from resolvers.complaints_statistics import (
    AskedAbout,
    ComplaintFigure,
    figures,
    figures_are_due,
    list_figures,
    months,
    most_asked,
    publish_figures,
)
from resolvers.complaints_statistics import listing as figures_listing
from resolvers.complaints_time import sweep
from resolvers.complaints_values import (
    Clock,
    Coming,
    ComplaintRow,
    ComplaintView,
    Deed,
    Done,
    Filed,
    FollowView,
    Happening,
    OpeningView,
)

__all__ = [
    "LEAST_KEY",
    "MOST_BYTES",
    "MOST_FILES",
    "NAMES",
    "SCOPE",
    "VERBS",
    "AskedAbout",
    "Clock",
    "Coming",
    "ComplaintFigure",
    "ComplaintFilter",
    "ComplaintRow",
    "ComplaintView",
    "Deed",
    "Done",
    "Extract",
    "Filed",
    "FollowView",
    "Freed",
    "Happening",
    "OpeningView",
    "Question",
    "Sent",
    "act",
    "answer_extract",
    "ask_identity",
    "ask_review",
    "bodies",
    "check",
    "complaint",
    "contact_channels",
    "countersign",
    "extracts",
    "figures",
    "figures_are_due",
    "figures_listing",
    "file",
    "file_by_token",
    "follow",
    "follow_again",
    "id_of",
    "item_name",
    "kinds_taken",
    "list_complaints",
    "list_figures",
    "list_questions",
    "listing",
    "months",
    "most_asked",
    "opened_file",
    "own_file",
    "permit_register",
    "publish_figures",
    "publish_question",
    "questions_listing",
    "rate",
    "read_identity",
    "register",
    "say",
    "send_contact_code",
    "sweep",
    "take_down",
    "take_down_of",
    "visible",
    "withdraw",
    "wrong",
]
