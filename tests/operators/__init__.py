"""What people do with it from day to day, run for real on a host of the faults' rig."""
