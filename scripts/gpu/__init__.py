"""The GPU runner, proved on a machine with a GPU and without network: what it takes there, and what is tried there."""
