"""What a student process may not read, write, reach or ask of the kernel: the tiers that say so."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxed import TOKEN, Student

import autograder
from autograder.sandbox import ZygoteSandbox

PACKAGE = Path(autograder.__file__).resolve().parent
REPOSITORY = PACKAGE.parent
FAILURES = {"PermissionError", "FileNotFoundError", "NotADirectoryError", "OSError", "ProcessLookupError"}


@pytest.fixture(scope="module")
def secret() -> Iterator[Path]:
    """A grader's file in the repository."""
    folder = REPOSITORY / "build" / f"secret-{os.getpid()}"
    folder.mkdir(parents=True)
    path = folder / "expected.json"
    path.write_text(TOKEN)
    path.chmod(0o644)
    yield path
    path.unlink()
    folder.rmdir()


def test_graders_files_can_not_be_read(hostile: Student, secret: Path) -> None:
    paths = [secret, PACKAGE / "records.py", PACKAGE / "assignments" / "__init__.py", Path(__file__)]
    paths += [Path(p) for p in ("/etc/shadow", "/etc/passwd", "/root/.bashrc", "/proc/1/environ", "/proc/self/maps")]
    assert all(path.exists() for path in paths[:4])
    answers = hostile.run(f"result = [tried(lambda p: open(p).read(), p) for p in {list(map(str, paths))}]")
    assert set(answers) <= FAILURES


def test_the_inside_can_be_read_and_nothing_else_of_ours(hostile: Student) -> None:
    assert hostile.run("import autograder.inside.names, autograder.wire.frames, colorsys, this; result = 1") == 1
    for room in ("errors.py", "student/proxy.py", "sandbox/host.py", "judge/expect.py"):
        assert (PACKAGE / room).exists()
        assert hostile.run(f"result = tried(open, {str(PACKAGE / room)!r})") in FAILURES


def test_folders_can_not_be_listed(hostile: Student, sandbox: ZygoteSandbox) -> None:
    folders = ["/", "/root", "/home", "/tmp", "/dev/shm", "/proc", str(REPOSITORY), str(PACKAGE), "/work", ".."]
    answers = hostile.run(f"import os; result = [tried(os.listdir, p) for p in {folders}]")
    assert all(answer in FAILURES or answer == [] for answer in answers)


def test_processes_of_others_can_not_be_seen(hostile: Student) -> None:
    me = os.getpid()
    names = [f"/proc/{me}/{name}" for name in ("environ", "mem", "maps", "cmdline", "fd", "root", "cwd")]
    source = f"import os\nresult = [tried(lambda p: open(p, 'rb').read(10), p) for p in {names}]"
    assert set(hostile.run(source)) <= FAILURES


def test_the_judges_environment_is_not_inherited(student: Student) -> None:
    assert TOKEN not in student.run("import os; result = repr(dict(os.environ))")
    assert "AUTOGRADER_TOKEN" not in student.run("import os; result = list(os.environ)")


def test_the_judges_memory_is_not_inherited(student: Student) -> None:
    source = f"""
import gc, sys
half = {TOKEN[:9]!r}, {TOKEN[9:]!r}
strings = [s for o in gc.get_objects() if isinstance(o, dict) for s in o.values() if isinstance(s, str)]
result = any("".join(half) in s for s in strings), [m for m in sys.modules if m.startswith("autograder")]
"""
    found, modules = student.run(source)
    assert not found
    assert all(
        m == "autograder" or m.startswith(("autograder.inside", "autograder.wire", "autograder.system"))
        for m in modules
    )


def test_nothing_can_be_written_outside_scratch(hostile: Student, secret: Path) -> None:
    places = [secret, secret.parent / "new", PACKAGE / "new.py", PACKAGE / "sandbox" / "new.py", PACKAGE / "errors.py"]
    texts = [*map(str, places), "/tmp/new", "/usr/new", "/dev/shm/new", "/dev/new", "/etc/new", "../new", os.__file__]
    assert set(hostile.run(f"result = [tried(open, p, 'a') for p in {texts}]")) <= FAILURES
    calls = [
        f"os.unlink, {str(secret)!r}",
        f"os.rename, {str(secret)!r}, 'mine'",
        f"os.link, {str(secret)!r}, 'mine'",
        f"os.chmod, {str(secret)!r}, 0o777",
        f"os.truncate, {str(secret)!r}, 0",
        "os.open, os.__file__, os.O_RDONLY | os.O_TRUNC",
        "os.chmod, os.__file__, 0o666",
        f"os.setxattr, {str(secret)!r}, 'user.x', b'y'",
        f"os.utime, {str(secret.parent)!r}",
        "os.mkdir, '/tmp/new'",
        "os.mkfifo, '/tmp/fifo'",
    ]
    answers = hostile.run(f"import os; result = [{', '.join(f'tried({call})' for call in calls)}]")
    assert set(answers) <= FAILURES
    assert secret.read_text() == TOKEN


def test_links_lead_nowhere(hostile: Student, secret: Path) -> None:
    source = f"import os; os.symlink({str(secret)!r}, 'link'); result = tried(lambda: open('link').read())"
    assert hostile.run(source) in FAILURES


def test_no_network(hostile: Student) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        source = f"""
import socket
result = [tried(socket.create_connection, ("127.0.0.1", {port}), 1), tried(socket.getaddrinfo, "localhost", 80)]
kinds = [(family, socket.SOCK_STREAM) for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 40)]
kinds += [(socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_NETLINK, socket.SOCK_RAW)]
result += [tried(socket.socket, *kind) for kind in kinds]
result += [tried(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM), tried(socket.socketpair, socket.AF_TIPC)]
"""
        assert set(hostile.run(source)) <= FAILURES | {"gaierror", "ConnectionRefusedError"}


def test_no_signals_to_others(hostile: Student, sandbox: ZygoteSandbox) -> None:
    parent = max(2, os.getppid())  # 1 is the student process itself, where it has its own numbers
    others = [os.getpid(), parent, -1, 0, -os.getpgrp(), 2, 3, *range(10, 20)]
    source = f"""
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
result = [tried(os.kill, pid, 9) for pid in {others}] + [tried(os.killpg, pid, 9) for pid in {others[:2]}]
result += [libc.syscall({_number("tkill")}, pid, 9) for pid in {others}]
"""
    assert set(hostile.run(source)) <= FAILURES | {-1}
    assert Student(sandbox).run("result = 1") == 1, "the zygote lives"


def test_no_signals_by_descriptor_owner(hostile: Student) -> None:
    """fcntl can make the kernel send any signal to any process of the same user."""
    source = "import fcntl, os; r, w = os.pipe(); result = [tried(fcntl.fcntl, r, c, 1) for c in (8, 10)]"
    assert set(hostile.run(source)) <= FAILURES


def test_no_looking_into_other_processes(hostile: Student) -> None:
    me = os.getpid()
    source = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
result = []
for pid in [{me}, *range(2, 60)]:
    result += [libc.ptrace(16, pid, 0, 0), libc.syscall({_number("pidfd_open")}, pid, 0)]
    result += [libc.process_vm_readv(pid, None, 0, None, 0, 0), libc.syscall({_number("kcmp")}, pid, pid, 0, 0, 0)]
"""
    assert set(hostile.run(source)) == {-1}


ESCAPES = {
    "unshare": "0x10000000",
    "setns": "3, 0",
    "mount": "b'none', b'.', b'tmpfs', 0, 0",
    "umount2": "b'/proc', 2",
    "pivot_root": "b'.', b'.'",
    "chroot": "b'.'",
    "bpf": "0, 0, 0",
    "io_uring_setup": "8, 0",
    "userfaultfd": "0",
    "keyctl": "0, -3, 0",
    "add_key": "b'user', b'x', b'y', 1, -3",
    "memfd_create": "b'x', 0",
    "perf_event_open": "0, 0, 0, 0, 0",
    "personality": "0x40000",
    "open_by_handle_at": "0, 0, 0",
    "name_to_handle_at": "-100, b'.', 0, 0, 0",
    "fsopen": "b'tmpfs', 0",
    "open_tree": "-100, b'/', 1",
    "shmget": "1, 4096, 0o1777",
    "msgget": "1, 0o1777",
    "mknod": "b'device', 0o20666, 0x101",
    "setuid": "0",
    "sched_setaffinity": "0, 0, 0",
    "prctl": "1, 0, 0, 0, 0",
    "prlimit64": f"{os.getpid()}, 0, 0, 0",
    "clone": "0x10000000 | 17, 0, 0, 0, 0",
    "execve": "b'/usr/bin/id', 0, 0",
    "init_module": "0, 0, b''",
    "reboot": "0, 0, 0, 0",
    "syslog": "3, 0, 0",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are those of x86-64")
def test_no_escape_by_system_call(hostile: Student) -> None:
    calls = [f"libc.syscall({_number(name)}, {arguments})" for name, arguments in ESCAPES.items()]
    source = f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nresult = [{', '.join(calls)}]"
    assert dict(zip(ESCAPES, hostile.run(source), strict=True)) == dict.fromkeys(ESCAPES, -1)


def test_no_programs_can_be_run(hostile: Student) -> None:
    source = "import os, subprocess; result = [tried(subprocess.run, ['id']), tried(os.execv, '/usr/bin/id', ['id'])]"
    assert set(hostile.run(source)) <= FAILURES
    assert hostile.run("result = tried(os.system, 'id > own')") in (-1, 32512, "PermissionError")


def test_no_capabilities_to_speak_of(hostile: Student, sandbox: ZygoteSandbox) -> None:
    """capget, since /proc is hidden. Tier 2 may keep one for reading where Landlock alone decides what is read."""
    source = """
import ctypes, struct
header, data = ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0)), ctypes.create_string_buffer(24)
assert ctypes.CDLL(None).capget(header, data) == 0
result = [hex(word) for word in struct.unpack("<6I", data.raw)]
"""
    effective, permitted, inheritable, *high = hostile.run(source)
    assert {inheritable, *high} == {"0x0"}
    assert {effective, permitted} <= ({"0x0"} if sandbox.tier.number == 1 else {"0x0", "0x2", "0x4"})


def test_not_root(limited: Student) -> None:
    assert 0 not in limited.run("import os; result = [*os.getresuid(), *os.getresgid(), *os.getgroups()]")


def test_only_four_descriptors_are_open(student: Student) -> None:
    source = "import os\nresult = [fd for fd in range(48) if tried(os.fstat, fd) != 'OSError']"
    assert student.run(source) == [0, 1, 2, 3]


def _number(name: str) -> int:
    """The system call's number on this machine, asked of libseccomp."""
    sc = pytest.importorskip("pyseccomp")
    return int(sc.resolve_syscall(sc.system_arch(), name))
