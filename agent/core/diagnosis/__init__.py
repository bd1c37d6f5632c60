"""What is wrong with a node that did not come up: causes by their signs in Jira's log, judged beside its state."""

from agent.core.diagnosis.diagnose import diagnose
from agent.core.diagnosis.evidence import UNKNOWN_CAUSE, Confidence, Diagnosis, Evidence, FileChange, one_line
from agent.core.diagnosis.table import signs

__all__ = [
    "UNKNOWN_CAUSE",
    "Confidence",
    "Diagnosis",
    "Evidence",
    "FileChange",
    "diagnose",
    "one_line",
    "signs",
]
