"""Why an image is as big as it is: bytes by folder, layer and kind of file, what is hidden, and rules for them."""
