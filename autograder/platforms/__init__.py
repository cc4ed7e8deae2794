"""One hand-in graded where somebody else's platform says so: Gradescope, PrairieLearn, GitHub Actions.

`gradescope` and `prairielearn` are what those platforms start. Each watches over a process of `one`, which grades: the
clock and the memory of a container are the platform's, and whatever they end, results must stand. `bundle` makes what
a course uploads; `annotations` is for GitHub Actions.
"""
