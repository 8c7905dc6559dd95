"""What is wrong and what to do about it: small checks of this machine, the database, the servers and what is bound there.

Each check is a function that gives ``Result``s; none writes anything (but ``sending``, where somebody asks for it), and one
that breaks stops no other. ``examine`` runs them all.
"""

from sidecar.services.doctor.examination import Examination, examine
from sidecar.services.doctor.outside import Outside
from sidecar.services.doctor.platform import Platform
from sidecar.services.doctor.results import Level, Result, tell

__all__ = ["Examination", "Level", "Outside", "Platform", "Result", "examine", "tell"]
