"""Says what a dataset contains, what is missing and which episodes are unsound."""

from app.review.gathered import Filter, Gathered, gather
from app.review.ground import Bounds, Ground, TablePictures, bounds_of
from app.review.index import CoverageIndex
from app.review.listing import Listing, listing
from app.review.models import Layer
from app.review.paths import HandPaths, hand_paths
from app.review.survey import Survey, survey

__all__ = [
    "Bounds",
    "CoverageIndex",
    "Filter",
    "Gathered",
    "Ground",
    "HandPaths",
    "Layer",
    "Listing",
    "Survey",
    "TablePictures",
    "bounds_of",
    "gather",
    "hand_paths",
    "listing",
    "survey",
]
