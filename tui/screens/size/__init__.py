"""The size map: bytes by folder and layer, as areas and as a table."""
