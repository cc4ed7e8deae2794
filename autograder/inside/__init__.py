"""What runs inside the sandbox, beside and around a submission's code: nothing here knows a check or an answer."""
