"""The core: images, layers and containers; knows neither the terminal UI nor the command line."""
