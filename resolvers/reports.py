"""Reports 报告: opened, written, handed in, accepted or sent back, published, corrected and read (N1, N2; 003-6, 003-10).

The door of all use-cases on reports; edges import from here.
"""

from resolvers.reports_opening import open_annual, open_bulletin
from resolvers.reports_reading import (
    EditionView,
    Missing,
    PublicReport,
    ReportRow,
    ReportVersion,
    ReportView,
    YearOverview,
    list_published,
    list_reports,
    listing,
    overview,
    pdf,
    published,
    report,
)
from resolvers.reports_reviewing import OwnReport, accept, find_missed, send_back
from resolvers.reports_store import KeyOfAnother, ReportChanged
from resolvers.reports_writing import ReportDone, correct, recount, save, submit

__all__ = [
    "EditionView",
    "KeyOfAnother",
    "Missing",
    "OwnReport",
    "PublicReport",
    "ReportChanged",
    "ReportDone",
    "ReportRow",
    "ReportVersion",
    "ReportView",
    "YearOverview",
    "accept",
    "correct",
    "find_missed",
    "list_published",
    "list_reports",
    "listing",
    "open_annual",
    "open_bulletin",
    "overview",
    "pdf",
    "published",
    "recount",
    "report",
    "save",
    "send_back",
    "submit",
]
