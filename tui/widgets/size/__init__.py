"""The size map's widgets: areas, a table of the same, and which colour is which layer."""
