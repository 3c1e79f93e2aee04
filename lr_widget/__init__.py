"""Run a learning-rate range test on your model, watch it, drag two handles, train with the slice.

picker = lr_find(learn)
learn.fit_one_cycle(2, picker.max_lr)
"""

import logging

from lr_widget.find import lr_find
from lr_widget.practice.case import Case
from lr_widget.practice.cases import gallery
from lr_widget.practice.score import Score
from lr_widget.practice.truth import Truth
from lr_widget.records.sweep import Sweep
from lr_widget.records.trial import Trial
from lr_widget.suggestions.choose import Suggestion, suggest
from lr_widget.trials.results import Trials
from lr_widget.widget.picker import LRPicker
from lr_widget.widget.worksheets import worksheet

__all__ = [
    "Case",
    "LRPicker",
    "Score",
    "Suggestion",
    "Sweep",
    "Trial",
    "Trials",
    "Truth",
    "gallery",
    "lr_find",
    "suggest",
    "worksheet",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())
