"""Recognising learning-rate schedules: closed forms, and one file per family that fits them."""
