"""What the zygote imports before any fork: the server, with the machine made ready for notebooks."""

from autograder.inside import no_gpu, processes
from autograder.inside.offline import prepare
from autograder.inside.server import serve

prepare()
no_gpu.install()
processes.install()

__all__ = ["serve"]
