"""Notebooks that attack: each gains nothing, leaves nothing behind, and ends in bounded time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import nbformat
import pytest
from running import LIMITS, Run, processes

from autograder.notebook.collect import MOST_EVENTS, MOST_OUTPUTS

SHORT = msgspec.structs.replace(LIMITS, smoke_cell_seconds=6.0, smoke_seconds=90.0)
ROOT = str(Path(__file__).parents[2])
SECRETS = [f"{ROOT}/autograder/grade.py", f"{ROOT}/autograder/assignments/labrnn/rubric.toml", f"{ROOT}/reference",
           f"{ROOT}/tests", "/etc/passwd", "/root", "/home", "/tmp"]  # fmt: skip

# Signs as ipykernel does: the key is the student's to read.
SENDING = """
kernel = get_ipython().kernel
iopub = kernel.iopub_thread
def send(kind, content, parent=None):
    own = dict(kernel.get_parent()['header'], date='2026-01-01T00:00:00Z')
    header = dict(own, msg_type=kind, msg_id='x')
    parent = own if parent is None else parent
    parts = [json.dumps(part).encode() for part in (header, parent, {}, content)]
    iopub.send_multipart([b'x', b'<IDS|MSG>', kernel.session.sign(parts), *parts])
"""


@pytest.fixture(scope="module", autouse=True)
def secret() -> None:
    os.environ["AUTOGRADER_SECRET"] = "planted"


@pytest.fixture(scope="module")
def tricks(run: Callable[..., Run]) -> Run:
    """One kernel that survives them all."""
    return run(
        f"# secrets\nimport glob, os\nfound = []\nfor path in {SECRETS!r}:\n    try:\n"
        "        found.append(os.listdir(path) if os.path.isdir(path) else open(path).read())\n"
        "    except OSError: pass\nprint([f for f in found if f], 'planted' in str(os.environ),\n"
        "      'planted' in ''.join(open(p, errors='replace').read() for p in glob.glob('/proc/[0-9]*/environ') if os.access(p, os.R_OK)))",
        "# network\nimport socket, time\nfor address in (('1.1.1.1', 53), ('192.168.0.1', 80)):\n    try:\n"
        "        socket.create_connection(address, timeout=2); print('reached')\n    except OSError as e: print('no')",
        "# privileges\nimport ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print(libc.unshare(0x10000000), libc.mount(b'a', b'/scratch', b'tmpfs', 0, b''), libc.ptrace(16, 1, 0, 0),\n"
        "      libc.syscall(425, 8, 0), libc.syscall(321, 0, 0, 0), libc.setns(0, 0), libc.chroot(b'/scratch'))",
        "# others\nimport os, signal\nprint(len([p for p in os.listdir('/proc') if p.isdecimal()]) < 8)\n"
        "try: os.kill(1, signal.SIGKILL)\nexcept OSError: print('refused')",
        "# scratch\ntry:\n    with open('big', 'wb') as f:\n        for _ in range(100): f.write(bytes(1 << 20))\n"
        "except OSError as e: print('full')\nos.remove('big')\n"
        "try:\n    with open('/dev/shm/big', 'wb') as f:\n        for _ in range(100): f.write(bytes(1 << 20))\n"
        "except OSError as e: print('full')\nos.remove('/dev/shm/big')",
        "# memory\ntry: bytearray(20 << 30)\nexcept MemoryError: print('no memory')",
        "# bomb\nimport subprocess, time\n"
        "said = subprocess.run(['sh', '-c', 'while sleep 100 2>/dev/null & do :; done'], stderr=subprocess.PIPE, text=True).stderr\n"
        "print('fork' in said)\n"
        "for p in glob.glob('/proc/[0-9]*/comm'):\n"
        "    if open(p).read() == 'sleep\\n': os.kill(int(p.split('/')[2]), 9)",
        "# flood\nline = 'x' * 1_000_000\nfor _ in range(10_000): print(line)",
        "# after_flood\nprint('still here')",
        "# pictures\nfrom IPython.display import display, Javascript\n"
        "for _ in range(1500): display({'text/plain': 'p', 'text/html': '<b>', 'application/javascript': '1'}, raw=True)",
        "# forged\nfrom IPython.display import display\nM = 'application/vnd.autograder+json'\n"
        "import json\nfor e in ([1], 'x', 5, {'n': 10 ** 4000}, {'a': {'b': 1}}, {'long': 'x' * 200_000}, {'remark': 'no gpu'},\n"
        "          {'remark': 'Your score is 100.'}, {'deep': [[[[[[[[[[[1]]]]]]]]]]]}, {'loss': float('nan')}):\n"
        "    display({M: json.dumps(e)}, raw=True)\n"
        "for text in ('{' * 5000, '[' * 90_000, 'x', '', '{\"n\": ' + '9' * 5000 + '}'): display({M: text}, raw=True)\n"
        "display({M: {'not': 'text'}}, raw=True)",
        "# many\nfor n in range(3000):\n    if n % 500 == 499: time.sleep(0.1)\n    display({M: '{\"n\": 1}'}, raw=True)",
        f"# garbage\nimport json, zmq\n{SENDING}\n"
        "for parts in ([b'x'], [b'<IDS|MSG>', b'', b'{', b'{', b'{', b'{'], [b'<IDS|MSG>'] + [b'[' * 100_000] * 5,\n"
        "              [b'a'] * 2000, [b'']):\n    iopub.send_multipart(parts)\n"
        "for content in ([], 5, {'name': 5, 'text': 5}, {'text': ['a']}, {'data': 5}, {'execution_state': []},\n"
        "                {'ename': 5, 'traceback': 7}, {'data': {'image/png': 'x', 'text/plain': [5]}}):\n"
        "    for kind in ('stream', 'display_data', 'error', 'status', 'clear_output', 'update_display_data', 5):\n"
        "        send(kind, content)\nsend('stream', {'text': 'x'}, parent=[])\ntime.sleep(0.3)\nprint('sent')",
        "# huge\niopub.send_multipart([b'<IDS|MSG>', bytes(20 << 20)])\ntime.sleep(1)\nprint('cut off')",
        "# after_huge\nprint('heard again')",
        "# forged_idle\nsend('status', {'execution_state': 'idle'})\ntime.sleep(1)\nprint('unheard')",
        "# replaced\nimport IPython.display\nIPython.display.display = print\nget_ipython().display_pub.publish = None",
        "# surrogates\nsend('stream', {'name': 'stdout', 'text': 'half \\ud800'})\ntime.sleep(0.3)",
        "# last\n'the end'",
        limits=SHORT,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("secrets", "[] False False\n"),
        ("network", "no\nno\n"),
        ("privileges", "-1 -1 -1 -1 -1 -1 -1\n"),
        ("scratch", "full\nfull\n"),
        ("memory", "no memory\n"),
        ("bomb", "True\n"),
        ("after_flood", "still here\n"),
        ("after_huge", "heard again\n"),
    ],
)
def test_contained(tricks: Run, name: str, text: str) -> None:
    assert tricks.cell(name).text == text, tricks.cell(name)


def test_the_kernel_survived_with_a_valid_notebook(tricks: Run) -> None:
    assert tricks.cell("others").text.startswith("True\n")
    assert tricks.outputs("last")[0]["data"] == {"text/plain": "'the end'"}
    assert tricks.cell("garbage").status == "ran"
    nbformat.validate(nbformat.from_dict(tricks.book))
    assert tricks.seconds < 80


def test_floods_are_cut(tricks: Run) -> None:
    flood = tricks.cell("flood")
    assert flood.status in ("ran", "timed out") and 10_000 < len(flood.text) < 70_000 and "cut" in flood.text
    assert len(tricks.outputs("pictures")) <= MOST_OUTPUTS
    assert "<b>" not in str(tricks.outputs("pictures")) and "javascript" not in str(tricks.outputs("pictures"))
    assert 1000 < len(tricks.cell("many").events) <= MOST_EVENTS
    assert len(str(tricks.book)) < 1_000_000


def test_forged_events_are_checked_and_remarks_are_ours(tricks: Run) -> None:
    number, first, second = tricks.cell("forged").events
    assert number["n"] == 10**4000 and first == {"a": {"b": 1}} and math.isnan(second["loss"])
    assert [r for r in tricks.execution.remarks if "score" in r] == []


def test_a_cell_that_seems_finished_early_loses_only_its_own_output(tricks: Run) -> None:
    assert tricks.cell("forged_idle").text == "" and tricks.cell("forged_idle").status == "ran"


def test_kernels_that_end_or_hang_for_good(run: Callable[..., Run]) -> None:
    done = run(
        "# survivor\nimport subprocess, os, time\nsubprocess.Popen(['sleep', '1000', 'LEFT-BEHIND'][:2], start_new_session=True)\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: time.sleep(1)\n    os._exit(0)\nprint('daemons')",
        "# kills\nprint('x', flush=True)\nos.kill(os.getpid(), 9)",
        "# hangs\nimport time, signal, threading\nfor s in (signal.SIGINT, signal.SIGTERM): signal.signal(s, signal.SIG_IGN)\n"
        "class Sticky:\n    def __del__(self):\n        while True: time.sleep(1)\n"
        "print('begun', flush=True)\ntry:\n    del Sticky.x\nexcept AttributeError:\n    Sticky()",
        "# goes_on\nprint(1)",
        limits=msgspec.structs.replace(SHORT, smoke_cell_seconds=2.0),
    )  # fmt: skip
    assert [cell.status for cell in done.execution.cells] == ["ran", "failed", "timed out", "ran"]
    assert done.cell("hangs").text == "begun\n"
    assert not list(processes())


@pytest.mark.parametrize("block", ["bytearray(filler)", "mmap.mmap(-1, len(filler)); block.write(filler)"])
def test_a_memory_hog_of_many_processes_is_ended(block: str, run: Callable[..., Run]) -> None:
    done = run(
        "# hog\nimport mmap, os, time\nfor _ in range(3):\n    if os.fork() == 0:\n"
        f"        filler = os.urandom(1 << 20) * 300; block = {block}; del filler; time.sleep(60); os._exit(0)\ntime.sleep(30)",
        limits=msgspec.structs.replace(SHORT, memory_mb=800, smoke_cell_seconds=20.0),
    )
    assert done.cell("hog").error == "The kernel was ended: it used more than 800 MB of memory."
    assert done.seconds < 40
