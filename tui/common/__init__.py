"""What all of the terminal UI and the command line stand on: texts of values, jobs, the terminal."""
