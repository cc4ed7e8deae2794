"""Pictures of trainings as SVG for the page. matplotlib is slow to import: only a report with trainings pays for it.

Colours are drawn as the light page has them and then named, so that the page's style sheet turns them over for a dark
screen and for paper. They are Okabe and Ito's, which readers with any kind of colour vision can tell apart; shapes and
dashes say the same once more. Student text is cut, made ASCII (other letters may lack a glyph) and never parsed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograder.evidence import Attempt, ClassVerdict, Standing, Training
from autograder.reports.trainings import Row, Section, percent, tested

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ALL_PANELS = 240  # learning curves in one report
ATTEMPTS = 8

INK, SOFT, LINE, GOOD, BAD = "#1d2430", "#5b6573", "#dfe3e8", "#2f7d4f", "#b8323a"
BLUE, ORANGE, GREEN, PINK = "#0072b2", "#d55e00", "#009e73", "#b0568a"
_VARIABLES = {
    INK: "ink", SOFT: "soft", LINE: "line", GOOD: "good", BAD: "bad",
    BLUE: "blue", ORANGE: "orange", GREEN: "green", PINK: "pink",
}  # fmt: skip
_KINDS = {"LSTM": ("o", BLUE), "GRU": ("s", ORANGE)}
_OTHER = ("D", GREEN)
_Dot = tuple[float, float, str, bool]  # x, y, class, whether it stands out
_WIDTH = 8.6  # inches: the page's column
_NARROW = 4.8  # fits a phone
_TOP_LOSS = 3.0
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 7.5,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.bottom": False,
    "ytick.left": False,
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 3,
    "axes.unicode_minus": False,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
}


# ---- learning curves -------------------------------------------------------------------------------------------------
def has_curve(row: Row) -> bool:
    """Whether there is an epoch with a figure."""
    return any(figure is not None for epoch in row.training.epochs for figure in vars(epoch).values())


def learning_curves(rows: Sequence[Row], name: str) -> str:
    """Small multiples, one panel for each training: losses and accuracies against epochs, all on one scale.

    `name` tells the picture from others on its page. Returns one `<svg>` element.
    """
    columns = 3 if len(rows) <= 3 else 4 if len(rows) <= 12 else 6
    lines = -(-len(rows) // columns)
    height = 0.62 + lines * (1.6 if columns < 6 else 1.32)
    ceiling = max(1.0, *(_ceiling(row.training) for row in rows)) * 1.04
    longest = max(2, *(len(row.training.epochs) for row in rows))

    def draw(figure: Figure) -> None:
        grid = figure.add_gridspec(
            lines,
            columns,
            left=0.045,
            right=0.995,
            bottom=0.36 / height,
            top=1 - 0.6 / height,
            wspace=0.12,
            hspace=0.55,
        )
        for place, row in enumerate(rows):
            axes = figure.add_subplot(grid[place // columns, place % columns])
            _panel(axes, row, {3: 52, 4: 38, 6: 27}[columns])
            axes.set(xlim=(0.8, longest + 0.2), ylim=(0, ceiling), xticks=_epoch_ticks(longest), yticks=[0, 0.5, 1])
            axes.tick_params(labelleft=place % columns == 0, labelbottom=place + columns >= len(rows), pad=1)
        figure.legend(*_curve_legend(), loc="upper left", ncols=4, borderaxespad=0.1, handlelength=2.6)
        middle = 0.045 + 0.95 * min(len(rows), columns) / columns / 2
        figure.text(middle, 0.05 / height, "epoch", ha="center", color=SOFT)
        figure.text(0.995, 1 - 0.06 / height, "loss in nats, accuracy as a share", ha="right", va="top", color=SOFT)

    numbers = f"{rows[0].number} to {rows[-1].number}"
    return svg(draw, height, name, f"Learning curves of trainings {numbers}: loss and accuracy against epochs")


def _panel(axes: Axes, row: Row, letters: int) -> None:
    training = row.training
    for field, colour, dashes in _CURVES:
        top = 1.0 if field.endswith("acc") else _TOP_LOSS
        points = [(n, figure) for n, e in enumerate(training.epochs, 1) if (figure := getattr(e, field)) is not None]
        marker = "." if len(points) == 1 else ""  # a line needs two points to be seen
        heights = [min(max(figure, 0.0), top) for _, figure in points]
        axes.plot([n for n, _ in points], heights, color=colour, linestyle=dashes, marker=marker)
    accuracy = tested(training)
    test = "no test" if accuracy is None else f"{_TESTED[training.standing]} {percent(accuracy)}"
    words = [str(row.number), *([_plain(training.kind, letters - 17)] if training.kind else []), test]
    axes.set_title(" · ".join(words), pad=10.5)
    brief = re.sub(r"_DIM\b|\bN_", "", row.settings).lower().replace("=", " ")  # room is short
    axes.annotate(
        _plain(brief, letters), (0, 1), (0, 2.5), "axes fraction", textcoords="offset points", fontsize=6, color=SOFT
    )


_TESTED: dict[Standing, str] = {"verified": "verified", "observed": "test", "claimed": "claims"}
_CURVES = (
    ("train_loss", ORANGE, "--"),
    ("valid_loss", ORANGE, "-"),
    ("train_acc", BLUE, "--"),
    ("valid_acc", BLUE, "-"),
)


def _curve_legend() -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    words = {"train_loss": "training loss", "valid_loss": "validation loss"}
    words |= {"train_acc": "training accuracy", "valid_acc": "validation accuracy"}
    lines = [Line2D([], [], color=colour, linestyle=dashes) for _, colour, dashes in _CURVES]
    return lines, [words[field] for field, _, _ in _CURVES]


def _ceiling(training: Training) -> float:
    losses = [loss for epoch in training.epochs for loss in (epoch.train_loss, epoch.valid_loss)]
    return min(_TOP_LOSS, max((loss for loss in losses if loss is not None), default=1.0))


def _epoch_ticks(longest: int) -> list[int]:
    return list(range(1, longest + 1, max(1, longest // 5)))


# ---- all trainings of a standing -------------------------------------------------------------------------------------
def overview(parts: Sequence[tuple[Section, Sequence[Row]]], bar: float | None, name: str) -> str:
    """Test accuracy of every training, part by part; beside it accuracy against the number of parameters.

    Returns one `<svg>` element.
    """
    height = 2.8

    def draw(figure: Figure) -> None:
        by_part, by_size = figure.subplots(1, 2, width_ratios=[2.1, 1], sharey=True)
        figure.subplots_adjust(left=0.085, right=0.985, bottom=0.45 / height, top=1 - 0.5 / height, wspace=0.06)
        _draw_parts(by_part, parts)
        _draw_sizes(by_size, [row for _, rows in parts for row in rows])
        reached = [a for _, rows in parts for row in rows if (a := tested(row.training)) is not None]
        by_part.set_ylim(0.44 if min(reached, default=0.5) >= 0.46 else -0.04, 1.0)
        by_part.set_ylabel("test accuracy")
        by_part.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        for axes in (by_part, by_size):
            if bar is not None:
                axes.axhline(bar, color=GOOD, linestyle=(0, (6, 3)), linewidth=1)
        figure.legend(*_kind_legend(parts, bar), loc="upper left", ncols=6, borderaxespad=0.1, handletextpad=0.5)

    count = sum(len(rows) for _, rows in parts)
    return svg(draw, height, name, f"Test accuracy of {count} trainings by part, and against the number of parameters")


def _draw_parts(axes: Axes, parts: Sequence[tuple[Section, Sequence[Row]]]) -> None:
    """One dot for each training in the order of their numbers; above each part the figure of its best."""
    total = sum(len(rows) for _, rows in parts)
    above, left = axes.get_xaxis_transform(), 0.0
    centres: list[float] = []
    dots: list[_Dot] = []
    untested: list[float] = []
    for place, (_, rows) in enumerate(parts):
        width = max(len(rows), total / 12, 1)  # a part with one run needs room for its name
        best = max((a for row in rows if (a := tested(row.training)) is not None), default=None)
        for n, row in enumerate(rows):
            spot, accuracy = left + width * (n + 0.5) / len(rows), tested(row.training)
            if accuracy is None:
                untested.append(spot)
            else:
                dots.append((spot, accuracy, row.training.kind, accuracy == best))
        if best is not None:
            axes.text(left + width / 2, 1.02, f"{100 * best:.1f}", transform=above, ha="center", fontsize=7)
        if place:
            axes.axvline(left, color=LINE, linewidth=0.6)
        centres.append(left + width / 2)
        left += width
    _draw_dots(axes, dots)
    axes.plot(untested, [0.03] * len(untested), "x", color=BAD, transform=above)
    names = [_plain(part.id.removeprefix("lab") or "other", 10) for part, _ in parts]
    axes.set(xlim=(0, left), xticks=centres, xlabel="part of the rubric, its runs in order; above: its best run in %")
    axes.set_xticklabels(names)


def _draw_sizes(axes: Axes, rows: Sequence[Row]) -> None:
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    dots: list[_Dot] = []
    for row in rows:
        accuracy, size = tested(row.training), row.training.num_params
        if accuracy is not None and size is not None and size > 0:
            dots.append((size, accuracy, row.training.kind, True))
    _draw_dots(axes, dots)
    sizes = [size for size, *_ in dots] or [1e5]
    low, high = min(sizes) / 1.4, max(sizes) * 1.4
    spread = max(1.0, (12 / (high / low)) ** 0.5)  # at least one decade, so that the ticks mean something
    axes.set(xscale="log", xlim=(low / spread, high * spread), xlabel="parameters (logarithmic)")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 3) if high / low < 100 else (1,), numticks=8))
    axes.xaxis.set_major_formatter(EngFormatter(sep=" "))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelleft=False, which="both", bottom=False)


def _draw_dots(axes: Axes, dots: Sequence[_Dot]) -> None:
    """Alike dots in one stroke: the file holds each shape once."""
    for kind, strong in dict.fromkeys((kind if kind in _KINDS else "", strong) for *_, kind, strong in dots):
        alike = [dot for dot in dots if (dot[2] if dot[2] in _KINDS else "", dot[3]) == (kind, strong)]
        marker, colour = _KINDS.get(kind, _OTHER)
        look: dict[str, Any] = {"alpha": 1 if strong else 0.6, "markeredgewidth": 0, "clip_on": False}
        axes.plot([x for x, *_ in alike], [y for _, y, *_ in alike], marker, color=colour, **look)


def _kind_legend(parts: Sequence[tuple[Section, Sequence[Row]]], bar: float | None) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    trainings = [row.training for _, rows in parts for row in rows]
    present = [kind for kind in _KINDS if any(t.kind == kind for t in trainings)]
    handles = [Line2D([], [], linestyle="", marker=_KINDS[kind][0], color=_KINDS[kind][1]) for kind in present]
    words = [*present]
    if any(t.kind not in _KINDS for t in trainings):
        handles.append(Line2D([], [], linestyle="", marker=_OTHER[0], color=_OTHER[1]))
        words.append("other or unknown class")
    if any(tested(t) is None for t in trainings):
        handles.append(Line2D([], [], linestyle="", marker="x", color=BAD))
        words.append("no test figure")
    if bar is not None:
        handles.append(Line2D([], [], linestyle=(0, (6, 3)), color=GOOD, linewidth=1))
        words.append(f"bar, {percent(bar)}")
    return handles, words


# ---- accuracy verification -------------------------------------------------------------------------------------------
def attempts(verdict: ClassVerdict, name: str) -> str:
    """Validation accuracy of each attempt against epochs, its test accuracy at the end, and the bar.

    Returns one `<svg>` element.
    """
    numbered = [(number, attempt) for number, attempt in enumerate(verdict.attempts, 1) if attempt.curve][:ATTEMPTS]
    shown, labels = [attempt for _, attempt in numbered], [_attempt_label(*one) for one in numbered]
    below = 0.2 + 0.145 * (len(labels) + 1) * 1.4  # inches of the legend: a line takes 0.145
    height = 2.3 + below

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(left=0.12, right=0.97, bottom=(0.42 + below) / height, top=1 - 0.1 / height)
        for place, (attempt, label) in enumerate(zip(shown, labels, strict=True)):
            _attempt(axes, attempt, label, (BLUE, ORANGE, GREEN, PINK)[place % 4], ("-", (0, (4, 1.5)))[place // 4])
        if verdict.threshold:
            label = f"bar for the test, {percent(verdict.threshold)}"
            axes.axhline(verdict.threshold, color=GOOD, linestyle=(0, (6, 3)), linewidth=1, label=label)
        low = min((p.valid_acc for a in shown for p in a.curve if p.valid_acc is not None), default=0.5)
        axes.set(ylim=(0.44 if low >= 0.46 else 0, 1.0), xlabel="epochs trained", ylabel="validation accuracy")
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        axes.set_xlim(left=0)
        figure.legend(loc="lower left", bbox_to_anchor=(0.01, 0), labelspacing=0.5, handlelength=2.6)

    label = f"Attempts at training {_plain(verdict.name, 40)}: validation accuracy against epochs"
    return svg(draw, height, name, label, _NARROW)


def _attempt_label(number: int, attempt: Attempt) -> str:
    """One line that fits below the curves."""
    test = "" if attempt.test_acc is None else f"★ test {percent(attempt.test_acc)}: "
    return f"{number} · {test}{_plain(attempt.ended, 50)}"


def _attempt(axes: Axes, attempt: Attempt, label: str, colour: str, dashes: Any) -> None:
    curve = [(p.epochs, min(max(p.valid_acc, 0.0), 1.0)) for p in attempt.curve if None not in (p.epochs, p.valid_acc)]
    if curve and attempt.test_acc is not None:
        axes.plot(
            [curve[-1][0]], [min(max(attempt.test_acc, 0.0), 1.0)], "*", color=colour, markersize=8, clip_on=False
        )
    axes.plot([x for x, _ in curve], [y for _, y in curve], color=colour, linestyle=dashes, marker=".", label=label)


# ---- the file --------------------------------------------------------------------------------------------------------
def svg(draw: Callable[[Figure], None], height: float, name: str, label: str, width: float = _WIDTH) -> str:
    """Draw on a fresh figure and return an `<svg>` element fit to stand in a page beside others.

    `draw` and the file see this module's style, whatever matplotlib is set to elsewhere; the settings are put back.
    """
    import matplotlib
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_STYLE, "svg.hashsalt": name})  # equal reports are equal to the byte
        figure = Figure(figsize=(width, height))
        draw(figure)
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _for_page(buffer.getvalue(), label)


def _for_page(file: str, label: str) -> str:
    """The element alone, with the page's font and colours, and without ids that nothing refers to."""
    from markupsafe import escape

    element = file[file.index("<svg") :]
    element = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", element, count=1, flags=re.DOTALL)
    element = re.sub(r' id="(?![mp][0-9a-f]{10}")[^"<>]*"', "", element)
    element = re.sub(r' style="[^"<>]*"', lambda style: _restyle(style.group()), element)
    frame = f'" role="img" aria-label="{escape(label)}">'  # no template of re.sub's: a label may hold a backslash
    element = re.sub(r'<svg[^>]*(viewBox="[^"]*)"[^>]*>', lambda found: f"<svg {found[1]}{frame}", element, count=1)
    return re.sub(r"\s*\n\s*", "\n", element).strip()


def _restyle(style: str) -> str:
    style = re.sub(r"font-family: [^;\"]*;?\s*", "", style)
    return re.sub(r"#[0-9a-f]{6}", lambda colour: _named(colour.group()), style)


def _named(colour: str) -> str:
    return f"var(--{_VARIABLES[colour]})" if colour in _VARIABLES else colour


def _plain(text: str, longest: int) -> str:
    """One line of ASCII, cut."""
    text = " ".join(text[: 4 * longest].split()).encode("ascii", "replace").decode("ascii")
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
