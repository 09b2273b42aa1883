"""lrdoctor reads training logs, says what is wrong, and names the learning rate to use instead."""

__version__ = "0.1.0"
