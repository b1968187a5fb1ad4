"""Tables are made of the study that the tests of the statistics made up."""

from ..statistics.conftest import models, scores

__all__ = ["models", "scores"]
