"""What trainings a LabRNN notebook made, from our run of it and its stored outputs; and whether they keep the rules."""
