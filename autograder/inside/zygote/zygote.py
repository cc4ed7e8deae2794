"""The fork server: imports the libraries once, then forks one confined process per submission.

It never runs a student's code. Every spawn message brings the child's descriptors: its connection to the judge, the
pipe for what it prints, and its *life socket*, which stays here. When the judge shuts its end of the life socket, or
dies, the child is killed; when the child is dead, its exit status and use go out on the life socket as JSON.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from dataclasses import replace

from autograder.inside.zygote import preload, restrictions, scratch, selftest
from autograder.inside.zygote.child import Forker, Serve
from autograder.inside.zygote.confine import Restrictions
from autograder.inside.zygote.supervisor import Supervisor
from autograder.system import hugepages, linux
from autograder.wire.config import Config


def main() -> None:
    """Entry of the zygote's process: its control socket is the descriptor in argv, its orders are on stdin."""
    control = socket.socket(fileno=int(sys.argv[1]))
    config = Config.parse(sys.stdin.read())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _run(control, config)
    finally:
        if config.tier != 1:
            scratch.remove(config.scratch)


def _run(control: socket.socket, config: Config) -> None:
    try:
        restriction = _settle(config)
    except (restrictions.Unfit, OSError) as error:
        control.send(json.dumps({"unfit": str(error)}).encode())
        return
    try:
        serve, missing = _import(config)
    except Exception as error:  # whatever the entry raises; the judge reports it as the grader's fault
        control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        return
    restriction = replace(restriction, address_space=linux.address_space())
    control.send(json.dumps({"ready": True, "landlock": restriction.landlock is not None, "missing": missing}).encode())
    _silence()
    Supervisor(control, Forker(config, restriction), serve).run()


def _settle(config: Config) -> Restrictions:
    """Take the privileges and the place in the process tree that the tier needs, and try one confined child."""
    if sys.platform == "linux":
        linux.adopt_orphans()
    restrictions.enter(config)
    if sys.platform == "linux":
        linux.die_with_parent(signal.SIGTERM)
    if config.tier != 1 and os.getppid() != config.parent:
        sys.exit(0)  # the judge died before the line above
    restriction = restrictions.build(config)
    selftest.run(config, restriction)
    return restriction


def _import(config: Config) -> tuple[Serve, list[str]]:
    gc.disable()  # a tenth of the time of the imports
    missing = preload.load(config.preload)
    module, _, name = config.entry.partition(":")
    serve: Serve = getattr(importlib.import_module(module), name)
    preload.warm_up()
    preload.freeze()
    gc.enable()
    if len(config.preload) > len(preload.BASE):  # many will be forked, else it does not pay
        hugepages.collapse()
    return serve, missing


def _silence() -> None:
    """Nobody reads the zygote's own output from now on."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
