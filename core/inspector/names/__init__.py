"""Names of images and containers: how they are spelled, and what is opened for them."""
