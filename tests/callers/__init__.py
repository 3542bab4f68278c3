"""What calls the program, or says what it does: IRIS, systemd, the shell, and the pages that come with it."""
