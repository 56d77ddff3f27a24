"""What each player is shown before it decides."""
