"""The Parquet files of a catalog: where they lie, which of them are complete, and what is in their columns."""
