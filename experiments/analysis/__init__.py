"""What a batch says: what weighs, under which conditions something happens, which choice is regretted least, and the
figures of it."""
