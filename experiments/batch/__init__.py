"""Many games: cells, chunks of worlds, processes, and results on disk."""
