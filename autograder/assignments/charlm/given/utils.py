"""What the assignment gives: an index of objects."""

from typing import Any


class Indexer:
    """Numbers objects from 0 on, in the order in which they are added, and finds them by number again."""

    def __init__(self) -> None:
        self.objs_to_ints: dict[Any, int] = {}
        self.ints_to_objs: dict[int, Any] = {}

    def __repr__(self) -> str:
        return str([self.get_object(i) for i in range(len(self))])

    def __str__(self) -> str:
        return repr(self)

    def __len__(self) -> int:
        return len(self.objs_to_ints)

    def get_object(self, index: int) -> Any:
        """Return the object with this number; None where there is none."""
        return self.ints_to_objs.get(index)

    def contains(self, obj: Any) -> bool:
        """Return whether the object has a number."""
        return self.index_of(obj) != -1

    def index_of(self, obj: Any) -> int:
        """Return the object's number; -1 where it has none."""
        return self.objs_to_ints.get(obj, -1)

    def add_and_get_index(self, obj: Any, add: bool = True) -> int:
        """Return the object's number; with `add`, an object that has none gets the next one, else it is -1."""
        if not add:
            return self.index_of(obj)
        if obj not in self.objs_to_ints:
            number = len(self.objs_to_ints)
            self.objs_to_ints[obj] = number
            self.ints_to_objs[number] = obj
        return self.objs_to_ints[obj]
