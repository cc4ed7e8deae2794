"""How the recogniser gets models of a student's classes, and what it found out about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from autograder.judge import models
from autograder.judge.render import show_call
from autograder.kit.recogniser.classifier.batches import Spec
from autograder.kit.recogniser.classifier.model import Manner, Model
from autograder.student.proxy import Object, Student

if TYPE_CHECKING:  # they build models themselves
    from autograder.kit.recogniser.classifier.alive import Life
    from autograder.kit.recogniser.classifier.layout import Layout

Key = tuple[Student, int, str, Spec]  # a process, a class, and its sizes
ARGUMENTS = tuple(argument.name for argument in fields(Spec))


@dataclass(kw_only=True, repr=False)
class Known:
    """What is known about the classes of a hand-in while its checks run, by their names."""

    take_bidirectional: frozenset[str] = frozenset()  # whose constructor has the argument
    by_keyword: frozenset[str] = frozenset()  # whose constructor has all arguments, and not in the given order
    models: dict[Key, Model] = field(default_factory=dict)  # see Classifiers.same_model
    new_models: dict[Key, Model] = field(default_factory=dict)  # see Classifiers.new_model
    stateful: set[str] = field(default_factory=set)  # whose objects remember earlier calls
    drop_always: set[str] = field(default_factory=set)  # whose dropout acts in eval mode too, which costs once
    manners: dict[str, Manner] = field(default_factory=dict)  # how their forward wants to be called
    idle: dict[str, frozenset[str]] = field(default_factory=dict)  # parameters that never matter: recognise.py
    plain: dict[str, bool] = field(default_factory=dict)  # whether it holds torch's layers and nothing else
    layouts: dict[tuple[str, Spec], Layout | None] = field(default_factory=dict)  # of own cells: recognise.py
    lives: dict[str, Life] = field(default_factory=dict)  # what is known of its forward pass: alive.py
    sizes: dict[str, Spec] = field(default_factory=dict)  # what its forward is judged with: judged_sizes.py
    counts: dict[tuple[str, Spec], int] = field(default_factory=dict)  # parameters of models built so far


class Classifiers:
    """A hand-in's classes of recurrent classifiers, each named after its cell: "LSTM", "GRU".

    `real`: sizes as the assignment has them; `two_ways`: whether its constructors have `bidirectional`.
    """

    student: Student
    context: Known
    real: Spec

    @property
    def two_ways(self) -> bool:
        raise NotImplementedError

    def model(self, name: str, spec: Spec, **kwargs: Any) -> Model:
        """A model of a class, arguments by position, in eval mode."""
        model = self.model_as_it_is(name, spec, **kwargs)
        if name in self.context.drop_always:
            model.object.tell("drop_in_training_only")
        return model

    def model_as_it_is(self, name: str, spec: Spec, **kwargs: Any) -> Model:
        """As `model`, with dropout in eval mode where the class has it."""
        known = self.context
        arguments: Sequence[Any] = [getattr(spec, argument) for argument in ARGUMENTS]
        if not spec.bidirectional and name not in known.take_bidirectional:
            arguments = arguments[:-1]
        options: Mapping[str, Any] = kwargs
        if name in known.by_keyword:
            options, arguments = dict(zip(ARGUMENTS, arguments, strict=False)) | kwargs, []
        built, parameters = self.student.build_model(name, arguments, options)
        built.notes["shown"] = built.notes["title"] = show_call(self.student.calls[-1])

        def stateful() -> bool:
            return name in known.stateful

        def fresh() -> Object:
            return self.model(name, spec, **options).object

        manner = known.manners.setdefault(name, Manner())
        return Model(built, models.parameters_of(parameters), spec, stateful, fresh, manner)

    def without_dropout(self, name: str) -> None:
        """From now on models of this class drop nothing in eval mode, and what was found out before is forgotten."""
        known = self.context
        known.drop_always.add(name)
        for models_known in (known.models, known.new_models):
            for key in [key for key in models_known if key[2] == name]:
                del models_known[key]
        known.idle.pop(name, None)
        for layout in [layout for layout in known.layouts if layout[0] == name]:
            del known.layouts[layout]

    def same_model(self, name: str, spec: Spec) -> Model:
        """As `model`, but built only once per process: for checks that give it new weights anyway."""
        model = self._once(self.context.models, name, spec)
        if model.training:
            model.train(False)
        return model

    def new_model(self, name: str, spec: Spec) -> Model:
        """As `model`, but built only once per process: for checks that look at it and change nothing of it."""
        return self._once(self.context.new_models, name, spec)

    def _once(self, known: dict[Key, Model], name: str, spec: Spec) -> Model:
        key = (self.student, self.student.generation, name, spec)
        if key not in known:
            known[key] = self.model(name, spec)
        return known[key]
