"""People play: a server for a room of teams, on the facilitator's machine, with nothing fetched from elsewhere."""
