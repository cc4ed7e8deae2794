"""A platform's download becomes hand-ins with owner, time and version; a roster says who is who, nobody is guessed."""

from autograder.intake.download import HandInNames
from autograder.intake.matching import Candidate, Waiting
from autograder.intake.roster import Roster, load_roster
from autograder.intake.take_in import Intake, take_in

__all__ = ["Candidate", "HandInNames", "Intake", "Roster", "Waiting", "load_roster", "take_in"]
