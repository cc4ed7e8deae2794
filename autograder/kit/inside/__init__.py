"""Extensions of the student process: sent there as text, never imported by the judge."""
