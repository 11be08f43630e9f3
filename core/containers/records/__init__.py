"""What is written down of each container, and checked, repaired and swept."""
