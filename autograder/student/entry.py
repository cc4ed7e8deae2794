"""What the zygote imports before any fork: the server, with the machine made ready for notebooks."""

from autograder.student.offline import prepare
from autograder.student.server import serve

prepare()

__all__ = ["serve"]
