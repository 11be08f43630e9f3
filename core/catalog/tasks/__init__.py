"""The tasks that fill a catalog, one for each layer and one for each stack of layers, and who runs them: processes, or Dask."""
