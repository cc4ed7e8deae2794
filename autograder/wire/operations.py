"""The operations that the judge may ask of an object in the student process, by the side that asks and the one that
answers; what they do stands in inside/modules.py."""

MODULE_OPERATIONS = frozenset(
    {
        "parameters",
        "unregistered",
        "submodules",
        "state",
        "load_state",
        "set_mode",
        "drop_in_training_only",
        "gradients",
        "sensitivities",
        "influences",
        "torch_functions",
    }
)
