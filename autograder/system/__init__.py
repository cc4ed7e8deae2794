"""Calls of the operating system that both sides of the wall make. Imports nothing by itself."""
