"""The release made again from its own source bundle, and the program for the other machine; minutes, so `make test-release`."""
