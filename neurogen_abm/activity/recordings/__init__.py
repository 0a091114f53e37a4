"""Recordings of real activity: their register, the formats that are read, and one animal's series in even steps."""
