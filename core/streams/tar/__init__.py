"""Tar archives, read and written (POSIX ustar and pax, GNU, and older formats)."""
