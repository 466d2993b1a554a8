"""A model as it leaves the house: one record, and every form of it made from that record."""
