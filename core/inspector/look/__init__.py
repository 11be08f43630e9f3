"""What is looked at: the layers of a Subject, and two Subjects side by side."""
