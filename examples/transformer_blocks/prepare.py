"""What the harness asks of an assignment, derived from its declaration."""

from autograder.kit.derive import Derived

from .declaration import DECLARATION

DERIVED, GRADED = Derived(DECLARATION), DECLARATION.graded
prepare, substitutes, unknown = DERIVED.prepare, DERIVED.substitutes, DERIVED.unknown
