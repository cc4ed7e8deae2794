"""Every exception of the project, split by whose fault it is.

AutograderError
├── SubmissionError      the hand-in can't be graded: the student reads it         exit 2
├── StageOverrun         a stage of the judge took too much for it: becomes a sentence to the student
├── ConfigError          a rubric, a path or an option is wrong: staff read it     exit 3
├── OutOfGpuMemory       a run beside others on a card: it is made again, alone
├── GraderError          the grader itself failed: never a student's zero          exit 3
│   └── SandboxError     no student process could be started, or it can't be trusted
└── StudentError         the student's code did it, in its own process: costs points
    ├── StudentException     it raised
    ├── StudentTimeout       it ran out of time
    ├── StudentCrash         its process died
    ├── MalformedAnswer      what came back is not plain data, or too much of it
    ├── MissingName          the notebook does not define what was asked for
    │   └── LostName         it does, but in a cell that can't be read
    └── MachineLack          it needs what this machine lacks: costs nothing, a person looks
"""

from __future__ import annotations


class AutograderError(Exception):
    """Base of all errors that this project raises on purpose."""


class SubmissionError(AutograderError):
    """The hand-in can't be graded; the message is one sentence to the student."""


class StageOverrun(AutograderError):
    """A stage of the judge used up its processor time or memory on a hand-in; whoever asked for the stage says so."""


class ConfigError(AutograderError):
    """A rubric, a path or an option is wrong; the message names it for staff."""


class OutOfGpuMemory(AutograderError):
    """A notebook ran out of the memory of a card that it shared; whoever gives out the cards has it run again."""


class GraderError(AutograderError):
    """The grader itself failed; the item's score is null and the run exits non-zero."""


class SandboxError(GraderError):
    """No student process could be started, or the sandbox does not keep its promise."""


class StudentError(AutograderError):
    """The student's code failed inside its own process; costs points, ends nothing."""


class StudentException(StudentError):
    """The student's code raised.

    `kind` is the exception's type name, `where` the cell and line if known ("cell 7, line 3").
    """

    def __init__(self, kind: str, text: str, where: str = "") -> None:
        self.kind, self.text, self.where = kind, text, where
        place = f" ({where})" if where else ""
        super().__init__(f"raised {kind}: {text}{place}" if text else f"raised {kind}{place}")


class StudentTimeout(StudentError):
    """The student's code did not answer in time; its process has been killed."""


class StudentCrash(StudentError):
    """The student process ended in the middle of a call."""


class MalformedAnswer(StudentError):
    """The answer is not plain data of the wire format, or larger than its cap."""


class MissingName(StudentError):
    """The notebook does not define a function or class that the assignment asks for."""


class LostName(MissingName):
    """A function or class stands in a cell that failed to load; the message says where and why."""


class MachineLack(StudentError):
    """The student's code needs a package, a corpus or a version that this machine lacks; the message names it.

    It costs no points: the item waits for a person.
    """
