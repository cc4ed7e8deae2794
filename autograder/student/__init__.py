"""The judge's side of the wall: what stands for a submission whose code runs in the sandbox."""
