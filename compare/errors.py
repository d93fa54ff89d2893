"""What may go wrong in the laboratory itself, as opposed to in a system."""


class LabFailure(Exception):
    """The laboratory cannot do its work: exit status 2, and no table."""


class ShapeError(Exception):
    """A message or an observation does not have the shape that was agreed."""
