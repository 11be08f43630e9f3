"""What every part of a store shares: its journal of events, and where what is damaged is moved to."""
