"""Runs IPython's kernel inside the sandbox: what notebooks expect of Jupyter, Colab or Kaggle, made harmless.

Nothing here is out of the notebook's reach: what it protects is the notebook's own run, never a verdict.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread
from ipykernel.kernelapp import IPKernelApp

from autograder.inside import cells, gpu_bound, no_gpu, offline
from autograder.inside.carry_on import CarryOn
from autograder.inside.elsewhere import elsewhere
from autograder.inside.names import DEFINITIONS, IMPORTS, dotted
from autograder.inside.standins import StandIns
from autograder.inside.statements import Decision, Known, judge

EVENT = "application/vnd.autograder+json"  # the one MIME type of a message from a hook to the driver
REMARK = "remark"  # the one key of an event of our own: what the driver has a sentence for
PRELOAD = ("numpy", "torch", "torch.utils.data", "pandas")
DRIVE = ("drive/MyDrive", "drive/My Drive", "sample_data")  # of Colab, below the folder /content
INSTALL = re.compile(
    r"^\s*(?:sudo\s+)?(?:python3?\s+-m\s+)?(?:pip3?|conda|mamba|uv|apt(?:-get)?|wget|curl|kaggle|gdown|git\s+clone)\b"
)
_CHUNK = 1 << 16


class KernelApp(IPKernelApp):  # type: ignore[misc]
    """IPython's kernel on sockets that listen already."""

    listening: Mapping[int, int]

    def _try_bind_socket(self, s: Any, port: int) -> int:
        s.setsockopt(zmq.USE_FD, self.listening[port])
        s.bind(f"ipc://kernel-{port}")  # the name is not used
        return port

    def init_control(self, context: Any) -> None:
        """Without the debugger's way around: it would look for the shell's socket by path, for ever."""
        super().init_control(context)
        with contextlib.suppress(zmq.ZMQError):
            self.debug_shell_socket.disconnect(self.shell_socket.getsockopt(zmq.LAST_ENDPOINT))

    def init_heartbeat(self) -> None:
        """The driver asks the operating system."""


def serve(order: Any, ready: Callable[[dict[str, str]], None]) -> None:
    """Load the libraries, run the startup texts, say that all is `ready`, and run cells until killed.

    `order.contents`: data (a path or None), startup (texts), overrides (pairs of names and a text), output_kb,
    gpu_share (of the card's memory; None for the CPU), and replay: cells that an earlier kernel ran before it died, of
    which imports, definitions and what is cheap run again.

    Raises:
        Exception: a startup text or a override failed.
    """
    _make_folders(order.scratch)
    device = _load_libraries(order.contents.get("gpu_share"))
    _silence()
    if order.tier == 2:
        _without_loopback()
        _without_workers()
    app = _new_app(order)
    app.initialize([])
    shell = app.shell
    carry_on = CarryOn(shell)
    emit = _emitter(shell, carry_on.emitting)
    _bound_output(shell, order.contents["output_kb"] << 13)
    _replace_commands(shell, emit)
    if device == "cpu":
        no_gpu.install(lambda: emit({REMARK: "no gpu"}))
    for text in order.contents["startup"]:
        room = {"__name__": "__autograder__", "__autograder_emit__": emit, "get_ipython": shell.get_ipython}
        room["__autograder_data__"] = order.contents["data"]
        exec(compile(text, "<startup>", "exec", dont_inherit=True), room)
    StandIns(shell, order.contents["overrides"])
    carry_on.finish()
    offline.colab_stub(True)
    with elsewhere(os.path.join(order.scratch, ".elsewhere")):
        ready({"device": device})
        _replay(order.contents["replay"], shell)
        app.start()


def _replay(sources: Sequence[str], shell: Any) -> None:
    """Imports, definitions, and assignments that take no time: what the loader runs of a notebook."""
    known = Known()
    for source in sources:
        for node in shell.transform_ast(ast.Module(cells.parse(source).body, [])).body:
            if isinstance(node, ast.FunctionDef):
                known.functions.add(node.name)
            elif isinstance(node, ast.ClassDef) and any(dotted(base).endswith("Module") for base in node.bases):
                known.models.add(node.name)
            if isinstance(node, (*IMPORTS, *DEFINITIONS)) or judge(node, known) is Decision.RUN:
                with contextlib.suppress(Exception):
                    exec(compile(ast.Module([node], []), "<before>", "exec", dont_inherit=True), shell.user_ns)


# ---- the machine that the notebook finds -----------------------------------------------------------------------------
def _make_folders(scratch: str) -> None:
    for folder in DRIVE:
        os.makedirs(os.path.join(scratch, folder), exist_ok=True)


def _load_libraries(gpu_share: float | None) -> str:
    """Import what nearly all notebooks do, and take up the card, if there is a share of one; the name of the device
    that torch will use."""
    offline.prepare()
    for name in PRELOAD:
        with contextlib.suppress(ImportError):  # the notebook will learn it from its own import
            importlib.import_module(name)
    torch = sys.modules.get("torch")
    if torch is None:
        return "cpu"
    torch.set_num_threads(1)
    return "cpu" if gpu_share is None else gpu_bound.take_up(torch, gpu_share)


def _silence() -> None:
    """From here on nobody reads the process's own output; the cells' goes over the sockets."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)


def _without_loopback() -> None:
    """ipykernel hands on what forked workers print over TCP. Without internet sockets that ends the process."""
    send = IOPubThread._really_send

    def send_own(self: Any, msg: Any, *args: Any, **kwargs: Any) -> None:
        if self._is_master_process():
            send(self, msg, *args, **kwargs)

    IOPubThread._really_send = send_own
    IOPubThread._setup_pipe_in = lambda self: setattr(self, "_pipe_flag", False)


def _without_workers() -> None:
    """Workers hand over batches through a folder that all processes of the machine share."""
    data = sys.modules.get("torch.utils.data")
    if data is None:
        return
    begin = data.DataLoader.__init__
    off = {"num_workers": 0, "prefetch_factor": None, "persistent_workers": False, "timeout": 0}

    def begin_alone(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(
            self, *args, **{**kwargs, **({k: off[k] for k in kwargs.keys() & off} if "num_workers" in kwargs else {})}
        )

    data.DataLoader.__init__ = begin_alone


def _new_app(order: Any) -> Any:
    ports = {name: number for number, name in enumerate(order.listening, 1)}
    KernelApp.listening = {ports[name]: descriptor for name, descriptor in order.listening.items()}
    app = KernelApp.instance(
        transport="ipc",
        ip="kernel",
        shell_port=ports["shell"],
        iopub_port=ports["iopub"],
        stdin_port=ports["stdin"],
        control_port=ports["control"],
        connection_file=os.path.join(order.scratch, ".connection.json"),
    )
    app.config.HistoryManager.enabled = False
    app.config.Session.key = order.key.encode()
    app.config.IPKernelApp.exec_files = []
    return app


# ---- from the notebook to the driver ---------------------------------------------------------------------------------
def _emitter(shell: Any, seen: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[dict[str, Any]], None]:
    """`__autograder_emit__`: hands one event, a dict of plain JSON values, to the driver, as `seen` leaves it. From any
    thread."""
    publish, lock = shell.display_pub.publish, threading.Lock()

    def emit(event: dict[str, Any]) -> None:
        text = json.dumps(seen(event))  # as text, since losses may be NaN
        with lock:
            publish({EVENT: text})

    return emit


def _bound_output(shell: Any, most: int) -> None:
    """Drop what one cell prints beyond `most` characters, before it is sent: honest floods then cost nothing."""
    used = 0

    def begin(_: Any) -> None:
        nonlocal used
        used = 0

    def bounded(write: Callable[[str], int]) -> Callable[[str], int]:
        def write_some(text: Any) -> int:
            nonlocal used
            if not isinstance(text, str):
                return write(text)  # which says what is wrong
            left = most - used
            used += len(text)
            if left > 0:
                write(text[:left])
            return len(text)

        return write_some

    for stream in (sys.stdout, sys.stderr):
        stream.write = bounded(stream.write)  # type: ignore[method-assign]
    shell.events.register("pre_run_cell", begin)


# ---- magics and shell lines ------------------------------------------------------------------------------------------
def _replace_commands(shell: Any, emit: Callable[[dict[str, Any]], None]) -> None:
    """`!` lines run without a terminal; what would install, download or end the kernel is left out with a remark."""
    getoutput, matplotlib = shell.getoutput, shell.find_line_magic("matplotlib")

    def ask_exit() -> None:
        emit({REMARK: "exit"})
        raise SystemExit("the notebook's run goes on below")

    def left_out(command: str) -> bool:
        if not INSTALL.match(command):
            return False
        emit({REMARK: "install"})
        print("(nothing is installed or downloaded here)")
        return True

    def system(command: str) -> None:
        command = shell.var_expand(command, depth=1)
        shell.user_ns["_exit_code"] = 0 if left_out(command) else _run(command)

    def captured(command: str, *args: Any, **kwargs: Any) -> Any:
        if left_out(command):
            command = "true"
        return getoutput(command, *args, **{**kwargs, "depth": kwargs.get("depth", 0) + 1})

    shell.system = shell.system_piped = shell.system_raw = system
    shell.getoutput = captured
    shell.ask_exit = ask_exit
    shell.input_transformers_cleanup.append(_without_timers)
    shell.register_magic_function(lambda line: matplotlib("inline"), "line", "matplotlib")  # nobody sees a window
    for name in ("pip", "conda", "mamba", "micromamba", "uv"):
        shell.register_magic_function(lambda line, name=name: left_out(name) and None, "line", name)


def _without_timers(lines: list[str]) -> list[str]:
    """A cell without `%%time` and other magics around Python: under them its statements would run as one."""
    text = cells.LINE_TIMER.sub(r"\1", "".join(lines))
    magic = cells.CELL_MAGIC.match(text)
    if magic and magic[1] not in (*cells.FOREIGN, "capture"):
        text = "\n" * magic.group().count("\n") + text[magic.end() :]
    return text.splitlines(keepends=True)


def _run(command: str) -> int:
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    try:
        while chunk := os.read(process.stdout.fileno(), _CHUNK):
            sys.stdout.write(chunk.decode("utf-8", "replace"))
        return process.wait()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
