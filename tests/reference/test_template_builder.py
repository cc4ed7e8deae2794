"""The builder itself, on a two-cell assignment."""

from __future__ import annotations

import json

import pytest

from autograder import template
from autograder.errors import ConfigError

SOURCE = '''# ---
# jupyter:
#   autograder:
#     notebook: Tiny.ipynb
# ---

# %% [markdown]
# # Tiny
#
# ### BEGIN SOLUTION
# It is 2.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION

# %%
import json
import math

import numpy as np
import pandas as pd

# %%
print("not a definition")


# %%
def given(path: str) -> float:
    """Read."""
    return pd.read_csv(path).x[0] * math.pi


# %%
def successor(x: int) -> int:
    """Return x + 1."""
    ### BEGIN SOLUTION
    return x + np.int64(1)
    ### BLANK
    # # Return the successor of x.
    # raise NotImplementedError("successor")
    ### END SOLUTION


# %% tags=["experiment"]
def draw() -> None:
    print(successor(1))


draw()
'''


MODULE = '''"""The definitions of the solved tiny notebook; importing this trains, downloads and reads nothing.

Made from source.py by `python -m autograder.template tiny`. Don't edit.
"""

import math

import numpy as np

GIVEN = (
    "given",
)
SOLVED = (
    "successor",
)


def given(path: str) -> float:
    """Read."""
    import pandas as pd

    return pd.read_csv(path).x[0] * math.pi


def successor(x: int) -> int:
    """Return x + 1."""
    return x + np.int64(1)
'''


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "reference" / "tiny").mkdir(parents=True)
    (tmp_path / "reference" / "tiny" / "source.py").write_text(SOURCE)
    monkeypatch.setattr(template, "HOME", tmp_path)
    return tmp_path


def texts(root):
    return {str(path.relative_to(root)): text for path, text in template.products("tiny", root).items()}


def test_products(root):
    made = texts(root)
    assert set(made) == {
        "reference/tiny/Tiny.ipynb",
        "reference/tiny/module.py",
        "student_template/tiny/Tiny.ipynb",
    }
    notebooks = [json.loads(made[f"{folder}/tiny/Tiny.ipynb"]) for folder in ("reference", "student_template")]
    solved, blank = (notebook["cells"] for notebook in notebooks)
    assert [cell["id"] for cell in solved] == [cell["id"] for cell in blank] == [f"tiny-{n:02d}" for n in range(6)]
    assert "".join(solved[0]["source"]) == "# Tiny\n\nIt is 2."
    assert "".join(blank[0]["source"]) == "# Tiny\n\nYOUR ANSWER"
    head = 'def successor(x: int) -> int:\n    """Return x + 1."""\n'
    assert "".join(solved[4]["source"]) == head + "    return x + np.int64(1)"
    assert "".join(blank[4]["source"]) == head + (
        '    # Return the successor of x.\n    raise NotImplementedError("successor")'
    )
    assert blank[5]["metadata"] == {"tags": ["experiment"]}


def test_the_module_holds_definitions_with_slow_imports_inside(root):
    assert texts(root)["reference/tiny/module.py"] == MODULE


def test_a_script_where_the_source_names_one(root):
    (root / "reference" / "tiny" / "source.py").write_text(
        SOURCE.replace("Tiny.ipynb", "Tiny.ipynb\n#     script: tiny.py")
    )
    made = texts(root)
    assert len(made) == 5
    solved, blank = made["reference/tiny/tiny.py"], made["student_template/tiny/tiny.py"]
    assert solved.startswith("# %% [markdown]\n# # Tiny\n#\n# It is 2.\n\n\n# %%\nimport json\n")
    assert "    return x + np.int64(1)\n\n\n# %%\ndef draw" in solved
    assert '    # Return the successor of x.\n    raise NotImplementedError("successor")\n' in blank
    assert solved.count("# %%") == blank.count("# %%") == 6


def test_same_source_same_bytes(root):
    assert texts(root) == texts(root)


def test_drift_is_noticed(root, capsys):
    assert len(template.drifted("tiny", root)) == 3
    for path, text in template.products("tiny", root).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert template.drifted("tiny", root) == []
    changed = root / "reference" / "tiny" / "module.py"
    changed.write_text(changed.read_text() + "\n")
    assert template.drifted("tiny", root) == [changed]


def test_command_line(root, capsys):
    assert template.main(["tiny", "--check"]) == 1
    assert template.main(["tiny"]) == 0
    assert template.main(["tiny", "--check"]) == 0
    assert template.main(["other"]) == 3
    assert "There is no assignment called 'other'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "### BEGIN SOLUTION\nx = 1",
        "### BEGIN SOLUTION\nx = 1\n### END SOLUTION",
        "### BLANK\n# x = 1\n### END SOLUTION",
        "### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION",
    ],
)
def test_markers_must_pair_up(text):
    with pytest.raises(ConfigError):
        template.cell_text(text, blank=True, code=True)
