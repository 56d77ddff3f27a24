"""Named experiments and the outcomes they are judged by."""
