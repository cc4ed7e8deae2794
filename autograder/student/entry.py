"""What the zygote imports before any fork: the server, with the machine made ready for notebooks."""

from autograder.student import no_gpu, processes
from autograder.student.offline import prepare
from autograder.student.server import serve

prepare()
no_gpu.install()
processes.install()

__all__ = ["serve"]
