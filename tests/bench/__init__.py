"""mirrorvip beside the script that it replaces: `make bench`, or `python3 -m bench` with PYTHONPATH=tests."""
