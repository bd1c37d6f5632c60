"""How long will it take? From the cluster's own past rollouts, for people: nothing is decided by a forecast."""

from agent.core.forecasting.forecast import Forecast, NodeForecast, forecast
from agent.core.forecasting.past import Past, Spread, past_of, usual
from agent.core.forecasting.phases import PHASES, Sample, phases_of
from agent.core.forecasting.words import sentences, waiting_words

__all__ = [
    "PHASES",
    "Forecast",
    "NodeForecast",
    "Past",
    "Sample",
    "Spread",
    "forecast",
    "past_of",
    "phases_of",
    "sentences",
    "usual",
    "waiting_words",
]
