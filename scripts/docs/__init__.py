"""What makes and checks the documentation: `make docs`, `make reference`, `make pictures`, `make test-docs`."""
