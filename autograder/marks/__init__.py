"""A person's decisions: marks, confirmed penalties, extensions; and the proposals that a person starts from.

```toml
[[marks]]
student = "jane"          # the submission's name; left out: everybody
item = "lab1.f.answer"
points = 2.5
comment = "Right, the reason is thin."
by = "Ann"
confirmed = true          # as if it stood there where it is left out; a proposal says false

[[penalties]]             # a broken rule of the hand-in, confirmed by a person
student = "jane"
rule = "The report is the notebook printed to PDF."
by = "Ann"

[[extensions]]            # more time under the rubric's [late]; students don't read the reason
student = "jane"
days = 3                  # or due = "2026-05-04T23:59"
by = "Ann"
reason = "Ill."

[[times]]                 # when it was handed in, where the platform doesn't say, or not rightly
student = "tom"
handed_in = "2026-05-02T10:00"
by = "Ann"
```

A proposal that nobody confirmed counts nowhere, however files are ordered or joined: it is read as if it were not
there. So a person's mark stands beside it without harm, and only two marks that both count are one too many.
"""

from autograder.marks.data import PROPOSER, Mark, Marks, StudentMarks
from autograder.marks.files import load_marks
from autograder.marks.proposals import proposed_marks

__all__ = ["PROPOSER", "Mark", "Marks", "StudentMarks", "load_marks", "proposed_marks"]
