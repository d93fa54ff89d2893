"""The laboratory's tests."""
