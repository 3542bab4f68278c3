"""The release binary against what can go wrong on a host: bad input, bad replies, signals, a second run.

A row number in a test's name or parameter is that of the project's table of faults. Everything happens in one
network namespace of the tests' own, over loopback; every run is held to the rules that no fault excuses
(rig.py), and then the same host tries again and must succeed.
"""
