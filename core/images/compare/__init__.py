"""Two images compared: their shared base, their histories aligned, their configs."""
