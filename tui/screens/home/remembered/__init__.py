"""What the screen remembers from one run to the next: where it was left, what was typed, archives, bookmarks."""
