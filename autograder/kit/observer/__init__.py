"""What an executed notebook really ran: its trainings with their settings and figures, as our run and as the stored
outputs show them. What an assignment asks about them is its own."""
