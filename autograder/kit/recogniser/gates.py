"""How many gates a recurrent cell has, and the types of its arrays; its equations stand in cells.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Weights = Mapping[str, Floats]
GATES = {"LSTM": 4, "GRU": 3, "GRU, reset first": 3, "RNN": 1, "RNN of relu": 1}
