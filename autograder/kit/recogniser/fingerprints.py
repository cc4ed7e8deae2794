"""Numbers of a model told apart by their gradients along a few random directions, and where each of them stands."""

from __future__ import annotations

import numpy as np

from autograder.kit.comparing import NDArray

NOTHING, UNEXPLAINED = -1, -2
RTOL = 2e-3  # float32 gradients, as a share of the fingerprint
LEAST = 1e-6  # less than that is nothing
Places = np.ndarray[tuple[int, ...], np.dtype[np.intp]]


def match(prints: NDArray, dictionary: NDArray) -> Places:
    """For each fingerprint [P, M] the entry of the dictionary [D, M] that it equals; NOTHING where it is 0."""
    sizes = np.abs(prints).max(axis=1, initial=0)
    found = np.full(len(prints), NOTHING)
    own = np.flatnonzero(~(sizes < LEAST))  # as many as fit a frame; those that do nothing may be any number
    if not len(dictionary):
        found[own] = UNEXPLAINED
        return found
    distance = np.abs(prints[own, None] - dictionary[None]).max(axis=2, initial=0)
    nearest = distance.argmin(axis=1)
    equal = distance[np.arange(len(own)), nearest] < RTOL * sizes[own]
    found[own] = np.where(equal, nearest, UNEXPLAINED)
    return found


def distinct(columns: NDArray) -> int:
    """How many of the rows [N, M] are not zero and not multiples of another."""
    lengths = np.linalg.norm(columns, axis=1)
    alive = lengths > LEAST * lengths.max(initial=1e-12)
    units = columns[alive] / lengths[alive, None]
    units *= np.sign(units[:, :1]) + (units[:, :1] == 0)
    return len(np.unique(np.round(units, 3), axis=0))


def write(vector: NDArray, places: Places, slots: Places, table: NDArray, signs: NDArray | float = 1.0) -> None:
    """Write the numbers of a table into the places of their slots; what has a slot twice gets it once and 0."""
    vector[places] = 0
    found, first = np.unique(slots, return_index=True)
    factors = np.broadcast_to(signs, slots.shape)[first]
    vector[places[first]] = factors * table.reshape(-1)[found]
