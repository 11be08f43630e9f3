"""The tour: ten steps from an image to side by side, done by the user's own keys on the real screens."""
