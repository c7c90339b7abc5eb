"""The demo: a simulated gate watched by the real daemon, and what it shows of it."""
