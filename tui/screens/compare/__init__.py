"""The screens that compare two images or containers, and two versions of a file."""
