"""The hosts and regions of the fault tests serve here as well."""

from faults.conftest import one_table, rig, three, three_tables

__all__ = ["one_table", "rig", "three", "three_tables"]
