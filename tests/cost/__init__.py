"""What the program costs in instructions, which do not depend on the machine's load."""
