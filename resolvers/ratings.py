"""Ratings 评价: given by number and code, reviewed where they are bad, published as figures (H6; 003-27).

The door of all use-cases on ratings; edges import from here.
"""

from domain.ratings import Given
from resolvers.ratings_figures import (
    GRADES,
    Figure,
    MonthFigure,
    figures_are_due,
    list_figures,
    listing,
    monthly,
    publish_figures,
)
from resolvers.ratings_giving import CHANNELS, NotInvited, Rated, RatingStatus, give, rating_status
from resolvers.ratings_review import Rated as RatedMatter
from resolvers.ratings_review import rated

__all__ = [
    "CHANNELS",
    "GRADES",
    "Figure",
    "Given",
    "MonthFigure",
    "NotInvited",
    "Rated",
    "RatedMatter",
    "RatingStatus",
    "figures_are_due",
    "give",
    "list_figures",
    "listing",
    "monthly",
    "publish_figures",
    "rated",
    "rating_status",
]
