"""Students run the public checks on their own code: in a notebook, in a terminal, in pytest. No hidden check is needed,
no reference, and nothing that only Linux has."""
