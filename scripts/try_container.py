"""Runs the Dockerfile's steps in an empty root and grades inside, where there is no Docker: `make test-container`.

The steps are read out of containers/Dockerfile: COPY copies into the root, RUN runs there. Then the ENTRYPOINT runs as
USER in WORKDIR, in a root of its own (pivot_root), under what container engines do to user namespaces:

  open        user namespaces, /proc as it is: Apptainer; docker --security-opt seccomp=… and systempaths=unconfined
  masked      user namespaces, parts of /proc covered: docker --security-opt seccomp=unconfined
  default     Docker's default profile: no namespaces but by CAP_SYS_ADMIN
  forbidden   user.max_user_namespaces = 0, as hardened hosts have it

Needs root, debootstrap, and the network or this machine's own package folders (--bind).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "containers" / "Dockerfile"
CONDITIONS = ("open", "masked", "default", "forbidden")
# Refused by Docker's default profile to whoever lacks CAP_SYS_ADMIN; the list is ours, after its documentation.
REFUSED = """
    add_key bpf fanotify_init fsconfig fsmount fsopen fspick get_mempolicy kcmp kexec_load keyctl lookup_dcookie mbind
    mount mount_setattr move_mount open_tree perf_event_open pidfd_getfd pivot_root process_madvise quotactl reboot
    request_key set_mempolicy setdomainname sethostname setns swapon swapoff syslog umount2 unshare userfaultfd
"""
NAMESPACES = 0x7E020000
FILTER = """
import os, sys
import pyseccomp as sc
rules = sc.SyscallFilter(sc.ALLOW)
for name in {refused!r}.split():
    rules.add_rule(sc.ERRNO(1), name)
for bit in range(32):
    if {namespaces} >> bit & 1:
        rules.add_rule(sc.ERRNO(1), "clone", sc.Arg(0, sc.MASKED_EQ, 1 << bit, 1 << bit))
rules.add_rule(sc.ERRNO(38), "clone3")
rules.load()
os.execvp(sys.argv[1], sys.argv[1:])
"""
# What Docker and podman cover in /proc, or show read-only; a new /proc can then be mounted by nobody inside.
MASK = """
for own in acpi asound interrupts kcore keys latency_stats timer_list scsi; do
    if [ -d proc/$own ]; then mount -t tmpfs -o ro,size=0 tmpfs proc/$own
    elif [ -e proc/$own ]; then mount --bind /dev/null proc/$own; fi
done
for own in bus fs irq sys sysrq-trigger; do
    if [ -e proc/$own ]; then mount --bind proc/$own proc/$own; mount -o remount,bind,ro proc/$own; fi
done
"""
ENTER = """
mount --make-rprivate /
mount --bind {root} {root}
cd {root}
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/shm dev/pts; mount -t tmpfs -o mode=1777 tmpfs dev/shm
for node in null zero full random urandom tty; do : > dev/$node; mount --bind /dev/$node dev/$node; done
ln -s /proc/self/fd dev/fd
{more}
mkdir -p .old
pivot_root . .old
umount -l /.old
cd {workdir}
exec {command}
"""


@dataclass
class Image:
    """What the Dockerfile says of the finished image."""

    env: dict[str, str] = field(default_factory=dict)
    user: int = 0
    workdir: str = "/"
    entrypoint: list[str] = field(default_factory=list)


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, continued lines joined, comments left out."""
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(word.upper(), rest.strip()) for line in lines if line.strip() for word, _, rest in [line.partition(" ")]]


def build(root: Path, arguments: dict[str, str], binds: list[str], more_env: dict[str, str], *, built: bool) -> Image:
    """Do what the Dockerfile says in `root`, which holds a Debian. `arguments`: build arguments that differ.
    `binds`, `more_env`: this machine's own ways to packages. `built`: nothing is left to do, only to be read."""
    image, given = Image(), dict[str, str]()
    for word, rest in instructions(DOCKERFILE.read_text(encoding="utf-8")):
        if word in ("COPY", "RUN"):
            if built:
                continue
            print(f"{word} {rest}", flush=True)
        match word:
            case "ARG":
                name, _, value = rest.partition("=")
                given[name] = arguments.get(name, value)
            case "COPY":
                *sources, target = rest.split()
                for source in sources:
                    copy(ROOT / source, root / target.lstrip("/"), folder=target.endswith("/"))
            case "RUN":
                words = ["sh", "-c", rest]
                env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **given, **image.env, **more_env}
                if status := enter(root, words, env=env, more=bound(root, binds)):
                    sys.exit(f"{rest} ended with {status}.")
            case "ENV":
                name, _, value = rest.partition("=")
                image.env[name] = value
            case "USER":
                image.user = int(rest.partition(":")[0])
            case "WORKDIR":
                image.workdir = rest
            case "ENTRYPOINT":
                image.entrypoint = json.loads(rest)
            case "FROM" | "CMD":
                pass  # an empty Debian 12 stands for the base; commands are given below
            case _:
                sys.exit(f"There is no way to do {word} here.")
    return image


def copy(source: Path, target: Path, *, folder: bool) -> None:
    """As COPY does: a folder's content into `target`, a file to it or into it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        if folder:
            target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def bound(root: Path, binds: list[str]) -> str:
    """Shell lines that show this machine's files in the root, read-only: its name server, its ways to packages."""
    lines = []
    for bind in ["/etc/resolv.conf", *binds]:
        path, _, shown = bind.partition(":")
        own = shlex.quote(f"{root}{shown or path}")
        lines.append(f"mkdir -p {own}" if os.path.isdir(path) else f"mkdir -p $(dirname {own}); : >> {own}")
        lines.append(f"mount --bind {shlex.quote(path)} {own}; mount -o remount,bind,ro {own}")
    return "\n".join(lines)


def enter(
    root: Path, words: list[str], *, env: dict[str, str], workdir: str = "/", more: str = "", own_users: bool = False
) -> int:
    """Run a command as root in `root`, in mount and pid namespaces of its own; return its exit code.

    `own_users`: in a user namespace too, that maps everybody to themselves, so that its limits are nobody else's."""
    script = ENTER.format(root=shlex.quote(str(root)), more=more, workdir=workdir, command=shlex.join(words))
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script]
    env = {"PATH": os.environ["PATH"], **env}
    if not own_users:
        return subprocess.run(command, env=env, check=False).returncode
    waits = ["unshare", "--user", "sh", "-c", 'read _; exec "$@" </dev/null', "sh", *command]
    with subprocess.Popen(waits, env=env, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        while os.readlink(f"/proc/{process.pid}/ns/user") == os.readlink("/proc/self/ns/user"):
            time.sleep(0.01)
        for ids in ("uid_map", "gid_map"):
            Path(f"/proc/{process.pid}/{ids}").write_text("0 0 4294967295")
        process.stdin.write(b"\n")
        process.stdin.close()
        return process.wait()


def inside(root: Path, image: Image, condition: str, words: list[str], uid: int) -> int:
    """Run the image's entry point with `words`, as an unprivileged user, under one condition; return its exit code."""
    as_user = f"setpriv --reuid {uid} --regid {uid} --clear-groups --bounding-set=-all --inh-caps=-all".split()
    command = [*as_user, *image.entrypoint, *words]
    more = ""
    if condition == "masked":
        more = MASK
    elif condition == "default":
        more = MASK
        source = FILTER.format(refused=" ".join(REFUSED.split()), namespaces=NAMESPACES)
        command = ["/opt/autograder/bin/python", "-c", source, *command]
    elif condition == "forbidden":
        more = "echo 0 > /proc/sys/user/max_user_namespaces"
    env = {"LANG": "C.UTF-8", "HOME": "/tmp", **image.env}
    env["PATH"] = f"{env['PATH']}:/usr/sbin:/sbin"
    return enter(root, command, env=env, workdir=image.workdir, more=more, own_users=condition == "forbidden")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="folder of the root; kept, and used again if it is built")
    parser.add_argument("--torch-index", default="", help="build argument TORCH_INDEX; empty: where pip looks anyway")
    parser.add_argument("--bind", nargs="*", default=[], help="PATH[:SHOWN] of this machine, read-only for the build")
    parser.add_argument("--env", nargs="*", default=[], help="NAME=VALUE for the build")
    parser.add_argument("--uid", type=int, help="user that grades, as docker run --user says it; else the image's")
    parser.add_argument("--under", nargs="*", choices=CONDITIONS, default=CONDITIONS, help="conditions to grade under")
    parser.add_argument("--built", action="store_true", help="the root is built: only grade in it")
    options = parser.parse_args()
    root = options.root.resolve()
    if not (root / "usr" / "bin").exists():
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True)
    arguments = {"TORCH_INDEX": options.torch_index}
    env = dict(pair.split("=", 1) for pair in options.env)
    image = build(root, arguments, options.bind, env, built=options.built)
    uid = image.user if options.uid is None else options.uid
    work = root / "work"
    for kind in ("reference", "student_template"):
        shutil.copytree(ROOT / kind / "labrnn", work / kind, dirs_exist_ok=True)
    wrong = 0
    for condition in options.under:
        print(f"\n---- {condition} ----", flush=True)
        for words in (["tier"], ["tier", "--check"]):
            wrong += inside(root, image, condition, words, uid) != 0
        out = f"/tmp/results-{condition}"
        words = ["grade", "reference/LabRNN.ipynb", "--only", "functions", "--out", out]
        status = inside(root, image, condition, words, uid)
        report = root / out.lstrip("/") / "LabRNN" / "results.json"
        score = json.loads(report.read_text())["score"] if report.exists() else None
        print(f"{condition}: exit code {status}, score {score}", flush=True)
        wrong += (status, score) != (0, 40)
        words = ["grade", "reference/LabRNN.ipynb", "--only", "notebook", "--mode", "smoke", "--out", f"{out}-whole"]
        wrong += inside(root, image, condition, words, uid) != 0
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
