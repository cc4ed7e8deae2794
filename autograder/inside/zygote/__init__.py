"""The process that forks student processes: it confines itself and them before any of their code runs."""
