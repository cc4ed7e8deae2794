"""The checks of gru_attention: one function per property, its docstring the sentence that students read."""
