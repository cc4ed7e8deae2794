"""The checks of LabRNN: one function per property, its docstring the sentence that students read."""
