"""Other systems hear what happened: signed calls."""
