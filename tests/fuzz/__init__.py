"""The program's readers under fuzzers, and beside readers of another make."""
